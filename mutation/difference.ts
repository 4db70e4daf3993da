import { closeCodeNames, type CloseContent } from "../wire/close.ts";

/** What kind of difference there is between a target and an endpoint that keeps the rules. */
export type DifferenceKind =
  /** It breaks a rule of framing itself. */
  | "writes"
  /** It does not open a connection that it should. */
  | "refuses"
  /** It opens a connection that it must not. */
  | "accepts"
  /** It goes on where it must fail the connection. */
  | "takes"
  /** It neither fails the connection nor goes on. */
  | "ignores"
  /** It ends a talk in which nothing is wrong. */
  | "fails"
  /** A message came back that is not the one that was sent, or one that nobody sent. */
  | "alters"
  /** A message did not come back. */
  | "loses"
  /** Messages came back in another order. */
  | "reorders"
  /** A ping was not answered. */
  | "no-pong"
  /** A close frame was not answered. */
  | "no-close"
  /** TCP stays open behind both close frames. */
  | "keeps-tcp"
  /** Nothing came at all. */
  | "hangs"
  /** Its process ended. */
  | "dies";

/** A target does not do what an endpoint that keeps the rules does. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** `must`: no reading of the RFC allows it. `open`: the RFC forbids the peer what it did, and leaves it to the target what follows. */
  readonly level: "must" | "open";
  /** The rule, such as `RFC 6455, 5.2`. */
  readonly rule: string;
  readonly expected: string;
  readonly seen: string;
  /** What differences of one cause have in common, as far as that can be told from outside. */
  readonly signature: string;
}

/** Makes a difference; what tells it from others of its kind has its numbers taken out. */
export function difference(
  kind: DifferenceKind,
  about: string,
  {
    code,
    ...facts
  }: Omit<Difference, "kind" | "signature" | "level"> & {
    readonly level?: Difference["level"];
    /** A number that does tell. */
    readonly code?: number | null;
  },
): Difference {
  const words = [kind, ...(code == null ? [] : [code])].join(" ");
  const signature = about === "" ? words : `${words}: ${withoutNumbers(about).slice(0, 120)}`;
  return { kind, level: "must", ...facts, signature };
}

/** Counts, lengths and codes differ from stream to stream; the numbers of RFCs, and those in names, do not. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/(?<![-\w])(?<!RFC )\d+(?:\.\d+)*\b/g, "N");
}

/** The name of a section that may say itself of which RFC it is. */
export function ruleName(section: string, text = ""): string {
  return `${text.includes("(RFC 7692)") ? "RFC 7692" : "RFC 6455"}, ${section}`;
}

/** A message or payload in a few words. */
export function payloadText(payload: Buffer, binary: boolean): string {
  const shown = payload.subarray(0, 24);
  const text = binary ? `0x${shown.toString("hex")}` : JSON.stringify(shown.toString("utf8"));
  return `${text}${payload.length > shown.length ? "..." : ""} (${payload.length} octets)`;
}

/** A close frame in a few words. */
export function closeText({ code, reason }: CloseContent): string {
  if (code === null) return "a close frame without a code";
  const name = closeCodeNames[code];
  const why = reason === null ? "" : ` ${JSON.stringify(reason.toString("utf8").slice(0, 123))}`;
  return `a close frame with ${code}${name === undefined ? "" : ` (${name})`}${why}`;
}
