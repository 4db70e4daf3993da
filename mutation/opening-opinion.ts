import { fieldHasToken, fieldValues, type Head, parseHead } from "../wire/handshake.ts";
import { readRequest } from "../reference-impl/handshake-server.ts";
import { extensionsFault } from "../reference-impl/negotiation.ts";

/** What an endpoint that keeps to the RFCs makes of a request. */
export type OpeningOpinion =
  | { readonly verdict: "open" }
  /** An RFC says that a server must refuse it. */
  | { readonly verdict: "refuse"; readonly rule: string; readonly text: string }
  /** Nobody may send it, but a server may take it. */
  | { readonly verdict: "either"; readonly text: string };

/** The reference endpoint's opinion of a request; what it refuses, others may take unless a rule says that they must not. */
export function openingOpinion(request: Buffer): OpeningOpinion {
  const head = parseHead(request.toString("latin1"));
  const reading = readRequest(head);
  if (!("refusal" in reading)) return oddity(head) ?? { verdict: "open" };
  // What cannot be read for certain is read in more than one way.
  if (head.deviations.some((text) => !text.includes("is not a token"))) return either(head.deviations[0]!);
  const rule = rules.find(({ isBroken }) => isBroken(head));
  if (rule === undefined) return either(reading.refusal.text);
  return { verdict: "refuse", rule: rule.rule, text: rule.text };
}

const either = (text: string): OpeningOpinion => ({ verdict: "either", text });

/** What is legal, and has been the beginning of attacks, so that servers refuse it. */
function oddity(head: Head): OpeningOpinion | null {
  // RFC 9110 section 5.5 lets a recipient refuse these octets, or take them.
  if (/[^\t\r\n -~]/.test(head.raw)) return either("it holds octets that are not ASCII");
  return values(head, "Content-Length").length > 0
    ? either("it says how long a body is that it has not")
    : null;
}

interface Rule {
  readonly rule: string;
  readonly text: string;
  readonly isBroken: (head: Head) => boolean;
}

const values = (head: Head, name: string) => fieldValues(head, name);

/**
 * What a server must refuse. Section 4.2.1 of RFC 6455: what does not match its description. What it names and the RFC
 * of HTTP names too has the place where it is told in so many words.
 */
const rules: readonly Rule[] = [
  {
    rule: "RFC 9112, 5.1",
    text: "a blank stands between the name of a field and its colon",
    isBroken: ({ raw }) => /\n[!#$%&'*+.^_`|~0-9A-Za-z-]+[ \t]+:/.test(raw),
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "the method is not GET",
    isBroken: ({ startLine }) =>
      /^[A-Za-z]+ \S+ HTTP\/1\.1$/.test(startLine) && !startLine.startsWith("GET "),
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "the version of HTTP is below 1.1",
    isBroken: ({ startLine }) => /^GET \S+ HTTP\/(1\.0|0\.9)$/.test(startLine),
  },
  {
    rule: "RFC 9112, 3.2",
    text: "Host is missing",
    isBroken: (head) => values(head, "Host").length === 0,
  },
  {
    rule: "RFC 9112, 3.2",
    text: "Host occurs more than once",
    isBroken: (head) => values(head, "Host").length > 1,
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "Upgrade does not hold `websocket`",
    isBroken: (head) => !fieldHasToken(head, "Upgrade", "websocket"),
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "Connection does not hold `Upgrade`",
    isBroken: (head) => !fieldHasToken(head, "Connection", "upgrade"),
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "Sec-WebSocket-Key is missing",
    isBroken: (head) => values(head, "Sec-WebSocket-Key").length === 0,
  },
  {
    rule: "RFC 6455, 4.2.1",
    text: "Sec-WebSocket-Key is not 16 octets in base64",
    isBroken: (head) => {
      const [key, ...more] = values(head, "Sec-WebSocket-Key");
      return more.length === 0 && key !== undefined && !/^[A-Za-z0-9+/]{22}==$/.test(key);
    },
  },
  {
    rule: "RFC 6455, 4.2.2",
    text: "Sec-WebSocket-Version is neither 13 nor one that a server might understand",
    isBroken: (head) => {
      const [version, ...more] = values(head, "Sec-WebSocket-Version");
      // The numbers before 13 are those of drafts, and a server may speak them too (section 4.4).
      return more.length === 0 && (version === undefined || !/^([0-9]|1[0-3])$/.test(version));
    },
  },
  {
    rule: "RFC 6455, 9.1",
    text: "Sec-WebSocket-Extensions is not as its grammar wants it",
    isBroken: (head) =>
      values(head, "Sec-WebSocket-Extensions").some((value) => extensionsFault(value) !== null),
  },
];
