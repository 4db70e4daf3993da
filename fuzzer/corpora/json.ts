import { Seeded } from "./seeded.ts";
import { inventNames } from "./words.ts";

/** Readings of a network of gauges, printed with indentation: pure ASCII, and much the same from record to record. */
export function makeJson(length: number): Buffer {
  const random = new Seeded(0x6a_73_6f_6e);
  const stations = inventNames(random, 24);
  const head = '{\n  "network": "gauges of the coast",\n  "interval": "PT10M",\n  "readings": [\n';
  const records: string[] = [];
  let total = head.length;
  for (let at = 0; ; at++) {
    const record = `${recordText(random, stations, at)},\n`;
    if (total + record.length > length - 200) break;
    records.push(record);
    total += record.length;
  }
  const foot = '    null\n  ],\n  "filling": "';
  const end = '"\n}\n';
  const filling = "-".repeat(length - total - foot.length - end.length);
  return Buffer.from([head, ...records, foot, filling, end].join(""), "latin1");
}

function recordText(random: Seeded, stations: readonly string[], at: number): string {
  const reading = {
    number: 40_000 + at,
    station: { name: random.pick(stations), automatic: true },
    measured: {
      temperature: { value: random.below(300) / 10, unit: "degree" },
      level: { value: random.below(400), unit: "centimetre" },
    },
    remarks: random.below(8) === 0 ? ["flushed", "see \u{e9}tude 7"] : [],
    transmitted: { by: "radio", repeated: false },
    seal: random.next().toString(16).padStart(8, "0"),
  };
  return escapeBeyondAscii(JSON.stringify(reading, null, 2).replaceAll(/^/gm, "    "));
}

function escapeBeyondAscii(text: string): string {
  return text.replaceAll(
    /[\u{80}-\u{ffff}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
