import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";

import { checkAddress } from "../../../../orchestrator/site/write-site.ts";
import type { SiteInput } from "../../../../report/site/input.ts";
import { siteFiles } from "../../../../report/site/site.ts";
import { HOSTILE, hostileInput, LONG_LINE } from "../../../support/hostile-site.ts";
import { playedCell, playedRun, siteInput } from "../../../support/site-fixture.ts";
import { harmfulCharacters } from "../harmful.ts";
import { deadLinks, linksOf, madeSite } from "./links.ts";

const site = madeSite(siteInput());
const pages = [...site].filter(([path]) => path.endsWith(".html"));

function page(path: string, input: SiteInput = siteInput()): string {
  return String(siteFiles(input).get(path)?.() ?? "");
}

describe("the site", () => {
  it("has no dead link, and no anchor that leads nowhere", () => {
    expect(pages.length).toBeGreaterThan(50);
    expect(deadLinks(site)).toEqual([]);
  });

  it("loads nothing from elsewhere, and has no script in line", () => {
    for (const [path, text] of pages) {
      const loaded = linksOf(text).filter(({ attribute, tag }) => attribute === "src" || tag === "link");
      expect(loaded.filter(({ to }) => /^(?:[a-z]+:)?\/\//.test(to))).toEqual([]);
      expect(text.match(/<script(?![^>]* src=)/g), path).toBeNull();
      expect(text.match(/<[^>]+ on[a-z]+=/g), path).toBeNull();
    }
  });

  it("uses every id once a page", () => {
    for (const [path, text] of pages) {
      const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
      expect(
        ids.filter((id, at) => ids.indexOf(id) !== at),
        path,
      ).toEqual([]);
    }
  });

  it("opens a target with a sentence for each rule that it breaks, since when, and the reason that is known", () => {
    const text = page("targets/ws.html");
    expect(text).toContain("Does not fail the connection on pings with more than 125 octets");
    expect(text).toMatch(/in all versions played \(2\.0\.0, 1\.0\.0\)/);
    expect(text).toContain("Known: Long pings are let through.");
    expect(text.indexOf("What it gets wrong")).toBeLessThan(text.indexOf("Tallies and chapters"));
  });

  it("says on the first page what changed since the last run", () => {
    const text = page("index.html").replaceAll(/\s+/g, " ");
    expect(text).toMatch(/<b>3<\/b>regressed/);
    expect(text).toMatch(/<b>1<\/b>fixed/);
    expect(text).toContain('result.html#ws_2.0.0_server_plain/2.5"');
  });

  it("keeps Autobahn's cases and ours apart", () => {
    const text = page("index.html");
    const [autobahn = "", extra = ""] = text.split("Beyond Autobahn");
    expect(extra).not.toBe("");
    const cases = siteInput().runs[0].cells[0]!.cases.size - 1;
    expect(autobahn).toContain(`of ${cases}"`);
    expect(autobahn).not.toContain(`of ${cases + 1}"`);
    expect(extra).toContain('1 pass of 1"');
  });

  it("shows pairs, scenarios and the self-check where they were made", () => {
    expect(page("pairs.html")).toContain("the server: it was cut off (1 of 1 talks)");
    expect(page("pairs.html")).toContain("the client: no such file");
    expect(page("suite.html")).toMatch(/2 trials .*1 caught, 1 in blind spots/s);
    expect(page("targets/ws.html")).toContain("bears 16 MiB");
    const without = siteInput({ pairs: [], selfCheck: null, scenarios: new Map() });
    expect(page("pairs.html", without)).toContain("No pairs were played");
    expect(page("suite.html", without)).toContain("Not made for this site");
  });

  it("reads each record once", () => {
    const asked: string[] = [];
    const record: SiteInput["record"] = (cell, id) => (asked.push(`${cell} ${id}`), null);
    madeSite(siteInput({ record }));
    expect(asked.length).toBeGreaterThan(100);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it("groups the targets of a case by what they did", () => {
    const text = page("cases/2.5.html");
    expect(text).toContain("text of 5 octets; close frame with 1000");
    expect(text).toContain("FAILED / FAILED");
  });
});

describe("a run that is not whole", () => {
  const base = siteInput();
  const [first] = base.runs[0].cells;
  const of = (changes: Parameters<typeof playedRun>[2], cells = [first!]) =>
    page("index.html", { ...base, runs: [playedRun("r", cells, changes)] });

  it("says nothing is missing when nothing is", () => {
    expect(of({})).not.toContain("What is missing");
  });

  it("is named as interrupted, as going on, and as a part of a plan", () => {
    expect(of({ state: "interrupted" })).toContain("The run was interrupted");
    expect(of({ state: "running", finishedAt: null })).toContain("goes on, or was killed");
    expect(of({ shard: { index: 2, count: 4 } })).toContain("part 2 of 4");
  });

  it("names what did not run, and counts what has no verdict", () => {
    const key = { target: "ws", version: "3.0.0", role: "server", variant: "plain" } as const;
    const cut = playedCell(
      key,
      {},
      { status: "crashed", reason: "died three times", notRun: ["1.1.1", "2.5"] },
    );
    const text = of({}, [cut]);
    expect(text).toContain("1 cell crashed: ws@3.0.0/server/plain.");
    expect(text).toMatch(/2 of \d+ planned cases have no verdict/);
    expect(page("runs.html", { ...base, runs: [playedRun("r", [cut])] })).toContain("died three times");
  });

  it("names runs that could not be read", () => {
    const skipped = [{ run: "old", reason: "it has schema version 0, and this wsmatrix reads version 1" }];
    expect(page("index.html", { ...base, skipped })).toContain(
      "Run old is left out: it has schema version 0",
    );
  });

  it("gives pages for a run without a single verdict", () => {
    const key = { target: "ws", version: "3.0.0", role: "server", variant: "plain" } as const;
    const none = playedCell(key, {}, { status: "waiting", cases: new Map(), notRun: [] });
    expect(deadLinks(madeSite({ ...base, runs: [playedRun("r", [none], { state: "running" })] }))).toEqual(
      [],
    );
  });

  it("counts no case as gone that is still to be played", () => {
    const going = playedCell(first!, {}, { status: "unfinished", notRun: ["1.1.1"] });
    const text = page("index.html", {
      ...base,
      runs: [playedRun("r", [going], { state: "running" }), playedRun("s", [first!])],
    });
    expect(text).toMatch(/<b>0<\/b>gone/);
    expect(text).toMatch(/<b>0<\/b>infrastructure/);
  });
});

describe("hostile text", () => {
  const hostile = madeSite(hostileInput());
  const texts = [...hostile].filter(([path]) => /\.(?:html|svg)$/.test(path));

  it("stays in its folder, whatever a target is called", () => {
    const paths = [...hostile.keys()];
    for (const path of paths) checkAddress(path);
    const lower = paths.map((path) => path.toLowerCase());
    expect(new Set(lower).size).toBe(paths.length);
    expect(paths.filter((path) => /(?:^|\/)(?:con|nul|aux|prn)(?:\.|\/|$)/i.test(path))).toEqual([]);
  });

  it("becomes no markup, and moves no cursor", () => {
    for (const [path, text] of texts) {
      expect(text.match(/<script(?![^>]* src=)/g), path).toBeNull();
      expect(text.match(/<img src=x|<svg onload/g), path).toBeNull();
      expect(harmfulCharacters(text), path).toEqual([]);
      expect(text.match(/href="javascript:/g), path).toBeNull();
    }
  });

  it("is shown as it was", () => {
    const all = texts.map(([, text]) => text).join("");
    expect(all).toContain("&lt;script&gt;window.hacked = 1&lt;/script&gt;");
    expect(all).toContain(String.raw`\x1b[31mred\x1b[0m`);
    expect(all).toContain(String.raw`\u202egnp.exe\u2066`);
  });

  it("reaches the page of results unchanged, as data that cannot run", () => {
    const path = [...hostile.keys()].find((one) => one.startsWith("data/records/") && one.endsWith("/1.js"))!;
    const text = String(hostile.get(path));
    expect(harmfulCharacters(text)).toEqual([]);
    const given: unknown[] = [];
    // What a browser does with the file.
    runInNewContext(text, { wsmatrixData: (...values: unknown[]) => void given.push(...values) });
    expect(given[0]).toBe(path);
    const { cases } = given[1] as { cases: Record<string, { record: { httpResponse: string } }> };
    expect(cases["1.1.1"]!.record.httpResponse).toContain(HOSTILE[1]);
  });

  it("does not make pages long", () => {
    for (const [path, text] of texts) expect(text.includes(LONG_LINE), path).toBe(false);
  });

  it("has links that hold", () => {
    expect(deadLinks(hostile)).toEqual([]);
  });
});

describe("an address of a site", () => {
  it.each(["../x", "a/../../x", "/etc/passwd", "a//b", "a\\b", "c:x", "a b", ""])("is not %j", (path) => {
    expect(() => checkAddress(path)).toThrow(RangeError);
  });
});
