import { type ClientHttp2Session, connect } from "node:http2";

import { expect, it, onTestFinished } from "vitest";

import { echo } from "../../reference-impl/echo.ts";
import { serve, type ServeOptions } from "../../reference-impl/index.ts";

/** A server for HTTP/2, and a peer that has a connection to it and asks for nothing. */
async function withIdlePeer(options: Partial<ServeOptions> = {}) {
  const server = await serve({ host: "127.0.0.1", port: 0, http2: true, onConnection: echo, ...options });
  onTestFinished(() => server.close());
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${server.port}`);
  onTestFinished(() => session.destroy());
  const ended = new Promise<void>((resolve) => void session.on("error", () => {}).once("close", resolve));
  await new Promise((resolve) => session.once("remoteSettings", resolve));
  return { server, session, ended };
}

it("closes, though a peer keeps a connection in which nothing goes on", async () => {
  const { server, ended } = await withIdlePeer();
  await server.close();
  await expect(ended).resolves.toBeUndefined();
});

it("ends a connection in which nobody asks for anything in time", async () => {
  const { ended } = await withIdlePeer({ openingTimeout: 100 });
  await expect(ended).resolves.toBeUndefined();
});

it("leaves a connection alone in which a stream is open, and ends it some time behind the last one", async () => {
  const { session, ended } = await withIdlePeer({ openingTimeout: 100 });
  const fields = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":path": "/",
    "sec-websocket-version": "13",
  };
  const stream = session.request(fields, { endStream: false });
  await new Promise((resolve) => stream.once("response", resolve));
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect([stream.closed, session.closed]).toEqual([false, false]);
  stream.close();
  await ended;
});
