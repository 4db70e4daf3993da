import type { MessageRule } from "./case.ts";
import { type Corpora, corpusMessage } from "./corpora.ts";
import { Digester, payloadOctets } from "./digest.ts";
import type { CompleteMessage, MessageSink } from "./incoming.ts";
import { type Profile, tripsOf } from "./profile.ts";
import type { CaseRecord, Digest } from "./record.ts";

/** The rules under which messages are counted instead of kept. */
export type TripRule = Exclude<MessageRule, { rule: "compare" }>;

type Counts = {
  -readonly [K in keyof NonNullable<CaseRecord["trips"]>]: NonNullable<CaseRecord["trips"]>[K];
};

/** Counts the echoes of a case of chapter 9 or later, and has the messages that are sent next. */
export class Trips {
  readonly rule: TripRule;
  readonly counts: Counts = { sent: 0, right: 0, wrong: 0, last: null, lastWrong: null };
  readonly #most: number;
  readonly #corpora: Corpora;
  #lastSent: Buffer | null = null;
  #comparison: Comparison | null = null;

  /** @param profile says how many messages a loop sends, and from which corpora */
  constructor(rule: TripRule, profile: Profile) {
    this.rule = rule;
    this.#most = tripsOf(rule, profile);
    this.#corpora = profile.corpora;
    // The first message of an uncompressed loop is in the case's script.
    if (rule.rule === "roundTrips") this.counts.sent = 1;
  }

  /** Where the octets of a message go that begins now. */
  openSink(): MessageSink {
    if (this.rule.rule !== "compressedRoundTrips") return new Digester(false);
    this.#comparison = new Comparison(this.#lastSent ?? Buffer.alloc(0));
    return this.#comparison;
  }

  /** Counts a message. Whether it is the echo that was waited for. */
  count({ binary, payload }: CompleteMessage): boolean {
    if (this.#hasNoAnswer(binary, payload)) return false;
    const right = binary === this.rule.binary && this.#isEcho(payload);
    this.counts[right ? "right" : "wrong"]++;
    this.counts.last = right ? "complete" : "wrong";
    if (!right) this.counts.lastWrong = { binary, length: payload.length };
    return right;
  }

  /** The message to send next, or null when all have been sent. */
  next(): Buffer | null {
    const { rule, counts } = this;
    if (rule.rule === "lengthOnly" || counts.sent >= this.#most) return null;
    const message =
      rule.rule === "roundTrips"
        ? payloadOctets(rule.payload)
        : corpusMessage(rule.corpus, rule.length, counts.sent, this.#corpora);
    counts.sent++;
    counts.last = null;
    this.#lastSent = message;
    return message;
  }

  /**
   * A message that comes where compression was not agreed on, so that none was sent to compare it with: one of
   * the wrong type or length is wrong all the same. For any other, and for one that does not even begin as the
   * text that is looked for, Autobahn has no answer (its handler ends in an exception): the verdict stays.
   */
  #hasNoAnswer(binary: boolean, { length, head }: Digest): boolean {
    if (this.rule.rule !== "compressedRoundTrips" || this.#lastSent !== null) return false;
    if (binary === this.rule.binary) return length === this.rule.length;
    return binary && !beginsAsText(Buffer.from(head, "hex"));
  }

  /** Chapter 9 compares lengths only; chapters 12 and 13 compare every octet. */
  #isEcho(payload: Digest): boolean {
    if (this.rule.rule === "compressedRoundTrips") return this.#comparison!.same;
    return payload.length === this.rule.length;
  }
}

/** Whether octets may be the beginning of UTF-8. */
function beginsAsText(octets: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(octets, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Compares octets with those that were sent, without keeping them. */
class Comparison implements MessageSink {
  readonly #expected: Buffer;
  readonly #digester = new Digester(false);
  #equalSoFar = true;

  constructor(expected: Buffer) {
    this.#expected = expected;
  }

  push(octets: Uint8Array): void {
    const at = this.#digester.length;
    if (this.#equalSoFar) this.#equalSoFar = this.#expected.subarray(at, at + octets.length).equals(octets);
    this.#digester.push(octets);
  }

  finish(): Digest {
    return this.#digester.finish();
  }

  /** Whether all that came is all that was sent. */
  get same(): boolean {
    return this.#equalSoFar && this.#digester.length === this.#expected.length;
  }
}
