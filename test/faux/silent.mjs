// Accepts connections, reads, and never says a word.
import { listen } from "./handshake.mjs";

listen((socket) => socket.resume());
