import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LockTimeoutError, acquireLock } from "../../../../orchestrator/engines/lock.ts";
import { identify } from "../../../../orchestrator/engines/process-table.ts";

let dir = "";
let path = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wsmatrix-lock-"));
  path = join(dir, "the.lock");
});
afterEach(() => rmSync(dir, { recursive: true }));

const take = (timeoutMs = 20_000, signal = new AbortController().signal): Promise<() => Promise<void>> =>
  acquireLock(path, { timeoutMs, signal });

const holderFile = (holder: unknown): string => {
  mkdirSync(path);
  writeFileSync(join(path, "holder.json"), JSON.stringify(holder));
  return join(path, "holder.json");
};

describe("acquireLock", () => {
  it("lets one in at a time, and leaves nothing behind", async () => {
    let inside = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 6 }, async () => {
        const release = await take();
        inside += 1;
        most = Math.max(most, inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside -= 1;
        await release();
      }),
    );
    expect(most).toBe(1);
    expect(readdirSync(dir)).toEqual([]);
  });

  it("gives up when a living holder keeps it", async () => {
    const release = await take();
    await expect(take(0)).rejects.toThrow(LockTimeoutError);
    await release();
    await (
      await take(0)
    )();
  });

  it("stops waiting when the signal is aborted", async () => {
    const release = await take();
    const controller = new AbortController();
    const waiting = take(20_000, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await release();
  });

  it("takes it from the dead, from a torn file and from an empty folder", async () => {
    const me = await identify(process.pid);
    for (const holder of [{ ...me, startTime: "1" }, "torn"]) {
      holderFile(holder);
      await (
        await take(0)
      )();
    }
    mkdirSync(path);
    await (
      await take(0)
    )();
    expect(readdirSync(dir)).toEqual([]);
  });

  it("leaves it to a holder elsewhere until that has been silent for long", async () => {
    const file = holderFile({ pid: 1, startTime: "1", place: "elsewhere" });
    await expect(take(0)).rejects.toThrow(LockTimeoutError);
    utimesSync(file, new Date(0), new Date(0));
    await (
      await take(0)
    )();
  });
});
