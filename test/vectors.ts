import { compareVectors, readVectors } from "./support/vectors.ts";

/**
 * Plays a file of vectors through the real player and judge, under a virtual clock:
 *
 *     npm run vectors -- FILE [--verbose]
 */
const args = process.argv.slice(2);
const file = args.find((arg) => !arg.startsWith("-"));
if (file === undefined) {
  console.error("usage: npm run vectors -- FILE   (a file in the form of test/facts/vectors.json)");
  process.exit(2);
}

let matched = 0;
let total = 0;
for (const row of compareVectors(readVectors(file))) {
  total++;
  if (row.matches) matched++;
  else
    console.log(
      `${row.peer} / fuzzer is ${row.fuzzer} / ${row.id}\n  wanted ${JSON.stringify(row.wanted)}\n  got    ${JSON.stringify(row.got)}`,
    );
}
console.log(`matched ${matched} of ${total}`);
process.exitCode = matched === total && total > 0 ? 0 : 1;
