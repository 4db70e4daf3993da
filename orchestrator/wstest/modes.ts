import { nearest } from "../config/nearest.ts";
import { quoted } from "../config/problem.ts";
import type { FuzzingMode } from "./options.ts";

/** The modes that are a peer: an endpoint for somebody else's fuzzer, or a plain echo. */
export type PeerMode = "testeeserver" | "testeeclient" | "echoserver" | "echoclient";

/** The modes of the original's that there are here. */
export type Mode = FuzzingMode | PeerMode;

/** All of them, in the order in which they are told. */
export const modes: readonly Mode[] = [
  "fuzzingserver",
  "fuzzingclient",
  "testeeserver",
  "testeeclient",
  "echoserver",
  "echoclient",
];

/** Modes that some version of the original has, and that test nothing. */
const foreignModes: ReadonlySet<string> = new Set([
  "broadcastserver",
  "broadcastclient",
  "massconnect",
  "serializer",
  "wsperfcontrol",
  "wsperfmaster",
  "fuzzingwampserver",
  "fuzzingwampclient",
  "wampserver",
  "wampclient",
  "wamptesteeserver",
]);

/** The mode of that name, or why there is none. */
export function modeOf(name: string | undefined): { readonly mode: Mode } | { readonly error: string } {
  if (name === undefined) return { error: `a mode is needed: --mode, one of ${quoted(modes)}` };
  const mode = modes.find((each) => each === name);
  if (mode !== undefined) return { mode };
  if (foreignModes.has(name)) {
    return { error: `mode \`${name}\` is not part of this drop-in, which has ${quoted(modes)}` };
  }
  const meant = nearest(name, modes);
  const remedy = meant === null ? `modes are ${quoted(modes)}` : `did you mean \`${meant}\`?`;
  return { error: `there is no mode \`${name}\`; ${remedy}` };
}

/** Whether a mode plays cases. */
export function isFuzzing(mode: Mode): mode is FuzzingMode {
  return mode === "fuzzingserver" || mode === "fuzzingclient";
}
