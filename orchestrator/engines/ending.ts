import { setTimeout as sleep } from "node:timers/promises";
import { findByVariable, isGroupAlive, send } from "./process-table.ts";

/**
 * The variable that marks what one start of ours brought forth, with a value that no other start has. On Linux
 * it finds the children that left their process group.
 */
export const CELL_VARIABLE = "WSMATRIX_CELL";

/** What there is to end. */
export interface Quarry {
  /** Process group, which is the pid of its leader; null when only the mark is known. */
  readonly group: number | null;
  /** The value of `WSMATRIX_CELL`. */
  readonly mark: string;
}

// A process that SIGKILL has not ended after so long hangs inside the kernel; the next sweep tries again.
const KILL_MS = 5000;
const ROUNDS = 5;

/**
 * Ends a process group and the strays that left it: first kindly, then for certain.
 *
 * @param graceMs between SIGTERM and SIGKILL
 * @returns whether all of it is gone
 */
export async function endAll({ group, mark }: Quarry, graceMs: number): Promise<boolean> {
  if (group !== null) await endGroup(group, graceMs);
  const straysGone = await endStrays(mark);
  return straysGone && (group === null || !(await isGroupAlive(group)));
}

async function endGroup(group: number, graceMs: number): Promise<void> {
  if (process.platform === "win32") return endTreeOnWindows(group);
  send("SIGTERM", -group);
  if (await isGoneWithin(group, graceMs)) return;
  send("SIGKILL", -group);
  await isGoneWithin(group, KILL_MS);
}

async function isGoneWithin(group: number, ms: number): Promise<boolean> {
  const deadline = Date.now() + ms;
  let pause = 2;
  while (await isGroupAlive(group)) {
    if (Date.now() >= deadline) return false;
    await sleep(Math.min(pause, Math.max(1, deadline - Date.now())));
    pause = Math.min(pause * 2, 50);
  }
  return true;
}

/** In rounds, because a stray may fork between our looking and our killing. */
async function endStrays(mark: string): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const strays = await findByVariable(CELL_VARIABLE, mark);
    if (strays.length === 0) return true;
    for (const pid of strays) send("SIGKILL", pid);
    await sleep(10 * 2 ** round);
  }
  return false;
}

async function endTreeOnWindows(pid: number): Promise<void> {
  const words = ["/pid", String(pid), "/T", "/F"];
  const { execa } = await import("execa");
  await execa("taskkill", words, { reject: false, timeout: KILL_MS, stdin: "ignore" });
}
