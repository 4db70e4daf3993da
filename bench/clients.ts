import { execa } from "execa";
import { existsSync, mkdtempSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { packageRoot } from "../orchestrator/run/package-root.ts";
import { oracle } from "./against-autobahn.ts";
import { startTarget } from "./targets.ts";

/** Clients, one of each kind: in Node, in Node and maintained with it, and in Rust without compression. */
const clients = ["ws", "undici", "tokio-tungstenite"] as const;

/**
 * All chapters, without the sizes of 12 and 13 with which Autobahn takes a quarter of an hour for each client: 64 KiB and
 * 128 KiB.
 */
const short = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"];
const compressed = [
  "12.1",
  "12.2",
  "12.3",
  "12.4",
  "12.5",
  "13.1",
  "13.2",
  "13.3",
  "13.4",
  "13.5",
  "13.6",
  "13.7",
];
const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13];
const cases = [...short, ...compressed.flatMap((group) => sizes.map((size) => `${group}.${size}`))];

/** Client targets with us and with Autobahn, which both play in full; one round, wall time. Lines for people. */
export async function* compareClients(): AsyncGenerator<string> {
  for (const name of clients) {
    const mine = await timed(() => playOurs(name));
    if (!existsSync(oracle)) {
      yield `${cases.length} patterns of cases, ${name} as client: ${seconds(mine)}; no Autobahn here to compare with`;
      continue;
    }
    const theirs = await timed(() => playTheirs(name));
    yield `all but the long compressed cases, ${name} as client, one round: wsmatrix ${seconds(mine)}, Autobahn ${seconds(theirs)}: **${(theirs / mine).toFixed(1)} times faster**, wanted 2`;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function playOurs(name: string): Promise<unknown> {
  const main = join(packageRoot, "orchestrator", "main.ts");
  const what = ["run", name, "--role", "client", "--variant", "plain", "--engine", "process"];
  const how = ["--profile", "full", "--fail-on", "infra", "--reporter", "none", "--cases", cases.join(",")];
  const out = join(mkdtempSync(join(tmpdir(), "wsmatrix-bench-")), "run");
  return execa(process.execPath, [main, ...what, ...how, "--out", out]);
}

/** The original does not end by itself: its work is done when the client's is. */
async function playTheirs(name: string): Promise<void> {
  const port = 9_500 + Math.floor(Math.random() * 400);
  const out = mkdtempSync(join(tmpdir(), "wsmatrix-bench-"));
  const fuzzer = execa(oracle, ["client", String(port), out, ...cases], { reject: false, stdio: "ignore" });
  try {
    await listening(port);
    const client = await startTarget(name, "client", {
      FUZZER_URL: `ws://127.0.0.1:${port}`,
      AGENT: "target",
    });
    await client.exited;
    await client.stop();
  } finally {
    fuzzer.kill();
    await fuzzer;
  }
}

async function listening(port: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const socket = createConnection({ host: "127.0.0.1", port });
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Autobahn does not listen at ${port}`);
}
