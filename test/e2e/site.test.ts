import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, launchChromium, serveFolder } from "../support/browser.ts";

if (chromiumPath === null) console.warn("no Chromium here: the site is not tried in a browser");

const dir = mkdtempSync(join(tmpdir(), "wsmatrix-site-"));
const [plain, hostile] = [join(dir, "plain"), join(dir, "hostile")];

/** Where a site can be: on a disk, at the root of a host, and somewhere below. */
const bases = new Map<string, string>();
const servers: Server[] = [];
let browser: Browser;

function makeSite(out: string, ...more: string[]): void {
  execFileSync(process.execPath, [join(import.meta.dirname, "../support/make-site.ts"), out, ...more]);
}

describe.skipIf(chromiumPath === null)("the site in a browser", () => {
  beforeAll(async () => {
    makeSite(plain);
    makeSite(hostile, "hostile");
    bases.set("file://", `${pathToFileURL(plain).href}/`);
    for (const prefix of ["/", "/some/sub/path/"]) {
      const { url, server } = await serveFolder(plain, prefix);
      bases.set(prefix, url);
      servers.push(server);
    }
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  describe.each(["file://", "/", "/some/sub/path/"])("from %s", (from) => {
    it("opens every page with no error and no request outside", async () => {
      const base = bases.get(from)!;
      const { page, faults } = await watched(base);
      for (const path of htmlFiles(plain)) await page.goto(base + path);
      await page.goto(`${base}result.html#ws_2.0.0_server_plain/2.5`);
      await page.waitForSelector("h1");
      expect(faults).toEqual([]);
      await page.close();
    });

    it("filters with the state in the address, back and forward", async () => {
      const { page, faults } = await watched(bases.get(from)!);
      await page.goto(bases.get(from)!.replace(/\/$/, "/index.html"));
      const rows = () => page.locator("#cells tbody tr:visible").count();
      const all = await rows();
      await page.selectOption('[name="role"]', "client");
      expect(await rows()).toBeLessThan(all);
      expect(page.url()).toContain("#?role=client");
      const narrowed = await rows();
      await page.reload();
      expect(await rows()).toBe(narrowed);
      await page.selectOption('[name="role"]', "server");
      await page.goBack();
      expect(await page.inputValue('[name="role"]')).toBe("client");
      expect(await rows()).toBe(narrowed);
      await page.goForward();
      expect(await page.inputValue('[name="role"]')).toBe("server");
      await page.click('.filters button[type="reset"]');
      await page.waitForFunction("location.hash === '' || location.hash === '#'");
      expect(await rows()).toBe(all);
      await page.check('[name="older"]');
      expect(await rows()).toBeGreaterThan(all);
      expect(faults).toEqual([]);
      await page.close();
    });

    it("sorts, and keeps the order in the address", async () => {
      const { page } = await watched(bases.get(from)!);
      await page.goto(`${bases.get(from)!}suite.html`);
      await page.click('th:has-text("Failed") button');
      await page.click('th:has-text("Failed") button');
      const first = () => page.locator("#suite tbody tr th").first().textContent();
      expect(await first()).toBe("2.5");
      await page.reload();
      expect(await first()).toBe("2.5");
      expect(await page.getAttribute('#suite th:has-text("Failed")', "aria-sort")).toBe("descending");
      await page.close();
    });

    it("finds cases and targets by the keyboard alone", async () => {
      const { page } = await watched(bases.get(from)!);
      await page.goto(`${bases.get(from)!}about.html`);
      await page.keyboard.press("/");
      await page.keyboard.type("5.19");
      await page.waitForSelector("#found li");
      await page.keyboard.press("Enter");
      await page.waitForURL("**/cases/5.19.html");
      await page.keyboard.press("/");
      await page.keyboard.type("§5.5.2");
      await page.waitForSelector("#found li");
      expect(await page.locator("#found li").count()).toBeGreaterThan(2);
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await page.waitForFunction("!location.pathname.endsWith('/5.19.html')");
      await page.close();
    });

    it("shows a result by its permalink, and goes on to the next", async () => {
      const { page, faults } = await watched(bases.get(from)!);
      await page.goto(`${bases.get(from)!}result.html#ws_2.0.0_server_plain/2.5`);
      await page.waitForSelector(".wire");
      expect(await page.textContent("h1")).toContain("2.5 Ping with 126 octets");
      expect(await page.textContent("main")).toContain("Known: long pings are let through");
      expect(await page.textContent(".wire")).toContain("“Hello” (5 octets)");
      expect(await page.textContent("main")).toContain("HTTP/1.1 101 Switching Protocols");
      expect(await page.locator('th:has-text("wasCloseHandshakeTimeout")').count()).toBe(1);
      await page.keyboard.press("j");
      await page.waitForSelector('h1:has-text("2.6")');
      await page.goBack();
      await page.waitForSelector('h1:has-text("2.5")');
      const download = page.waitForEvent("download");
      await page.click('button:has-text("pcapng")');
      const file = await (await download).path();
      expect(readFileSync(file).subarray(0, 4).toString("hex")).toBe("0a0d0d0a");
      await page.click("details summary");
      await page.waitForSelector('pre:has-text("listening")');
      expect(faults).toEqual([]);
      await page.close();
    });

    it("says so when an address names no result", async () => {
      const { page } = await watched(bases.get(from)!);
      await page.goto(`${bases.get(from)!}result.html#../../x/1.1.1`);
      await page.waitForSelector('h1:has-text("names no result")');
      expect(await page.locator(".wire").count()).toBe(0);
      await page.goto(`${bases.get(from)!}result.html#nobody/1.1.1`);
      await page.waitForSelector('h1:has-text("There is no result")');
      await page.close();
    });

    it("compares any two runs", async () => {
      const { page, faults } = await watched(bases.get(from)!);
      await page.goto(`${bases.get(from)!}compare.html`);
      await page.waitForSelector("#compared table");
      expect(await page.textContent("#compared")).toContain("2.5");
      const proof = await page.getAttribute('#compared tr:has-text("2.5") a:has-text("proof")', "href");
      expect(proof).toBe("result.html#ws_2.0.0_server_plain/2.5");
      await page.selectOption('[name="a-cell"]', "ws@1.0.0/server/plain");
      await page.waitForFunction("location.hash.includes('a-cell=ws%401.0.0')");
      const text = await page.textContent("#compared");
      await page.reload();
      await page.waitForSelector("#compared table, #compared p");
      expect(await page.textContent("#compared")).toBe(text);
      expect(faults).toEqual([]);
      await page.close();
    });
  });

  it.each(["light", "dark"] as const)("breaks no rule of WCAG A and AA in the %s theme", async (theme) => {
    const base = bases.get("/some/sub/path/")!;
    const page = await browser.newPage({ colorScheme: theme });
    const found: string[] = [];
    for (const path of AUDITED) {
      await page.goto(base + path);
      await page.waitForSelector("h1");
      for (const { id, nodes } of await violations(page))
        found.push(`${path}: ${id}: ${nodes.slice(0, 3).join(" | ")}`);
    }
    expect(found).toEqual([]);
    await page.close();
  });

  it("keeps the theme that was chosen", async () => {
    const { page } = await watched(bases.get("/")!);
    await page.goto(bases.get("/")!);
    await page.keyboard.press("t");
    await page.keyboard.press("t");
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.reload();
    expect(await page.getAttribute("html", "data-theme")).toBe("dark");
    await page.close();
  });

  it("is readable without JavaScript", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${bases.get("file://")!}index.html`);
    expect(await page.locator("#cells tbody tr").count()).toBe(4);
    expect(await page.locator("#cells tbody tr:visible").count()).toBe(4);
    expect(await page.locator("#search:visible, .filters:visible").count()).toBe(0);
    await page.click('#cells a:has-text("ws")');
    expect(await page.textContent("main")).toContain("Does not fail the connection on pings");
    await page.goto(`${bases.get("file://")!}result.html`);
    expect(await page.textContent("main")).toContain("needs JavaScript");
    await context.close();
  });

  it("runs nothing of what strangers wrote", async () => {
    const base = `${pathToFileURL(hostile).href}/`;
    const { page, faults } = await watched(base);
    const results = readdirSync(join(hostile, "data/records")).map((cell) => `result.html#${cell}/1.1.1`);
    const targets = htmlFiles(hostile).filter((path) => !path.startsWith("cases/"));
    for (const path of [...targets, "cases/1.1.1.html", "cases/2.5.html", ...results]) {
      await page.goto(base + path);
      await page.waitForSelector("h1");
      expect(await page.evaluate("window.hacked")).toBeUndefined();
    }
    expect(await page.textContent("main")).toContain("<script>window.hacked = 1</script>");
    expect(await page.textContent("main")).toContain(String.raw`\x1b[31mred`);
    expect(faults).toEqual([]);
    await page.close();
  });
});

const AUDITED = [
  "index.html",
  "targets/ws.html",
  "targets/broken.html",
  "cases/2.5.html",
  "cases/12.1.1.html",
  "result.html#ws_2.0.0_server_plain/2.5",
  "compare.html",
  "pairs.html",
  "suite.html",
  "runs.html",
  "about.html",
];

/** A page, and what it should not do: print errors, throw, or ask for anything outside of the site. */
async function watched(base: string): Promise<{ page: Page; faults: string[] }> {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("nobody/1.js")) faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(?:data|blob):/.test(request.url()))
      faults.push(`request: ${request.url()}`);
  });
  return { page, faults };
}

function htmlFiles(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".html"));
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds against WCAG 2 A and AA. */
async function violations(page: Page): Promise<readonly { id: string; nodes: string[] }[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) => node.html.slice(0, 160) + " " + node.any.map((one) => one.message).join("; ")) })))`);
}
