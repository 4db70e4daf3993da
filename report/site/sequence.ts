import type { Case } from "../../fuzzer/case.ts";
import { html, type Html } from "../html.ts";
import { type SequenceRow, sequenceRows } from "./sequence-steps.ts";

const WIDTH = 660;
const LEFT = 110;
const RIGHT = 550;
const ARROW = 44;
const WAIT = 34;
const NOTE = 30;

/** Rows that are drawn; no case of the suite has as many. */
const MOST = 60;

const h = html;

/** What a case does, as a sequence of arrows between the fuzzer and the target. */
export function sequenceDiagram(described: Case): Html {
  const rows = sequenceRows(described).slice(0, MOST);
  const { parts, end } = drawn(rows, 62);
  const height = end + 22;
  const words = `What case ${described.id} does. ${rows.map(rowWords).join(" ")}`;
  return h`<svg class="sequence" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${words}">
<line class="life" x1="${LEFT}" x2="${LEFT}" y1="40" y2="${height - 10}"/><line class="life" x1="${RIGHT}" x2="${RIGHT}" y1="40" y2="${height - 10}"/>
${lifeline(LEFT, "Fuzzer")}${lifeline(RIGHT, "Target")}
${parts}</svg>`;
}

function lifeline(x: number, name: string): Html {
  return h`<rect class="box" x="${x - 52}" y="10" width="104" height="30" rx="6"/><text class="head" x="${x}" y="30" text-anchor="middle">${name}</text>`;
}

/** Rows from a height on, and where they end. */
function drawn(
  rows: readonly SequenceRow[],
  from: number,
): { readonly parts: readonly Html[]; readonly end: number } {
  let y = from;
  const parts = rows.map((row): Html => {
    const at = y;
    switch (row.row) {
      case "arrow":
        y += ARROW;
        return arrow(row, at);
      case "wait":
        y += WAIT;
        return waiting(row.text, at);
      case "note":
        y += NOTE;
        return h`<text class="soft" x="${(LEFT + RIGHT) / 2}" y="${at + 10}" text-anchor="middle">${shorten(row.text, 96)}</text>
`;
      case "loop": {
        const inner = drawn(row.rows, at + 26);
        y = inner.end + 22;
        return loop(row.text, inner.parts, at, inner.end + 8);
      }
    }
  });
  return { parts, end: y };
}

function arrow({ to, kind, text, detail }: Extract<SequenceRow, { row: "arrow" }>, y: number): Html {
  const right = to === "target";
  const [from, tip] = right ? [LEFT, RIGHT] : [RIGHT, LEFT];
  const line = y + 24;
  const back = right ? -9 : 9;
  const label = h`<text x="${(LEFT + RIGHT) / 2}" y="${line - 7}" text-anchor="middle">${shorten(text, 58)}${detail !== "" && h` <tspan class="soft">${shorten(detail, 52)}</tspan>`}</text>`;
  return h`<line class="${kind}" x1="${from}" x2="${tip}" y1="${line}" y2="${line}"/><path class="tip-${kind}" d="M${tip} ${line}l${back} -4.5v9z"/>${label}
`;
}

function waiting(text: string, y: number): Html {
  const width = 20 + text.length * 7.5;
  return h`<line class="wait" x1="${LEFT}" x2="${LEFT}" y1="${y}" y2="${y + 24}"/><rect class="waitbox" x="${LEFT - width / 2}" y="${y + 4}" width="${width}" height="20" rx="10"/><text class="mono" x="${LEFT}" y="${y + 18}" text-anchor="middle">${text}</text>
`;
}

function loop(text: string, parts: readonly Html[], from: number, to: number): Html {
  const width = 16 + text.length * 6.4;
  return h`<rect class="loop" x="${LEFT - 34}" y="${from + 6}" width="${RIGHT - LEFT + 68}" height="${to - from - 2}" rx="6"/><rect class="looplabel" x="${LEFT - 34}" y="${from + 6}" width="${width}" height="20" rx="4"/><text class="soft" x="${LEFT - 26}" y="${from + 20}">${text}</text>${parts}
`;
}

function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** A row for who does not see it. */
function rowWords(row: SequenceRow): string {
  switch (row.row) {
    case "arrow":
      return `${row.to === "target" ? "The fuzzer sends" : "It expects"} ${row.text}${row.detail === "" ? "" : `, ${row.detail}`}.`;
    case "wait":
      return `It waits ${row.text}.`;
    case "note":
      return `${row.text}.`;
    case "loop":
      return `${row.text}: ${row.rows.map(rowWords).join(" ")}`;
  }
}
