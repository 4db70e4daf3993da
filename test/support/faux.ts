import { mkdtempSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lookUp } from "../../orchestrator/engines/process-table.ts";
import type { Target } from "../../orchestrator/config/target.ts";

/** The folder of the faux targets: deliberately odd programs, each with one fault. */
export const FAUX_DIR = resolve(import.meta.dirname, "../faux");

/** A target that runs a program by a command line of ours. */
export function commandTarget(
  command: string,
  more: Partial<Extract<Target, { kind: "command" }>> = {},
): Target {
  const base = { kind: "command", name: "faux", version: null, env: {}, port: null, path: "/" } as const;
  return { ...base, command, cwd: FAUX_DIR, ...more };
}

/** A target that runs a faux program, such as `silent`. */
export function fauxTarget(program: string, env: Readonly<Record<string, string>> = {}): Target {
  return commandTarget(`node ${program}.mjs`, { name: program, env });
}

/** A new folder that the caller removes. */
export function temporaryDir(): string {
  return mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
}

/** Waits until something holds. The deadline is only there to end a test that fails. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms in vain until ${what}`);
    await sleep(20);
  }
}

/** Tells whether a process runs; a zombie does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const entry = await lookUp(pid);
  return entry !== null && !entry.zombie;
}

/** Tells whether somebody accepts TCP connections at the host and port of a URL. */
export function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve_) => {
    const socket = connect(Number(port), hostname);
    socket.once("connect", () => {
      socket.destroy();
      resolve_(true);
    });
    socket.once("error", () => resolve_(false));
  });
}
