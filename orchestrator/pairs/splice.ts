import type { Socket } from "node:net";

import { parseExtensions } from "../../wire/extensions.ts";
import { fieldValue, type Head, HeadReader } from "../../wire/handshake.ts";
import { type AgreedDeflate, permessageDeflate, readDeflateResponse } from "../../wire/permessage-deflate.ts";

import { RelayedTalk } from "./relayed-talk.ts";
import type { PairTalk, PairTalkResult } from "./talk.ts";

/** Ms that a talk may take. */
const talkLimit = 20_000;

/** Octets of a head. */
const maxHead = 16_384;

/** What is spliced together. */
export interface SpliceSetup {
  readonly talk: PairTalk;
  readonly client: Socket;
  /** The client's request, and octets that came behind it. */
  readonly request: Head;
  readonly rest: Buffer;
  readonly server: Socket;
  /** Host and path by which the server is asked. */
  readonly host: string;
  readonly path: string;
}

/**
 * Joins a client that has asked for a connection with a server, and has them talk. Resolves when the talk is over and
 * both connections are closed; never rejects.
 */
export function splice(setup: SpliceSetup): Promise<PairTalkResult> {
  const { client, server } = setup;
  return new Promise((resolve) => {
    let talk: RelayedTalk | null = null;
    const heads = new HeadReader(maxHead);
    const end = (result: PairTalkResult) => {
      clearTimeout(alarm);
      server.destroySoon();
      client.destroySoon();
      resolve(result);
    };
    const refused = (by: PairTalkResult["by"], fault: string) =>
      end({ ...setup.talk, fault, by, deflate: null, clientClose: null, serverClose: null });
    const alarm = setTimeout(() => {
      if (talk === null) refused("server", "it did not answer the opening handshake in time");
      else talk.lost("time");
    }, talkLimit);
    const lost = (by: "client" | "server") => {
      if (talk === null) refused(by, "it closed TCP before the connection was open");
      else talk.lost(by);
    };
    server.on("data", (octets: Buffer) => {
      if (talk !== null) return talk.fromServer(octets);
      const progress = heads.push(octets);
      if (progress.state === "more") return;
      if (progress.state === "tooLarge") return refused("server", "the head of its response does not end");
      const { head, rest } = progress;
      if (!head.startLine.startsWith("HTTP/1.1 101"))
        return refused("server", `it answered: ${head.startLine.slice(0, 80)}`);
      client.write(Buffer.from(head.raw, "latin1"));
      const output = {
        toClient: (chunk: Buffer) => void client.write(chunk),
        toServer: (chunk: Buffer) => void server.write(chunk),
        end,
      };
      talk = new RelayedTalk(setup.talk, output, deflateOf(head));
      talk.begin();
      if (rest.length > 0) talk.fromServer(rest);
    });
    client.on("data", (octets: Buffer) => talk?.fromClient(octets));
    for (const [socket, by] of [
      [client, "client"],
      [server, "server"],
    ] as const) {
      socket
        .on("error", () => lost(by))
        .on("end", () => lost(by))
        .on("close", () => lost(by));
    }
    server.write(Buffer.from(rewritten(setup), "latin1"));
    if (setup.rest.length > 0) server.write(setup.rest);
  });
}

/** The client's request as the server is to see it: key and offers stay what they are. */
function rewritten({ request, host, path }: SpliceSetup): string {
  return request.raw
    .replace(/^GET \S+ /, () => `GET ${path} `)
    .replace(/^(Host:[ \t]*)[^\r\n]*/im, (_, name: string) => `${name}${host}`)
    .replace(/^(Origin:[ \t]*)[^\r\n]*/im, (_, name: string) => `${name}http://${host}`);
}

/** What a response says of permessage-deflate; what cannot be read is taken for no compression. */
function deflateOf(head: Head): { readonly agreed: AgreedDeflate; readonly text: string } | null {
  const text = fieldValue(head, "Sec-WebSocket-Extensions");
  const element =
    text === null ? undefined : parseExtensions(text).find(({ name }) => name === permessageDeflate);
  const reading = element && readDeflateResponse(element);
  return text !== null && reading && "params" in reading ? { agreed: reading.params, text } : null;
}
