/** The process of a gateway: it does the task that it is sent, and tells where it listens. */

import { isMainThread, Worker, workerData } from "node:worker_threads";

import { ClientGateway } from "./client-gateway.ts";
import type { GatewayReply, GatewayTask } from "./gateway.ts";
import { ServerGateway } from "./server-gateway.ts";

/** Ms between two looks at the owner. */
const lookEvery = 500;

if (isMainThread) serve();
else watch(workerData as number);

function serve(): void {
  const say = (reply: GatewayReply) => process.send!(reply);
  process.once("message", (task: GatewayTask) => {
    const opened = task.kind === "server" ? ServerGateway.open(task.to) : ClientGateway.open(task);
    opened.then(
      ({ port }) => say({ type: "listening", port }),
      (error: unknown) =>
        say({ type: "failed", reason: error instanceof Error ? error.message : String(error) }),
    );
  });
  // Without its owner it is of no use to anybody.
  process.once("disconnect", () => process.kill(process.pid, "SIGKILL"));
  new Worker(new URL(import.meta.url), { workerData: Number(process.argv[2]) }).unref();
}

/** Ends this process when its owner is gone, from a thread of its own: node:http2 may spin in the other one for ever. */
function watch(owner: number): void {
  setInterval(() => {
    if (process.ppid !== owner) process.kill(process.pid, "SIGKILL");
  }, lookEvery);
}
