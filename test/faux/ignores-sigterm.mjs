// Echoes, and will not go when it is asked to.
import { echo, serve } from "./handshake.mjs";

process.on("SIGTERM", () => console.log("not now"));
serve(echo).on("listening", () => console.log("listening"));
