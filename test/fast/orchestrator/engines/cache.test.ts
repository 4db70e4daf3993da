import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  PREPARED_MARKER,
  cacheRoot,
  isPrepared,
  markPrepared,
  preparedDir,
} from "../../../../orchestrator/engines/cache.ts";
import { copyFolder, hashFolder, listFiles } from "../../../../orchestrator/engines/folder.ts";

let dir = "";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "wsmatrix-cache-"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const put = (file: string, text: string): void => {
  mkdirSync(dirname(join(dir, file)), { recursive: true });
  writeFileSync(join(dir, file), text);
};

describe("cacheRoot", () => {
  it.each([
    [{ WSMATRIX_CACHE: "/w", XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux", "/w"],
    [{ XDG_CACHE_HOME: "/x", HOME: "/h" }, "linux", "/x/wsmatrix"],
    [{ XDG_CACHE_HOME: "relative", HOME: "/h" }, "linux", "/h/.cache/wsmatrix"],
    [{ HOME: "/h" }, "darwin", "/h/Library/Caches/wsmatrix"],
    [{ LOCALAPPDATA: "/l", HOME: "/h" }, "win32", "/l/wsmatrix/Cache"],
  ] as const)("%j on %s", (env, platform, root) => {
    expect(cacheRoot(env, platform)).toBe(root);
  });
});

it("names the folder for people, whatever the name holds", () => {
  expect(preparedDir("/c", "ws", "8.18.0", "0123456789abcdef0123456789")).toBe(
    "/c/targets/ws-8.18.0-0123456789abcdef0123",
  );
  expect(preparedDir("/c", "../x", "1/2", "abc")).toBe("/c/targets/.._x-1_2-abc");
});

describe("the marker", () => {
  it("is for one key", async () => {
    expect(await isPrepared(dir, "k")).toBe(false);
    markPrepared(dir, "k", {});
    expect(await isPrepared(dir, "k")).toBe(true);
    expect(await isPrepared(dir, "other")).toBe(false);
  });

  it("is not believed when it is torn", async () => {
    put(PREPARED_MARKER, '{ "key": "k"');
    expect(await isPrepared(dir, "k")).toBe(false);
  });
});

describe("hashFolder", () => {
  it("follows names, contents, executable bits and facts, and nothing else", async () => {
    put("a.txt", "a");
    put("sub/b.txt", "b");
    const hash = (): Promise<string> => hashFolder(dir, ["1.0"]);
    const first = await hash();
    expect(first).toMatch(/^[0-9a-f]{64}$/);
    put("node_modules/x/index.js", "x");
    put("sub/__pycache__/b.pyc", "x");
    expect(await hash()).toBe(first);
    expect(await hashFolder(dir, ["1.1"])).not.toBe(first);
    put("a.txt", "A");
    const changed = await hash();
    chmodSync(join(dir, "a.txt"), 0o755);
    const executable = await hash();
    put("c.txt", "");
    expect(new Set([first, changed, executable, await hash()]).size).toBe(4);
  });
});

describe("copyFolder", () => {
  it("leaves leftovers behind, keeps executable bits and follows links", async () => {
    put("from/run.sh", "#!/bin/sh\n");
    put("from/.venv/lib", "x");
    put("shared/helper.mjs", "helper");
    chmodSync(join(dir, "from/run.sh"), 0o755);
    symlinkSync("../shared", join(dir, "from/lib"));
    const [from, to] = [join(dir, "from"), join(dir, "to")];
    await copyFolder(from, to);
    expect((await listFiles(to)).map(({ path }) => path)).toEqual(["lib/helper.mjs", "run.sh"]);
    expect(statSync(join(to, "run.sh")).mode & 0o111).toBe(0o111);
    expect(readFileSync(join(to, "lib/helper.mjs"), "utf8")).toBe("helper");
    expect(await hashFolder(to, [])).toBe(await hashFolder(from, []));
  });

  it("puts what a folder shares with others where it says", async () => {
    put("from/run.sh", "#!/bin/sh\n");
    put("common/driver.mjs", "driver");
    const shared = { "src/driver.mjs": "../common/driver.mjs" };
    const [from, to] = [join(dir, "from"), join(dir, "to")];
    await copyFolder(from, to, shared);
    expect(readFileSync(join(to, "src/driver.mjs"), "utf8")).toBe("driver");
    expect(await hashFolder(to, [])).toBe(await hashFolder(from, [], shared));
    put("common/driver.mjs", "another");
    expect(await hashFolder(to, [])).not.toBe(await hashFolder(from, [], shared));
  });

  it("refuses a link to a folder above", async () => {
    mkdirSync(join(dir, "from"));
    symlinkSync("..", join(dir, "from/loop"));
    await expect(copyFolder(join(dir, "from"), join(dir, "to"))).rejects.toThrow(/link lead back/);
  });
});
