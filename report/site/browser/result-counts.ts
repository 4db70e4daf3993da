import type { CaseRecord } from "../../../fuzzer/record.ts";
import { opcodeName } from "../../opcode-name.ts";
import type { Elem } from "./dom.ts";
import { element, tableOf } from "./elements.ts";

/** Octets and frames, counted. */
export function statisticsPart(record: CaseRecord): Elem {
  const { traffic } = record;
  const sizes = (title: string, counts: Readonly<Record<string, number>>) =>
    tableOf(
      title,
      ["Size", "Count", "Octets"],
      Object.entries(counts).map(([size, count]) => [
        size,
        String(count),
        size === "other" ? "" : String(Number(size) * count),
      ]),
    );
  const frames = (title: string, counts: Readonly<Record<string, number>>) =>
    tableOf(
      title,
      ["Opcode", "Count"],
      Object.entries(counts).map(([opcode, count]) => [
        `${opcode} ${opcodeName(Number(opcode))}`,
        String(count),
      ]),
    );
  const ratio = (part: number, whole: number) => (whole === 0 ? "none" : (part / whole).toFixed(3));
  const compression =
    traffic === null
      ? null
      : tableOf(
          "Compression, while the connection was open",
          ["Way", "Messages", "Frames", "Octets before", "compressed", "on the wire", "Ratio"],
          (
            [
              ["sent", traffic.outgoing],
              ["received", traffic.incoming],
            ] as const
          ).map(([way, one]) => [
            way,
            String(one.messages),
            String(one.frames),
            String(one.app),
            String(one.webSocket),
            String(one.wire),
            ratio(one.webSocket, one.app),
          ]),
        );
  return element(
    "section",
    {},
    element("h2", {}, "Counts"),
    element(
      "div",
      { class: "tables" },
      ...[
        sizes("Received, by size of a read", record.rxOctets),
        sizes("Sent, by size of a write", record.txOctets),
        frames("Received frames", record.rxFrames),
        frames("Sent frames", record.txFrames),
        ...(compression === null ? [] : [compression]),
      ].map((table) =>
        element(
          "div",
          {
            class: "scroll",
            tabindex: "0",
            role: "region",
            "aria-label": table.querySelector("caption")?.textContent ?? "Counts",
          },
          table,
        ),
      ),
    ),
  );
}
