import { type Command, InvalidArgumentError, Option } from "commander";

import { ENGINE_NAMES } from "../engines/select.ts";
import { type Shard, parseShard } from "../run/shards.ts";

/** What commands that choose cells and play nothing leave unsaid. */
export const defaults = { accept: "default", failOn: "unexpected", json: false } as const;

/** Adds the flags that choose targets and cases. */
export function selection(command: Command): Command {
  return command
    .option("--matrix <file>", "the matrix (default: matrix.yaml in this folder)")
    .option("--url <url>", "test a server that is up already")
    .option("--command <command>", "test a program: {host} {port} {url} {agent} are filled in")
    .option("--image <image>", "test a container image")
    .option("--name <name>", "what your own target is called in results", "own")
    .option("--port <n>", "the port that your own target fixes", positiveInt)
    .option("--path <path>", "the path that your own server serves")
    .option("--role <role>", "what the target is: server or client; may be repeated", roles)
    .option("--variant <variant>", "only this variant; may be repeated", words)
    .option("--cases <patterns...>", "only these cases: `5.*`, `1.1.1,6.4.*`")
    .option("--exclude <patterns...>", "not these cases")
    .option("--extra", "also the chapters from 20, which Autobahn does not have")
    .addOption(
      new Option("--profile <profile>", "quick: long loops shortened; full: Autobahn's counts").choices([
        "quick",
        "full",
      ]),
    )
    .addOption(new Option("--engine <engine>", "what runs the targets").choices(ENGINE_NAMES));
}

/** Adds the flags that choose one of several parts of a plan, for machines that share the work. */
export function sharding(command: Command): Command {
  return command
    .option("--shard <i/n>", "only part i of n, the same on every machine", shard)
    .option(
      "--durations <file>",
      "how long cells took, to make parts of equal time: a run or a file of `merge`",
    );
}

/** Words of an option that may be repeated, or hold several between commas. */
export function words(text: string, before: readonly string[] = []): string[] {
  return [...before, ...text.split(",").filter((word) => word !== "")];
}

/** Roles, as {@link words}. */
export function roles(text: string, before: readonly string[] = []): string[] {
  const named = words(text, before);
  const wrong = named.find((role) => role !== "server" && role !== "client");
  if (wrong !== undefined)
    throw new InvalidArgumentError(`there is no role \`${wrong}\`; roles are server, client`);
  return named;
}

/** A number of things, cores or ports. */
export function positiveInt(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError("a whole number from 1 is wanted");
  return Number(text);
}

function shard(text: string): Shard {
  const parsed = parseShard(text);
  if (parsed === null) throw new InvalidArgumentError("a part and their number are wanted, such as 2/4");
  return parsed;
}
