import { describe, expect, it } from "vitest";

import { Connection, type ConnectionEvent } from "../../../reference-impl/connection.ts";
import { ClientOpening } from "../../../reference-impl/handshake-client.ts";
import { ServerOpening } from "../../../reference-impl/handshake-server.ts";

const to = { host: "127.0.0.1", port: 80, resource: "/", secure: false };

/** What both sides agree on, or why the client refuses. */
function negotiate(
  asked: readonly string[],
  supported: readonly string[],
  edit = (response: string) => response,
) {
  const client = new Connection(new ClientOpening(to, { subprotocols: asked }));
  const server = new Connection(new ServerOpening({ subprotocols: supported }));
  client.begin(0);
  server.begin(0);
  server.receive(0, Buffer.concat(client.takeOutput(0).octets));
  const opened = server.next();
  const response = Buffer.concat(server.takeOutput(0).octets).toString("latin1");
  client.receive(0, Buffer.from(edit(response), "latin1"));
  return { server: outcome(opened), client: outcome(client.next()), response };
}

function outcome(event: ConnectionEvent | null): string | null {
  if (event?.type === "open") return event.subprotocol;
  return event?.type === "refused" ? `refused: ${event.refusal.text}` : "nothing";
}

describe("the subprotocol", () => {
  it.each([
    [["chat", "echo"], ["echo"], "echo"],
    [["chat", "echo"], ["echo", "chat"], "chat"],
    [["chat"], [], null],
    [[], ["chat"], null],
    [["Chat"], ["chat"], null],
  ])("asked for %j of %j is %j", (asked, supported, chosen) => {
    const { client, server, response } = negotiate(asked, supported);
    expect([client, server]).toEqual([chosen, chosen]);
    expect(response.includes("Sec-WebSocket-Protocol")).toBe(chosen !== null);
  });

  it.each([
    ["was not asked for", "other"],
    ["is written otherwise", "CHAT"],
  ])("that %s fails the handshake", (_, name) => {
    const edit = (response: string) => response.replace(/(Sec-WebSocket-Protocol: )\w+/, `$1${name}`);
    expect(negotiate(["chat"], ["chat"], edit).client).toBe(
      "refused: a subprotocol is used that was not asked for",
    );
  });

  it("may be named only once", () => {
    const edit = (response: string) => response.replace(/(Sec-WebSocket-Protocol: chat\r\n)/, "$1$1");
    expect(negotiate(["chat"], ["chat"], edit).client).toBe("refused: Sec-WebSocket-Protocol occurs 2 times");
  });

  it.each(["", "a b", "a,b", "größe"])("%j is no name of one", (name) => {
    expect(() => new ClientOpening(to, { subprotocols: [name] })).toThrow(TypeError);
    expect(() => new ServerOpening({ subprotocols: ["a", name] })).toThrow("must be a token");
  });

  it("may not be asked for twice", () => {
    expect(() => new ClientOpening(to, { subprotocols: ["a", "a"] })).toThrow(TypeError);
  });
});
