// Echoes, and dies of a frame with the opcode DIE_ON (default 3, a reserved one): the same cases kill it always.
import { echo, serve } from "./handshake.mjs";

const dieOn = Number(process.env.DIE_ON ?? 3);
serve((socket, rest) =>
  echo(socket, rest, ({ opcode }) => {
    if (opcode === dieOn) process.kill(process.pid, "SIGSEGV");
  }),
);
