// Does what a server target should, at its simplest: no deflate, no checks.
import { echo, serve } from "./handshake.mjs";

console.log("listening");
serve(echo);
