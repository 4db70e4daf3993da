import { type ChildProcess, fork } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

import { expect, it, onTestFinished } from "vitest";

import { FuzzerLost, ListenError } from "../../orchestrator/place/fuzzer.ts";
import type { GatewayTask } from "../../orchestrator/place/http2/gateway.ts";
import { openGateway } from "../../orchestrator/place/http2/gateway-process.ts";

import { isRunning, temporaryDir, until } from "../support/faux.ts";

const host = "127.0.0.1";
const toNobody: GatewayTask = { kind: "server", to: { host, port: 1, resource: "/" } };

/** A module that stands for the gateway's, or for its owner. */
function moduleWith(text: string): URL {
  const file = join(temporaryDir(), "module.mjs");
  writeFileSync(file, text);
  return pathToFileURL(file);
}

const processModule = new URL("../../orchestrator/place/http2/gateway-process.ts", import.meta.url).href;

/** An owner of a gateway, which says the gateway's process id; `spin` lets that one do nothing but work. */
function ownerOf({ spin }: { readonly spin: boolean }): ChildProcess {
  const owner = moduleWith(`
    import { openGateway } from ${JSON.stringify(processModule)};
    import { readFileSync } from "node:fs";
    await openGateway(${JSON.stringify(toNobody)});
    process.send(Number(readFileSync("/proc/self/task/" + process.pid + "/children", "utf8").trim().split(" ")[0]));
    setInterval(() => {}, 1000);
  `);
  const spinning = moduleWith(`
    import { isMainThread } from "node:worker_threads";
    if (isMainThread && process.argv[1]?.includes("gateway-main")) process.once("SIGUSR2", () => { for (;;); });
  `);
  const NODE_OPTIONS = spin ? `--import ${spinning.href}` : "";
  const child = fork(owner, { execArgv: [], env: { ...process.env, NODE_OPTIONS } });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it.skipIf(process.platform !== "linux").each([{ spin: false }, { spin: true }])(
  "a gateway ends when its owner is killed (spinning: $spin)",
  async ({ spin }) => {
    const owner = ownerOf({ spin });
    const gateway = await new Promise<number>((resolve, reject) => {
      owner.once("message", (pid) => resolve(pid as number));
      owner.once("exit", () => reject(new Error("the owner ended")));
    });
    expect(await isRunning(gateway)).toBe(true);
    if (spin) process.kill(gateway, "SIGUSR2");
    await sleep(200);
    owner.kill("SIGKILL");
    await until("the gateway has ended", async () => !(await isRunning(gateway)));
  },
);

it("tells what it cannot do, and leaves nothing behind", async () => {
  const taken = createServer().listen(0, host);
  onTestFinished(() => void taken.close());
  await new Promise((resolve) => taken.once("listening", resolve));
  const { port } = taken.address() as AddressInfo;
  const task: GatewayTask = { kind: "client", host, port, tls: null, listener: 1 };
  await expect(openGateway(task)).rejects.toThrow(ListenError);
  await expect(openGateway(task)).rejects.toThrow(/^the gateway to HTTP\/2: listen EADDRINUSE/);
  const broken = moduleWith("process.exit(3);");
  await expect(openGateway(toNobody, undefined, broken)).rejects.toThrow(
    "it ended with 3 before it was ready",
  );
});

it("is not waited for any longer when the signal is aborted", async () => {
  const pidFile = join(temporaryDir(), "pid");
  const mute = moduleWith(`
    import { writeFileSync, renameSync } from "node:fs";
    process.on("message", () => {});
    writeFileSync(${JSON.stringify(`${pidFile}.new`)}, String(process.pid));
    renameSync(${JSON.stringify(`${pidFile}.new`)}, ${JSON.stringify(pidFile)});
  `);
  const controller = new AbortController();
  const opened = openGateway(toNobody, controller.signal, mute).then(
    () => "opened",
    (error: Error) => error.message,
  );
  await until("the program runs", () => existsSync(pidFile));
  controller.abort(new Error("enough"));
  expect(await opened).toBe("enough");
  await until("it has ended", async () => !(await isRunning(Number(readFileSync(pidFile, "utf8")))));
});

it("says that it is gone, unless it was closed", async () => {
  const fragile = moduleWith(`
    process.once("message", () => {
      process.send({ type: "listening", port: 1 });
      setTimeout(() => { process.stderr.write("bad luck"); process.exit(4); }, 50);
    });
  `);
  const gone = await openGateway(toNobody, undefined, fragile);
  gone.check();
  const fault = () => {
    try {
      gone.check();
      return null;
    } catch (error) {
      return error;
    }
  };
  await until("it is gone", () => fault() !== null);
  expect(fault()).toBeInstanceOf(FuzzerLost);
  expect(fault()).toMatchObject({ message: "the gateway to HTTP/2 is gone: it ended with 4" });
  const closed = await openGateway(toNobody);
  closed.close();
  closed.close();
  await sleep(200);
  closed.check();
});
