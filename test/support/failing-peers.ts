/**
 * A worker thread with peers that fail a connection while the fuzzer is still writing, and are gone at once.
 *
 * As server it says its port; as client it opens so many connections whenever it is told to.
 */

import { connect, createServer, type Socket } from "node:net";
import { type MessagePort, parentPort } from "node:worker_threads";

import { FramePeer, openingRequestOf, type PeerHooks } from "./frame-peer.ts";

/** How a peer leaves right behind its close frame. */
export type Leaving = "reset" | "close" | "end";

/** What the worker is asked for. */
export type FailingRequest =
  | { readonly listen: true; readonly leaving: Leaving }
  | {
      readonly port: number;
      readonly resource: string;
      readonly leaving: Leaving;
      readonly connections: number;
    };

/** What the worker answers: the port of a listener, or that all connections are gone. */
export type FailingAnswer = { readonly port: number } | { readonly gone: number };

const leave: Readonly<Record<Leaving, (socket: Socket) => void>> = {
  reset: (socket) => void socket.resetAndDestroy(),
  close: (socket) => void socket.destroy(),
  end: (socket) => void socket.end(() => socket.destroy()),
};

/** A large frame is refused at its header with 1009, an illegal one with 1002; others are echoed. */
function failing(leaving: Leaving): PeerHooks {
  let failed = false;
  return {
    onStart({ opcode, rsv, length7 }, peer) {
      const illegal = rsv !== 0 || (opcode > 2 && opcode < 8) || opcode > 10;
      if (failed || (!illegal && length7 !== 127)) return;
      failed = true;
      peer.sendClose(illegal ? 1002 : 1009);
      leave[leaving](peer.socket);
    },
    onFrame({ opcode, payload }, peer) {
      if (!failed && opcode <= 2) peer.send({ opcode }, payload);
    },
  };
}

function serve(port: MessagePort, request: FailingRequest): void {
  const { leaving } = request;
  const answer = (message: FailingAnswer) => port.postMessage(message);
  if ("listen" in request) {
    const server = createServer((socket) => void new FramePeer(socket, "server", failing(leaving)));
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) answer({ port: address.port });
    });
    return;
  }
  let left = request.connections;
  for (let n = 0; n < request.connections; n++) {
    const socket = connect(request.port, "127.0.0.1");
    const onGone = () => {
      if (--left === 0) answer({ gone: request.connections });
    };
    const peer = new FramePeer(socket, "client", { ...failing(leaving), onGone });
    peer.socket.write(openingRequestOf(request.resource));
  }
}

parentPort?.on("message", (request: FailingRequest) => serve(parentPort!, request));
