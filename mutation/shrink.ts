/** Makes a stream smaller that shows a difference, as long as it shows the same. */

import type { Payload } from "../fuzzer/case.ts";

import { withoutParts } from "./parts.ts";
import { octetsOf } from "./render.ts";
import { smallerOpenings } from "./shrink-opening.ts";
import type {
  FrameElement,
  FrameStream,
  HeaderEdit,
  MessageElement,
  Stream,
  StreamElement,
} from "./stream.ts";

/** What a search for a smaller stream came to. */
export interface Shrunk {
  readonly stream: Stream;
  /** Streams that were tried. */
  readonly tries: number;
  /** Nothing smaller is left to try. */
  readonly minimal: boolean;
}

/**
 * Delta debugging over the grammar: whole elements first, then what they consist of, then single octets.
 *
 * @param fails whether a stream still shows the difference
 * @param mayGoOn asked before each try
 */
export async function shrink(
  stream: Stream,
  fails: (smaller: Stream) => Promise<boolean>,
  mayGoOn: (tries: number) => boolean,
): Promise<Shrunk> {
  let [best, tries, found] = [stream, 0, true];
  while (found) {
    found = false;
    for (const smaller of smallerThan(best)) {
      if (!mayGoOn(tries)) return { stream: best, tries, minimal: false };
      tries++;
      if (!(await fails(smaller))) continue;
      best = smaller;
      found = true;
      break;
    }
  }
  return { stream: best, tries, minimal: true };
}

/** Streams that are simpler by one step, the largest steps first. */
export function* smallerThan(stream: Stream): Generator<Stream> {
  if (stream.kind === "frames") yield* smallerFrames(stream);
  else yield* smallerOpenings(stream);
}

function* smallerFrames(stream: FrameStream): Generator<FrameStream> {
  for (const elements of withoutParts(stream.elements)) yield { ...stream, elements };
  const { flips = [], cut, ...rest } = stream;
  const kept = { ...(stream.flips && { flips }), ...(cut !== undefined && { cut }) };
  if (cut !== undefined) yield { ...rest, ...(stream.flips && { flips }) };
  for (const fewer of withoutParts(flips))
    yield { ...rest, ...(cut !== undefined && { cut }), ...(fewer.length > 0 && { flips: fewer }) };
  if (stream.writes.by !== "whole") yield { ...rest, ...kept, writes: { by: "whole" } };
  if (stream.writes.by === "size" || (stream.writes.by === "element" && stream.writes.pause !== undefined))
    yield { ...rest, ...kept, writes: { by: "element" } };
  if (stream.atOnce) yield without(stream, "atOnce");
  yield* smallerOffers(stream);
  if (stream.closing.code !== 1000 || stream.closing.reason !== "")
    yield { ...stream, closing: { code: 1000, reason: "" } };
  if (stream.closing.reason !== "") yield { ...stream, closing: { ...stream.closing, reason: "" } };
  if (stream.sentinel !== plainSentinel) yield { ...stream, sentinel: plainSentinel };
  for (const [index, element] of stream.elements.entries())
    for (const smaller of smallerElements(element))
      yield { ...stream, elements: stream.elements.with(index, smaller) };
}

function without(stream: FrameStream, name: "atOnce"): FrameStream {
  const { [name]: _, ...rest } = stream;
  return rest;
}

/** An ordinary ping. */
const plainSentinel = Buffer.from("sentinel").toString("hex");

function* smallerOffers(stream: FrameStream): Generator<FrameStream> {
  const { offer } = stream;
  if (offer === null) return;
  yield { ...stream, offer: null };
  const plain = {
    serverNoContextTakeover: false,
    clientNoContextTakeover: false,
    serverMaxWindowBits: null,
    clientMaxWindowBits: null,
  } as const;
  for (const name of Object.keys(plain) as (keyof typeof plain)[])
    if (offer[name] !== plain[name]) yield { ...stream, offer: { ...offer, [name]: plain[name] } };
}

function* smallerElements(element: StreamElement): Generator<StreamElement> {
  switch (element.kind) {
    case "octets":
      for (const hex of smallerHex(element.hex)) yield { ...element, hex };
      break;
    case "frame":
      yield* smallerFrame(element);
      break;
    case "message":
      yield* smallerMessages(element);
      break;
  }
}

function* smallerFrame(frame: FrameElement): Generator<FrameElement> {
  for (const plain of plainer(frame)) yield plain;
  for (const payload of smallerPayloads(frame.payload)) yield { ...frame, payload };
}

/** Without one of its edits; `opcode` stays, since a frame must have one. */
function* plainer<E extends HeaderEdit>(edit: E): Generator<E> {
  for (const name of ["fin", "rsv", "masked", "lengthBits", "declared"] as const) {
    if (edit[name] === undefined) continue;
    const { [name]: _, ...rest } = edit;
    yield rest as unknown as E;
  }
  if (edit.rsv !== undefined)
    for (const bit of [4, 2, 1]) if (edit.rsv !== bit && (edit.rsv & bit) !== 0) yield { ...edit, rsv: bit };
}

function* smallerMessages(message: MessageElement): Generator<MessageElement> {
  const { deflate, fragments, inside, edits, ...plain } = message;
  const all = {
    ...(deflate && { deflate }),
    ...(fragments && { fragments }),
    ...(inside && { inside }),
    ...(edits && { edits }),
  };
  const but = (name: keyof typeof all): MessageElement => {
    const { [name]: _, ...rest } = all;
    return { ...plain, ...rest };
  };
  if (fragments) yield { ...plain, ...(deflate && { deflate }) };
  if (fragments && edits) {
    const whole = edits.map((edit) => ({ ...edit, fragment: 0 }));
    yield { ...plain, ...(deflate && { deflate }), edits: whole };
  }
  for (const name of Object.keys(all) as (keyof typeof all)[]) yield but(name);
  for (const fewer of withoutParts(inside ?? [])) if (fewer.length > 0) yield { ...message, inside: fewer };
  for (const fewer of withoutParts(fragments ?? []))
    if (fewer.length > 0) yield { ...message, fragments: fewer };
  for (const [index, edit] of (edits ?? []).entries())
    for (const each of plainer(edit)) yield { ...message, edits: edits!.with(index, each) };
  for (const [index, frame] of (inside ?? []).entries())
    for (const each of smallerFrame(frame)) yield { ...message, inside: inside!.with(index, each) };
  // What is no text shows less than what is.
  if (!message.binary) yield { ...message, binary: true };
  for (const payload of smallerPayloads(message.payload)) yield { ...message, payload };
  if (fragments)
    for (const [index, octets] of fragments.entries())
      for (const fewer of smallerNumbers(octets))
        yield { ...message, fragments: fragments.with(index, fewer) };
}

function* smallerPayloads(payload: Payload): Generator<Payload> {
  if ("hex" in payload) {
    for (const hex of smallerHex(payload.hex)) yield { hex };
    return;
  }
  if (payload.length <= 64) {
    yield { hex: octetsOf(payload).toString("hex") };
    return;
  }
  for (const length of smallerNumbers(payload.length)) yield { ...payload, length };
  if (payload.unit !== "61") yield { unit: "61", length: payload.length };
}

/** Fewer octets, or plainer ones. */
function* smallerHex(hex: string): Generator<string> {
  const octets = [...Buffer.from(hex, "hex")];
  const hexOf = (list: readonly number[]) => Buffer.from(list).toString("hex");
  // Of a long one no single octets: when it has become short, they come too.
  for (const fewer of withoutParts(octets, octets.length >> 5)) yield hexOf(fewer);
  const plain = hexOf(octets.map(() => 0x61));
  if (hex !== plain) yield plain;
  // One by one only where that does not take for ever.
  if (octets.length > 24) return;
  for (const [index, octet] of octets.entries()) if (octet !== 0x61) yield hexOf(octets.with(index, 0x61));
}

function* smallerNumbers(number: number): Generator<number> {
  const seen = new Set<number>([number]);
  for (let step = number; step > 0; step = Math.floor(step / 2)) {
    if (seen.has(number - step)) continue;
    seen.add(number - step);
    yield number - step;
  }
}
