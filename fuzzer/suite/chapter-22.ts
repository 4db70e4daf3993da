import type { Chapter } from "../case.ts";
import type { Expectation, Rule } from "../extra/script.ts";
import {
  client,
  closing,
  type Draft,
  end,
  extraChapter,
  liveConnection,
  messages,
  must,
  open,
  rejects,
  request,
  response,
  server,
  should,
  stillAlive,
  textFrame,
} from "./extra.ts";

const protocolField = "Sec-WebSocket-Protocol";
const extensionField = "Sec-WebSocket-Extensions";
const opened: Expectation = { expect: "opened" };

const noneOrOneOf = (...names: string[]): Expectation => ({
  expect: "anyOf",
  of: [
    { expect: "fieldAbsent", name: protocolField },
    { expect: "field", name: protocolField, matches: `^(${names.join("|")})$` },
  ],
});

/** A request with further lines, and an ordinary connection after it. */
function asks(
  title: string,
  does: string,
  expects: string,
  lines: readonly string[],
  rules: readonly Rule[],
  practice?: string,
): Draft {
  return {
    title,
    does: `${does} Then plays an ordinary connection.`,
    expects: `${expects} The server goes on serving.`,
    roles: server,
    steps: [{ steps: [request({ add: lines })] }, liveConnection],
    rules: [...rules, must("6455 5.6", stillAlive)],
    ...(practice !== undefined && { practice }),
  };
}

const oneOffered = "None of the subprotocols is chosen, or one of them.";

const subprotocols: Draft[] = [
  asks(
    "One subprotocol",
    "Offers a subprotocol that nobody knows.",
    oneOffered,
    [`${protocolField}: x-nobody-knows`],
    [must("6455 4.2.2", noneOrOneOf("x-nobody-knows"))],
  ),
  asks(
    "Several subprotocols",
    "Offers three.",
    oneOffered,
    [`${protocolField}: x-one, x-two,x-three`],
    [must("6455 4.2.2", noneOrOneOf("x-one", "x-two", "x-three"))],
  ),
  asks(
    "Subprotocols over two lines",
    "Offers two in a line each, which a request may.",
    oneOffered,
    [`${protocolField}: x-one`, `${protocolField}: x-two`],
    [must("6455 11.3.4", noneOrOneOf("x-one", "x-two")), should("6455 11.3.4", opened)],
  ),
  asks(
    "Names that objects have",
    "Offers `constructor`, `__proto__` and `toString`.",
    oneOffered,
    [`${protocolField}: constructor, __proto__, toString, hasOwnProperty`],
    [must("6455 4.2.2", noneOrOneOf("constructor", "__proto__", "toString", "hasOwnProperty"))],
  ),
  asks(
    "The same subprotocol twice",
    "Offers one twice, which a client must not.",
    "It is refused, or taken for one.",
    [`${protocolField}: x-one, x-one`],
    [must("6455 4.2.2", noneOrOneOf("x-one")), open("6455 4.1", opened)],
  ),
  asks(
    "Subprotocols that are no tokens",
    "Offers names with blanks and brackets in them.",
    "It is refused, or nothing is chosen.",
    [`${protocolField}: a b, (c), "d"`],
    [must("6455 4.2.2", { expect: "fieldAbsent", name: protocolField })],
  ),
  asks(
    "A thousand subprotocols",
    "Offers a thousand names.",
    oneOffered,
    [`${protocolField}: ${Array.from({ length: 1_000 }, (_, at) => `x-${at}`).join(", ")}`],
    [must("6455 4.2.2", noneOrOneOf("x-\\d+"))],
  ),
  asks(
    "Blanks in great number",
    "Offers two names with 12,000 blanks between them, which made a regular expression slow (CVE-2021-32640).",
    oneOffered,
    [`${protocolField}: x-one${" ".repeat(12_000)}x-two`],
    [must("6455 4.2.2", { expect: "fieldAbsent", name: protocolField })],
  ),
];

const noUnknown: Rule = must("6455 4.2.2", {
  expect: "not",
  of: { expect: "field", name: extensionField, matches: "x-|constructor|__proto__|hasOwnProperty" },
});
const malformed =
  "The handshake is to fail on what is not by the grammar; many servers ignore an offer that they cannot read.";
const mustFail: readonly Rule[] = [should("6455 9.1", { expect: "refused" }), noUnknown];

const extensions: Draft[] = [
  asks(
    "An extension that nobody knows",
    "Offers one.",
    "It is ignored.",
    [`${extensionField}: x-nobody-knows; a=1; b`],
    [must("6455 9.1", opened), noUnknown],
  ),
  asks(
    "Names that objects have",
    "Offers `constructor`, `__proto__` and `hasOwnProperty`, one of which ended a server once.",
    "They are ignored.",
    [`${extensionField}: constructor, __proto__, hasOwnProperty; toString`],
    [must("6455 9.1", opened), noUnknown],
  ),
  asks(
    "Parameters in quotes",
    "Offers an extension with a token in quotes.",
    "It is ignored.",
    [`${extensionField}: x-one; a="b"; c="\\d"`],
    [must("6455 9.1", opened), noUnknown],
  ),
  asks(
    "Offers over two lines",
    "Offers permessage-deflate behind an unknown extension in a line of its own, which a request may.",
    "Both lines count as one list.",
    [`${extensionField}: x-one`, `${extensionField}: permessage-deflate`],
    [
      must("6455 11.3.2", opened),
      noUnknown,
      must("7692 7.1", { expect: "deflateAnswer", offers: ["permessage-deflate"] }),
    ],
  ),
  asks(
    "Five hundred offers",
    "Offers permessage-deflate five hundred times.",
    "One of them is accepted, or none.",
    [`${extensionField}: ${Array.from({ length: 500 }, () => "permessage-deflate").join(", ")}`],
    [must("7692 7.1", { expect: "deflateAnswer", offers: ["permessage-deflate"] })],
  ),
  asks(
    "A parameter without a name",
    "Offers `x-one; =1`.",
    "The handshake fails.",
    [`${extensionField}: x-one; =1`],
    mustFail,
    malformed,
  ),
  asks(
    "Two names without a comma",
    "Offers `x-one x-two`.",
    "The handshake fails.",
    [`${extensionField}: x-one x-two`],
    mustFail,
    malformed,
  ),
  asks(
    "A quote that does not end",
    'Offers `x-one; a="b`.',
    "The handshake fails.",
    [`${extensionField}: x-one; a="b`],
    mustFail,
    malformed,
  ),
  asks(
    "A quote of backslashes that does not end",
    "Offers a parameter of escapes and no closing quote, which made a regular expression endless (CVE-2020-7662).",
    "The handshake fails, at once.",
    [`${extensionField}: x-one; a="${"\\c".repeat(60)}`],
    [noUnknown],
    malformed,
  ),
];

const chosen = (
  title: string,
  does: string,
  line: string,
  level: Rule["level"],
  practice?: string,
): Draft => {
  const rule = { MUST: must, SHOULD: should, open }[level];
  return {
    title,
    does: `${does} Behind the response a text message follows.`,
    expects: "The client fails the connection: it echoes nothing, and ends TCP.",
    roles: client,
    steps: [
      response({ add: [line] }),
      textFrame("hello"),
      messages(1, 500),
      ...(level === "open" ? closing : [end()]),
    ],
    rules: [
      rule("6455 4.1", rejects),
      ...(level === "MUST" ? [should("6455 7.1.7", { expect: "ended", before: "end" })] : []),
    ],
    ...(practice !== undefined && { practice }),
  };
};

const choices: Draft[] = [
  chosen("A subprotocol that was not offered", "Chooses one.", `${protocolField}: x-nobody-knows`, "MUST"),
  chosen("Several subprotocols", "Chooses a list of two.", `${protocolField}: x-one, x-two`, "MUST"),
  chosen(
    "An empty subprotocol",
    "Sends the field without a value.",
    `${protocolField}:`,
    "open",
    "An empty value names no subprotocol at all.",
  ),
  chosen("An extension that was not offered", "Agrees to one.", `${extensionField}: x-nobody-knows`, "MUST"),
  chosen(
    "An extension that objects have",
    "Agrees to `constructor`.",
    `${extensionField}: constructor`,
    "MUST",
  ),
  chosen(
    "An old extension that was not offered",
    "Agrees to `x-webkit-deflate-frame`.",
    `${extensionField}: x-webkit-deflate-frame`,
    "MUST",
  ),
];

const chooses = (name: string): Expectation => ({
  expect: "field",
  name: protocolField,
  matches: `^${name}$`,
});
const ofKnown: Rule = must("6455 4.2.2", noneOrOneOf("{known}"));

/** An offer to a server that declares subprotocols: `{known}` is the first, `{alsoKnown}` the second. */
const offers = (
  title: string,
  does: string,
  expects: string,
  lines: readonly string[],
  rules: readonly Rule[],
  practice?: string,
): Draft => ({ ...asks(title, does, expects, lines, rules, practice), limit: "subprotocols" });

const itIsChosen = "The subprotocol that the server has is chosen.";

const knownSubprotocols: Draft[] = [
  offers(
    "One that it has",
    "Offers a subprotocol that the server has.",
    itIsChosen,
    [`${protocolField}: {known}`],
    [ofKnown, should("6455 4.2.2", chooses("{known}"))],
  ),
  offers(
    "One behind others",
    "Offers one that the server has behind two that nobody knows.",
    itIsChosen,
    [`${protocolField}: x-nobody-knows, x-two,{known}`],
    [ofKnown, should("6455 4.2.2", chooses("{known}"))],
  ),
  offers(
    "Two that it has",
    "Offers two that the server has, its second choice first.",
    "One of them is chosen: whether the order of the client counts, or that of the server, is left open.",
    [`${protocolField}: {alsoKnown}, {known}`],
    [
      must("6455 4.2.2", noneOrOneOf("{known}", "{alsoKnown}")),
      should("6455 4.2.2", chooses("({known}|{alsoKnown})")),
    ],
  ),
  offers(
    "One in a second line",
    "Offers one that nobody knows, and in a line of its own one that the server has.",
    "Both lines count as one list.",
    [`${protocolField}: x-nobody-knows`, `${protocolField}: {known}`],
    [ofKnown, should("6455 11.3.4", chooses("{known}"))],
  ),
  offers(
    "Blanks around it",
    "Offers one that the server has between tabs and blanks.",
    itIsChosen,
    [`${protocolField}: x-nobody-knows ,\t {known} \t, x-two`],
    [ofKnown, should("9110 5.6.1", chooses("{known}"))],
  ),
  offers(
    "None that it has",
    "Offers two that the server does not have.",
    "None of them is chosen; whether the connection is opened is left open.",
    [`${protocolField}: x-nobody-knows, x-two`],
    [must("6455 4.2.2", { expect: "fieldAbsent", name: protocolField }), open("6455 4.2.2", opened)],
  ),
  offers(
    "Names that are almost right",
    "Offers the name of one that the server has with a letter more in front, behind, and in its middle.",
    "None of them is chosen.",
    [`${protocolField}: x{known}, {known}x, {known}-{known}`],
    [must("6455 4.2.2", { expect: "fieldAbsent", name: protocolField })],
  ),
];

/** Subprotocols and extensions in the opening handshake; permessage-deflate has chapter 30. */
export const chapter22: Chapter = extraChapter("22", "Subprotocols and extensions", [
  { title: "Subprotocols, offered to a server", cases: subprotocols },
  { title: "Extensions, offered to a server", cases: extensions },
  { title: "Choices, told to a client", cases: choices },
  { title: "Subprotocols that a server has", cases: knownSubprotocols },
]);
