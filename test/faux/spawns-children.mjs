// Echoes, and starts a child in its process group and another in a session of its own. All of them ignore
// SIGTERM. Says their pids. LEAVE=1: goes away and leaves its children.
import { spawn } from "node:child_process";
import { echo, serve } from "./handshake.mjs";

const idle = 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 60_000);';
const start = async (detached) => {
  const child = spawn(process.execPath, ["-e", idle], { detached, stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return child.pid;
};

process.on("SIGTERM", () => {});
const pids = [process.pid, await start(false), await start(true)];
console.log(`pids ${pids.join(" ")}`);
if (process.env.LEAVE === "1") process.exit(0);
serve(echo);
