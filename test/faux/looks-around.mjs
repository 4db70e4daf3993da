// Echoes, and says what it may do: a line of JSON with what becomes of files written at WRITE, of connections to REACH
// and of names in RESOLVE (each a list between commas), its user and its variables.
import { lookup } from "node:dns/promises";
import { appendFileSync } from "node:fs";
import { connect } from "node:net";
import { echo, serve } from "./handshake.mjs";

const list = (text = "") => text.split(",").filter(Boolean);
const codeOf = (error) => error.code ?? error.message;

const write = (path) => {
  try {
    appendFileSync(path, "x");
    return "written";
  } catch (error) {
    return codeOf(error);
  }
};

const reach = (address) =>
  new Promise((resolve) => {
    const at = address.lastIndexOf(":");
    const socket = connect(Number(address.slice(at + 1)), address.slice(0, at));
    const end = (outcome) => {
      socket.destroy();
      resolve(outcome);
    };
    socket.on("connect", () => end("reached"));
    socket.on("error", (error) => end(codeOf(error)));
    setTimeout(() => end("no answer"), 1500);
  });

const resolve = (name) => lookup(name).then(({ address }) => address, codeOf);

const each = async (items, ask) =>
  Object.fromEntries(await Promise.all(items.map(async (item) => [item, await ask(item)])));

const { env } = process;
const seen = {
  user: process.getuid(),
  write: await each(list(env.WRITE), write),
  reach: await each(list(env.REACH), reach),
  resolve: await each(list(env.RESOLVE), resolve),
  env,
};
console.log(`seen ${JSON.stringify(seen)}`);
serve(echo);
