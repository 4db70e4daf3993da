// Echoes, and writes to its output for ever, as fast as it is read.
import { echo, serve } from "./handshake.mjs";

serve(echo);
const text = "all work and no play makes a long log ".repeat(100);
let lines = 0;
const write = () => {
  while (process.stdout.write(`${(lines += 1)} ${text}\n`));
  process.stdout.once("drain", () => setImmediate(write));
};
process.stdout.write("the first line\n");
write();
