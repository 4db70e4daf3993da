import { Seeded } from "./seeded.ts";

const side = 512;
const headerOctets = 14 + 40 + 256 * 4;

/** A grey picture of 512 by 512 pixels as a BMP file: slow changes of brightness under fine grain. */
export function makeBitmap(): Buffer {
  const file = Buffer.alloc(headerOctets + side * side);
  writeHeader(file);
  writePixels(file.subarray(headerOctets));
  return file;
}

function writeHeader(file: Buffer): void {
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(headerOctets, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(side, 18);
  file.writeInt32LE(side, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(8, 28);
  file.writeUInt32LE(side * side, 34);
  file.writeUInt32LE(256, 46);
  for (let grey = 0; grey < 256; grey++) file.fill(grey, 54 + 4 * grey, 54 + 4 * grey + 3);
}

function writePixels(pixels: Buffer): void {
  const random = new Seeded(0x67_72_65_79);
  const coarse = heights(random, 128);
  const fine = heights(random, 16);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const grain = random.below(14) + random.below(14) - 13;
      const grey = 0.7 * heightAt(coarse, 128, x, y) + 0.3 * heightAt(fine, 16, x, y);
      pixels[y * side + x] = Math.max(0, Math.min(255, Math.floor(grey) + grain));
    }
  }
}

/** Heights from 0 to 255 at the corners of squares of `size` pixels. */
function heights(random: Seeded, size: number): number[] {
  const corners = side / size + 1;
  return Array.from({ length: corners * corners }, () => random.below(256));
}

/** Between the corners, weighted by nearness. The sizes are powers of two, so that this is exact everywhere. */
function heightAt(corners: readonly number[], size: number, x: number, y: number): number {
  const perRow = side / size + 1;
  const at = Math.floor(y / size) * perRow + Math.floor(x / size);
  const [right, down] = [(x % size) / size, (y % size) / size];
  const above = corners[at]! * (1 - right) + corners[at + 1]! * right;
  const below = corners[at + perRow]! * (1 - right) + corners[at + perRow + 1]! * right;
  return above * (1 - down) + below * down;
}
