import { spawn } from "node:child_process";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";

import { serveFuzzer } from "../../orchestrator/place/fuzzer-server.ts";
import { sidecarProgram } from "../../orchestrator/place/program.ts";
import { connectFuzzer, type RemoteFuzzer } from "../../orchestrator/place/remote-fuzzer.ts";

import { temporaryDir } from "./faux.ts";

const program = "0".repeat(64);

/** A fuzzer that is told what to do by JSON lines, all in this process. */
export interface PairedFuzzer extends AsyncDisposable {
  readonly fuzzer: RemoteFuzzer;
  /** Resolves with the reason once the far side is over. */
  readonly ended: Promise<string>;
  /** What the far side is told. */
  readonly requests: PassThrough;
  /** What it says. */
  readonly replies: PassThrough;
}

/** Makes one. */
export async function pairedFuzzer(wanted = program): Promise<PairedFuzzer> {
  const [requests, replies] = [new PassThrough(), new PassThrough()];
  const ended = serveFuzzer({ input: requests, output: replies, program });
  const fuzzer = await connectFuzzer({
    input: replies,
    output: requests,
    program: wanted,
    signal: new AbortController().signal,
  });
  return {
    fuzzer,
    ended,
    requests,
    replies,
    async [Symbol.asyncDispose]() {
      fuzzer.close();
      await ended;
    },
  };
}

/** A sidecar's program as a process of this machine. */
export interface SidecarProcess extends AsyncDisposable {
  readonly fuzzer: RemoteFuzzer;
  readonly pid: number;
  /** Resolves with the exit code, or null after a signal. */
  readonly exited: Promise<number | null>;
}

/** Starts the files that a sidecar's image has, and no others. */
export async function sidecarProcess(): Promise<SidecarProcess> {
  const dir = temporaryDir();
  const { entry, hash, files } = sidecarProgram();
  for (const path of files.keys()) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    cpSync(join(import.meta.dirname, "../..", path), join(dir, path));
  }
  writeFileSync(join(dir, "package.json"), '{ "type": "module" }');
  const child = spawn(process.execPath, [entry], { cwd: dir, stdio: ["pipe", "pipe", "inherit"], env: {} });
  const exited = new Promise<number | null>((resolve) => void child.once("exit", resolve));
  const fuzzer = await connectFuzzer({
    input: child.stdout,
    output: child.stdin,
    program: hash,
    signal: new AbortController().signal,
  });
  return {
    fuzzer,
    pid: child.pid!,
    exited,
    async [Symbol.asyncDispose]() {
      fuzzer.close();
      await exited;
      rmSync(dir, { recursive: true });
    },
  };
}
