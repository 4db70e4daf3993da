// Completes the opening handshake, reads, and never says a word nor closes.
import { serve } from "./handshake.mjs";

serve((socket) => socket.resume());
