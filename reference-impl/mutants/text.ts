/** Mutants that take texts which are not UTF-8 (RFC 3629), or refuse texts which are. */

import { isValidUtf8, Utf8Validator } from "../../wire/utf8.ts";

import type { Codec } from "../codec.ts";
import { readingEvents } from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";

type TextValidator = ReturnType<Codec["newTextValidator"]>;

/** What was taken for a text is sent back as one. */
const sendingAnyText: Partial<Codec> = { isValidUtf8: () => true };

/** Validates what a text becomes when some sequences are taken out of it. A character stands for an octet. */
class ReplacingValidator implements TextValidator {
  readonly #pattern: RegExp;
  #text = "";

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  get complete(): boolean {
    return this.#validated().complete;
  }

  push(octets: Uint8Array): boolean {
    this.#text += Buffer.from(octets).toString("latin1");
    return this.#validated().valid;
  }

  #validated(): Utf8Validator {
    const validator = new Utf8Validator();
    validator.push(Buffer.from(this.#text.replace(this.#pattern, ""), "latin1"));
    return validator;
  }
}

/** Takes sequences that match, unfinished ones too as long as they may still be finished. */
const accepting = (name: string, defect: string, pattern: RegExp, caughtBy: readonly string[]): Mutant =>
  mutant({
    name,
    defect,
    rule: "RFC 6455, 8.1",
    caughtBy,
    make: () => ({ codec: { ...sendingAnyText, newTextValidator: () => new ReplacingValidator(pattern) } }),
  });

/** Refuses texts that are UTF-8 but for holding a sequence that matches. */
const refusing = (name: string, defect: string, pattern: RegExp, caughtBy: readonly string[]): Mutant =>
  mutant({
    name,
    defect,
    rule: "RFC 6455, 8.1",
    caughtBy,
    make: () => ({ codec: { newTextValidator: () => new RefusingValidator(pattern) } }),
  });

class RefusingValidator implements TextValidator {
  readonly #pattern: RegExp;
  readonly #strict = new Utf8Validator();
  #text = "";

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
  }

  get complete(): boolean {
    return this.#strict.complete;
  }

  push(octets: Uint8Array): boolean {
    this.#text += Buffer.from(octets).toString("latin1");
    return this.#strict.push(octets) && !this.#pattern.test(this.#text);
  }
}

const validity: readonly Mutant[] = [
  accepting("accepts-surrogates", "takes surrogates in a text", /\xed[\xa0-\xbf](?:[\x80-\xbf]|$)/g, [
    "6.3.1",
    "6.20.1",
    "6.20.7",
    "6.21.1",
    "6.21.8",
  ]),
  accepting(
    "accepts-overlong",
    "takes characters that are written with more octets than they need",
    /[\xc0\xc1](?:[\x80-\xbf]|$)|\xe0[\x80-\x9f](?:[\x80-\xbf]|$)|\xf0[\x80-\x8f](?:[\x80-\xbf]{2}|[\x80-\xbf]?$)/g,
    ["6.17.1", "6.17.2", "6.17.3", "6.18.1", "6.18.2", "6.18.3", "6.19.1", "6.19.2", "6.19.3"],
  ),
  accepting(
    "accepts-above-10ffff",
    "takes four octets that stand for more than U+10FFFF",
    /(?:\xf4[\x90-\xbf]|[\xf5-\xf7][\x80-\xbf])(?:[\x80-\xbf]{2}|[\x80-\xbf]?$)|[\xf5-\xf7]$/g,
    ["6.10.1", "6.11.5"],
  ),
  accepting(
    "accepts-five-and-six-octets",
    "takes characters of five and six octets, as older definitions had them",
    /[\xf8-\xfb](?:[\x80-\xbf]{4}|[\x80-\xbf]{0,3}$)|[\xfc\xfd](?:[\x80-\xbf]{5}|[\x80-\xbf]{0,4}$)/g,
    ["6.8.1", "6.8.2", "6.10.2", "6.10.3", "6.17.4", "6.17.5", "6.18.4", "6.19.5"],
  ),
  accepting(
    "accepts-lone-continuations",
    "takes continuation octets that continue nothing, at the beginning of a text",
    /^[\x80-\xbf]+/g,
    ["6.12.1", "6.12.2", "6.12.3", "6.12.8"],
  ),
  accepting("accepts-fe-and-ff", "takes the octets FE and FF", /[\xfe\xff]/g, ["6.16.1", "6.16.2", "6.16.3"]),
  refusing("refuses-noncharacters", "refuses noncharacters, which are valid all the same", noncharacters(), [
    "6.22.1",
    "6.22.3",
    "6.22.34",
    "6.23.6",
  ]),
  refusing("refuses-null", "refuses U+0000", /\0/, ["6.7.1"]),
  refusing("refuses-four-octets", "refuses characters of four octets", /[\xf0-\xf4]/, [
    "6.5.4",
    "6.7.4",
    "6.9.4",
    "6.11.4",
    "6.22.3",
  ]),
  refusing("refuses-replacement-character", "refuses U+FFFD, as if it came of an error", /\xef\xbf\xbd/, [
    "6.11.3",
    "6.23.5",
  ]),
];

function noncharacters(): RegExp {
  return /\xef\xbf[\xbe\xbf]|[\xf0-\xf4][\x8f\x9f\xaf\xbf]\xbf[\xbe\xbf]/;
}

const moment: readonly Mutant[] = [
  mutant({
    name: "no-text-check",
    defect: "does not check whether a text is UTF-8",
    rule: "RFC 6455, 8.1",
    caughtBy: ["6.3.1", "6.3.2", "6.6.1", "6.12.1", "6.20.1"],
    make: () => ({
      codec: { ...sendingAnyText, newTextValidator: () => ({ push: () => true, complete: true }) },
    }),
  }),
  mutant({
    name: "text-check-at-end",
    defect: "checks a text only when it has come to its end",
    rule: "RFC 6455, 8.1",
    caughtBy: ["6.4.1", "6.4.2", "6.4.3", "6.4.4"],
    make: () => ({
      codec: {
        newTextValidator() {
          const strict = new Utf8Validator();
          return {
            push: (octets: Uint8Array) => strict.push(octets) || true,
            get complete() {
              return strict.complete;
            },
          };
        },
      },
    }),
  }),
  mutant({
    name: "accepts-unfinished-text",
    defect: "takes texts that end within a character",
    rule: "RFC 6455, 8.1",
    caughtBy: ["6.6.1", "6.6.3", "6.6.4", "6.14.6"],
    make: () => ({
      codec: {
        ...sendingAnyText,
        newTextValidator() {
          const strict = new Utf8Validator();
          return { push: (octets: Uint8Array) => strict.push(octets), complete: true };
        },
      },
    }),
  }),
  mutant({
    name: "checks-each-fragment-alone",
    defect: "takes each fragment of a text for a text of its own when it checks it",
    rule: "RFC 6455, 5.6",
    caughtBy: ["6.2.3", "6.2.4"],
    make: () => ({ codec: checkingFragments() }),
  }),
  mutant({
    name: "checks-first-fragment-only",
    defect: "checks only the first fragment of a text",
    rule: "RFC 6455, 5.6",
    caughtBy: ["6.3.2", "6.4.1"],
    make: () => ({ codec: checkingFirst() }),
  }),
  mutant({
    name: "mends-text",
    defect: "puts replacement characters where a text is not UTF-8, and sends that back",
    rule: "RFC 6455, 8.1",
    caughtBy: ["6.3.1", "6.6.1", "6.12.1"],
    make: () => ({
      codec: { newTextValidator: () => ({ push: () => true, complete: true }) },
      echo: ({ binary, payload }) => [
        { binary, payload: binary ? payload : Buffer.from(payload.toString()) },
      ],
    }),
  }),
];

/** The text of a fragment must be whole where the fragment ends. */
function checkingFragments(): Partial<Codec> {
  let whole = true;
  let fragment: Buffer[] = [];
  return {
    ...readingEvents(() => (event) => {
      if (event.type === "end") {
        whole &&= isValidUtf8(Buffer.concat(fragment));
        fragment = [];
      }
      return event;
    }),
    newTextValidator() {
      [whole, fragment] = [true, []];
      return {
        push(octets: Uint8Array) {
          fragment.push(Buffer.from(octets));
          return whole;
        },
        get complete() {
          return whole && isValidUtf8(Buffer.concat(fragment));
        },
      };
    },
  };
}

function checkingFirst(): Partial<Codec> {
  let first = true;
  return {
    ...sendingAnyText,
    ...readingEvents(() => (event) => {
      if (event.type === "end") first = false;
      return event;
    }),
    newTextValidator() {
      first = true;
      const strict = new Utf8Validator();
      return {
        push: (octets: Uint8Array) => !first || strict.push(octets),
        get complete() {
          return !first || strict.complete;
        },
      };
    },
  };
}

/** Defects in the validation of texts. */
export const textMutants: readonly Mutant[] = [...validity, ...moment];
