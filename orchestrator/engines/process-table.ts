import { readFile, readdir, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { codeOf } from "./failure.ts";

/**
 * What the operating system says about processes. Linux tells it in /proc; elsewhere `ps` tells less, and the
 * functions that have no answer there say so by returning nothing.
 */

/** A process that cannot be mistaken for a later one with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the system's own notation; comparable only for equality. */
  readonly startTime: string;
  /** The boot and the pid namespace, or the host, in which the pid means something. */
  readonly place: string;
}

/** One line of the table. */
export interface ProcessEntry {
  readonly pid: number;
  readonly group: number;
  /** Dead, and only waiting for its parent to notice. */
  readonly zombie: boolean;
  readonly startTime: string;
}

const onLinux = process.platform === "linux";

/** The entry of a process, or null when there is none. */
export async function lookUp(pid: number): Promise<ProcessEntry | null> {
  if (onLinux) return readStat(pid);
  return process.platform === "win32" ? null : askPs(pid);
}

/** Names this very process, or another living one; null when it is gone. */
export async function identify(pid: number): Promise<ProcessIdentity | null> {
  const [entry, place] = await Promise.all([lookUp(pid), currentPlace()]);
  if (entry) return { pid, startTime: entry.startTime, place };
  return isThere(pid) ? { pid, startTime: "", place } : null;
}

/** Tells whether exactly this process lives. One of another place cannot be asked for, and counts as dead. */
export async function isAlive({ pid, startTime, place }: ProcessIdentity): Promise<boolean> {
  const now = await identify(pid);
  return now !== null && now.startTime === startTime && now.place === place;
}

/** Where pids mean what they mean to us: a container or a reboot makes another place. */
export function currentPlace(): Promise<string> {
  place ??= findPlace();
  return place;
}

/** Tells whether anything of the group still runs; zombies do not. */
export async function isGroupAlive(group: number): Promise<boolean> {
  // Windows has no groups, only the leader.
  if (!isThere(process.platform === "win32" ? group : -group)) return false;
  if (!onLinux) return true;
  for (const pid of await listPids()) {
    const entry = await readStat(pid);
    if (entry && entry.group === group && !entry.zombie) return true;
  }
  return false;
}

/** The processes whose environment holds `NAME=value`; none where there is no /proc to ask. */
export async function findByVariable(name: string, value: string): Promise<readonly number[]> {
  if (!onLinux) return [];
  const found: number[] = [];
  for (const pid of await listPids()) {
    if (pid === process.pid) continue;
    // What belongs to others cannot be read, and is not ours.
    const environment = await readFile(`/proc/${pid}/environ`, "latin1").catch(() => "");
    if (environment.split("\0").includes(`${name}=${value}`)) found.push(pid);
  }
  return found;
}

/** Sends a signal to a process or, with a negative number, to a group; what is gone is not an error. */
export function send(signal: NodeJS.Signals, pidOrGroup: number): void {
  try {
    process.kill(pidOrGroup, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes(codeOf(error))) throw error;
  }
}

/** Parses a line of /proc/PID/stat. The name, in parentheses, may itself hold spaces and parentheses. */
export function parseStat(pid: number, line: string): ProcessEntry | null {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const [state = "", , group = "", ...rest] = fields;
  // Field 22 of proc(5); `rest` starts with field 6.
  const startTime = rest[16];
  if (!/^\d+$/.test(group) || startTime === undefined) return null;
  return { pid, group: Number(group), zombie: "ZX".includes(state), startTime };
}

let place: Promise<string> | undefined;

async function findPlace(): Promise<string> {
  if (!onLinux) return hostname();
  const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1").catch(() => hostname());
  const namespace = await readlink("/proc/self/ns/pid").catch(() => "");
  return `${boot.trim()} ${namespace}`.trim();
}

async function readStat(pid: number): Promise<ProcessEntry | null> {
  const line = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return parseStat(pid, line);
}

async function listPids(): Promise<readonly number[]> {
  const names = await readdir("/proc").catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

async function askPs(pid: number): Promise<ProcessEntry | null> {
  const words = ["-o", "pgid=", "-o", "stat=", "-o", "lstart=", "-p", String(pid)];
  const { execa } = await import("execa");
  const { stdout, exitCode } = await execa("ps", words, { reject: false, timeout: 5000, stdin: "ignore" });
  const [, group, state, startTime] = /^\s*(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(stdout ?? "") ?? [];
  if (exitCode !== 0 || !group || !state || !startTime) return null;
  return { pid, group: Number(group), zombie: state.startsWith("Z"), startTime };
}

function isThere(pidOrGroup: number): boolean {
  try {
    process.kill(pidOrGroup, 0);
    return true;
  } catch (error) {
    // Someone else's process is there; but macOS answers so, too, for a group that holds only zombies.
    return codeOf(error) === "EPERM" && process.platform !== "darwin";
  }
}
