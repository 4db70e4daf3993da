import { assert, property, string } from "fast-check";
import { describe, expect, it } from "vitest";

import { escapeHtml, Html, html, htmlPage, trustedHtml } from "../../../report/html.ts";

import { harmfulCharacters } from "./harmful.ts";

/** A name that the formatter does not take for markup which it may indent. */
const h = html;

const attack = `</title><script>alert("1" + '2')</script>&amp;`;
const harmless = "&lt;/title&gt;&lt;script&gt;alert(&quot;1&quot; + &#39;2&#39;)&lt;/script&gt;&amp;amp;";

describe("an html template", () => {
  it("escapes every text, in elements and in quoted attributes", () => {
    expect(h`<p title="${attack}">${attack}</p>`.toString()).toBe(`<p title="${harmless}">${harmless}</p>`);
    expect(h`<p title="${"`"}">`.toString()).toBe('<p title="&#96;">');
  });

  it("takes markup, lists and numbers, and writes nothing for what is not there", () => {
    const items = ["a<", "b"].map((item) => h`<li>${item}</li>`);
    expect(h`<ul>${items}</ul>${0}${1.5}`.toString()).toBe("<ul><li>a&lt;</li><li>b</li></ul>01.5");
    expect(h`[${null}${undefined}${false}${[]}${""}]`.toString()).toBe("[]");
    expect(h`${[["<", h`<br>`], trustedHtml("<hr>")]}`.toString()).toBe("&lt;<br><hr>");
  });

  it("does not take an object that looks like markup", () => {
    const fake = { toString: () => "<script>" } as unknown as Html;
    expect(() => html`${fake}`.toString()).toThrow(TypeError);
    const Constructor = Html as unknown as new (key: symbol, markup: string) => Html;
    expect(() => new Constructor(Symbol("making"), "<script>")).toThrow(TypeError);
  });

  it("spells control characters out, and keeps lines and tabs", () => {
    expect(escapeHtml("a\r\nb\tc\u0000\u001b[31m\u202ed\ud800")).toBe(
      String.raw`a\r` + "\nb\tc" + String.raw`\x00\x1b[31m\u202ed\ud800`,
    );
  });

  it("never lets a text become markup or do harm", () => {
    assert(
      property(string({ unit: "binary" }), (text) => {
        const written = html`${text}`.toString();
        expect(written).not.toMatch(/[<>"'`]/);
        expect(written).not.toMatch(/&(?!(?:amp|lt|gt|quot|#39|#96);)/);
        expect(harmfulCharacters(written.replaceAll("\t", ""))).toEqual([]);
      }),
    );
  });
});

describe("a page", () => {
  const page = htmlPage({ title: attack, style: "p > a { color: red; }", body: html`<p>${attack}</p>` });

  it("is a whole document, with its title escaped and its style as it is", () => {
    expect(page).toMatch(/^<!doctype html>\s*<html lang="en">/);
    expect(page).toContain(`<title>${harmless}</title>`);
    expect(page).toContain("p > a { color: red; }");
    expect(page.trimEnd()).toMatch(/<\/html>$/);
  });

  it("loads nothing and runs nothing", () => {
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline';`);
    expect(page).not.toMatch(/<script|<link|<img|src=|https?:/);
  });
});
