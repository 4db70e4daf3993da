// Echoes, and dies when connection number DIE_ON (default 3) has been opened, which gets no echo any more.
import { echo, serve } from "./handshake.mjs";

const dieOn = Number(process.env.DIE_ON ?? 3);
let connections = 0;
serve((socket, rest) => {
  connections += 1;
  if (connections < dieOn) return echo(socket, rest);
  console.error(`connection ${connections} is too much`);
  // A turn later, so that the answer is out.
  setTimeout(() => process.exit(139), 20);
});
