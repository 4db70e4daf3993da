// Sends random octets for ever once the opening handshake is over.
import { randomBytes } from "node:crypto";
import { serve } from "./handshake.mjs";

serve((socket) => {
  socket.resume();
  const babble = () => {
    while (!socket.destroyed && socket.write(randomBytes(1024)));
    if (!socket.destroyed) socket.once("drain", () => setImmediate(babble));
  };
  babble();
});
