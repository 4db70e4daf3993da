import { closingRows } from "../closing-facts.ts";
import { opcodeName } from "../opcode-name.ts";
import * as blocks from "../pcapng/blocks.ts";
import * as direction from "../pcapng/direction.ts";
import * as pcapng from "../pcapng/pcapng.ts";
import * as tcp from "../pcapng/tcp.ts";
import * as compare from "./browser/compare.ts";
import * as downloads from "./browser/downloads.ts";
import * as elements from "./browser/elements.ts";
import * as filters from "./browser/filters.ts";
import * as live from "./browser/live.ts";
import * as page from "./browser/page.ts";
import * as result from "./browser/result.ts";
import * as resultClosing from "./browser/result-closing.ts";
import * as resultCounts from "./browser/result-counts.ts";
import * as resultParts from "./browser/result-parts.ts";
import * as resultWire from "./browser/result-wire.ts";
import * as search from "./browser/search.ts";
import * as sort from "./browser/sort.ts";
import { classify } from "../tally.ts";
import * as packed from "./data/packed.ts";

/**
 * The scripts of the site are functions of this project, written out: no bundler, and types are gone by the
 * time they run here. A module that goes into a page holds nothing but functions and classes, all exported,
 * that use each other by their names.
 */
function scriptOf(modules: readonly object[], main: (...args: never) => unknown): string {
  const parts = modules.flatMap((module) => Object.values(module).map(String));
  return `"use strict";\n(() => {\n${parts.join("\n")}\n${main.name}();\n})();\n`;
}

/** The script of every page: theme, search, filters, sorting, keys, and following a run. */
export function siteScriptText(): string {
  return scriptOf([elements, page, search, filters, sort, live], page.startPage);
}

/** The script of the page of results. */
export function resultScriptText(): string {
  const capture = [blocks, tcp, direction, pcapng];
  const shared = { unpackLog: packed.unpackLog, opcodeName, closingRows };
  const parts = [resultParts, resultClosing, resultCounts, resultWire];
  return scriptOf([elements, downloads, shared, ...capture, ...parts, result], result.startResult);
}

/** The script of the page that compares. */
export function compareScriptText(): string {
  return scriptOf([elements, { classify }, compare], compare.startCompare);
}
