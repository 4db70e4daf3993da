// Echoes, and starts programs until the system refuses; says how many there were, and goes on trying.
import { spawn } from "node:child_process";
import { echo, serve } from "./handshake.mjs";

serve(echo);
let started = 0;
let told = false;
const fork = () => {
  const child = spawn("sleep", ["600"], { stdio: "ignore" });
  child.on("spawn", () => {
    started += 1;
    setImmediate(fork);
  });
  child.on("error", ({ code }) => {
    if (!told) console.log(`refused after ${started} (${code})`);
    told = true;
    setTimeout(fork, 100);
  });
};
fork();
