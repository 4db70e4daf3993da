import { Seeded } from "./seeded.ts";

/** A document as archives and print files are: sections of octets that are packed already, each before an index in text. */
export function makeBinary(length: number): Buffer {
  const random = new Seeded(0x70_61_63_6b);
  const file = Buffer.alloc(length);
  let at = 0;
  for (let section = 1; at < length; section++) {
    const packed = file.subarray(at, at + 4 * (3_000 + random.below(6_000)));
    for (let i = 0; i < packed.length; i++) packed[i] = random.next() >>> 24;
    at += packed.length;
    at += file.write(indexText(random, section), at, "latin1");
  }
  return file;
}

function indexText(random: Seeded, section: number): string {
  let offset = random.below(100_000);
  const lines = Array.from({ length: 300 + random.below(600) }, () => {
    offset += random.below(4_096);
    return `${String(offset).padStart(10, "0")} 00000 n\r\n`;
  });
  return `\r\nsection ${section}\r\nentries ${lines.length}\r\n${lines.join("")}`;
}
