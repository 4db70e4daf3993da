import type { Chapter } from "../case.ts";
import type { Expectation, Rule } from "../extra/script.ts";
import {
  client,
  closing,
  type Draft,
  echoes,
  end,
  extraChapter,
  frame,
  messages,
  must,
  octets,
  open,
  opening,
  rejects,
  request,
  response,
  server,
  should,
  textFrame,
  textMessage,
} from "./extra.ts";

const field = "Sec-WebSocket-Extensions";
const echoed: Rule = must("6455 5.6", echoes(textMessage("hello")));

/** An offer that is right. */
function offers(title: string, does: string, ...elements: readonly string[]): Draft {
  return {
    title,
    does,
    expects: "The offer is accepted as the section allows, or declined; the message is echoed.",
    roles: server,
    steps: [
      request({ add: [`${field}: ${elements.join(", ")}`] }),
      textFrame("hello"),
      messages(1),
      ...closing,
    ],
    rules: [
      must("6455 9.1", { expect: "opened" }),
      must("7692 7.1", { expect: "deflateAnswer", offers: elements }),
      must("7692 6.1", { expect: "lawfulFrames" }),
      echoed,
    ],
  };
}

const pmd = (params = ""): string => `permessage-deflate${params === "" ? "" : `; ${params}`}`;

/** To say nothing means the same as 15, but the demand is accepted by saying it. */
const says15: Pick<Draft, "rules"> = {
  rules: [
    must("6455 9.1", { expect: "opened" }),
    must("7692 7.1", { expect: "deflateAnswer", offers: [pmd("server_max_window_bits=15")] }),
    should("7692 7.1.2.1", {
      expect: "anyOf",
      of: [
        { expect: "deflateDeclined" },
        { expect: "field", name: field, matches: "server_max_window_bits" },
      ],
    }),
    echoed,
  ],
};

const goodOffers: Draft[] = [
  offers("An offer without parameters", "Offers permessage-deflate.", pmd()),
  offers("client_max_window_bits", "Offers it without a value.", pmd("client_max_window_bits")),
  offers(
    "client_max_window_bits=10",
    "Offers it with a value: the server may not ask for more.",
    pmd("client_max_window_bits=10"),
  ),
  offers("client_max_window_bits=15", "Offers it with the greatest value.", pmd("client_max_window_bits=15")),
  offers(
    "server_max_window_bits=10",
    "Demands it: the server says the same or less, or declines.",
    pmd("server_max_window_bits=10"),
  ),
  offers(
    "server_max_window_bits=8",
    "Demands the smallest window, which not every library has.",
    pmd("server_max_window_bits=8"),
  ),
  {
    ...offers("server_max_window_bits=15", "Demands the largest window.", pmd("server_max_window_bits=15")),
    ...says15,
  },
  offers(
    "server_no_context_takeover",
    "Demands it: the server says so, or declines.",
    pmd("server_no_context_takeover"),
  ),
  offers(
    "client_no_context_takeover",
    "Says that it will do without a context.",
    pmd("client_no_context_takeover"),
  ),
  offers(
    "All parameters",
    "Offers and demands all four.",
    pmd(
      "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=12; client_max_window_bits=11",
    ),
  ),
  offers(
    "A small window first",
    "Offers a window of 8 bits, and no parameters as second choice.",
    pmd("server_max_window_bits=8"),
    pmd(),
  ),
  offers(
    "A window in quotes",
    'Offers `server_max_window_bits="10"`, which is the same as without quotes.',
    pmd('server_max_window_bits="10"'),
  ),
];

const declined: Expectation = {
  expect: "anyOf",
  of: [{ expect: "deflateDeclined" }, { expect: "refused" }],
};

/** An offer that the server must decline. */
function badOffer(title: string, params: string): Draft {
  return {
    title,
    does: `Offers \`permessage-deflate; ${params}\`.`,
    expects:
      "The offer is declined: the connection is opened without the extension. To refuse it is tolerated.",
    roles: server,
    steps: [request({ add: [`${field}: ${pmd(params)}`] })],
    rules: [must("7692 7.1", declined), should("6455 4.2.2", { expect: "inTime", tag: "response" })],
  };
}

const badOffers: Draft[] = [
  badOffer("An unknown parameter", "x_unknown=1"),
  badOffer("An unknown parameter without a value", "x_unknown"),
  badOffer("A value where none belongs, server", "server_no_context_takeover=1"),
  badOffer("A value where none belongs, client", "client_no_context_takeover=true"),
  badOffer("No value where one belongs", "server_max_window_bits"),
  badOffer("A window of 7 bits", "server_max_window_bits=7"),
  badOffer("A window of 16 bits", "server_max_window_bits=16"),
  badOffer("A window of 0 bits", "server_max_window_bits=0"),
  badOffer("A window with a zero in front", "server_max_window_bits=08"),
  badOffer("A window that is no number", "server_max_window_bits=ten"),
  badOffer("A window of 10.5 bits", "server_max_window_bits=10.5"),
  badOffer("A window of 7 bits, of the client", "client_max_window_bits=7"),
  badOffer("A window of 16 bits, of the client", "client_max_window_bits=16"),
  badOffer("A window twice", "server_max_window_bits=10; server_max_window_bits=10"),
  badOffer("A flag twice", "client_no_context_takeover; client_no_context_takeover"),
  {
    title: "A second offer behind one that is wrong",
    does: "Offers an unknown parameter, and then no parameters.",
    expects: "The first offer is declined; the second one may be accepted.",
    roles: server,
    steps: [
      request({ add: [`${field}: ${pmd("x_unknown")}, ${pmd()}`] }),
      textFrame("hello"),
      messages(1),
      ...closing,
    ],
    rules: [
      must("7692 7.1", { expect: "deflateAnswer", offers: [pmd()] }),
      should("6455 9.1", { expect: "opened" }),
    ],
  },
];

const ends: Rule = should("6455 7.1.7", {
  expect: "anyOf",
  of: [
    { expect: "ended", before: "end" },
    { expect: "not", of: rejects },
  ],
});

/** An answer on which the client must fail the connection. */
function badAnswer(
  title: string,
  does: string,
  answer: string,
  expectation: Expectation = rejects,
  level = must,
): Draft {
  return {
    title,
    does: `${does} Behind the response a text message follows, and one that is compressed.`,
    expects: "The client fails the connection: it echoes nothing, and ends TCP.",
    roles: client,
    steps: [
      response({ add: [`${field}: ${answer}`] }),
      textFrame("hello"),
      frame(1, octets("f248cdc9c90700"), { rsv: 4 }),
      messages(1, 500),
      end(500),
    ],
    rules: [level("7692 7.1", expectation), ...(level === must ? [ends] : [])],
  };
}

const badAnswers: Draft[] = [
  badAnswer(
    "An unknown parameter in the answer",
    "Agrees with a parameter that nobody knows.",
    pmd("x_unknown=1"),
  ),
  badAnswer(
    "A window of 7 bits in the answer",
    "Agrees with `server_max_window_bits=7`.",
    pmd("server_max_window_bits=7"),
  ),
  badAnswer(
    "A window of 16 bits in the answer",
    "Agrees with `server_max_window_bits=16`.",
    pmd("server_max_window_bits=16"),
  ),
  badAnswer(
    "A window of 1000 bits in the answer",
    "Agrees with `server_max_window_bits=1000`, which ended clients.",
    pmd("server_max_window_bits=1000"),
  ),
  badAnswer(
    "A window without a value in the answer",
    "Agrees with `server_max_window_bits` without a value.",
    pmd("server_max_window_bits"),
  ),
  badAnswer(
    "A client's window without a value in the answer",
    "Agrees with `client_max_window_bits` without a value.",
    pmd("client_max_window_bits"),
  ),
  badAnswer(
    "A client's window of 16 bits in the answer",
    "Agrees with `client_max_window_bits=16`.",
    pmd("client_max_window_bits=16"),
  ),
  badAnswer(
    "A value where none belongs in the answer",
    "Agrees with `server_no_context_takeover=1`.",
    pmd("server_no_context_takeover=1"),
  ),
  badAnswer(
    "A flag twice in the answer",
    "Agrees with `server_no_context_takeover` twice.",
    pmd("server_no_context_takeover; server_no_context_takeover"),
  ),
  badAnswer(
    "The extension twice in the answer",
    "Agrees to permessage-deflate twice.",
    `${pmd()}, ${pmd()}`,
    rejects,
    should,
  ),
  badAnswer(
    "A client's window that was not offered",
    "Agrees with `client_max_window_bits=10`.",
    pmd("client_max_window_bits=10"),
    { expect: "anyOf", of: [{ expect: "field", name: field, matches: "client_max_window_bits" }, rejects] },
  ),
];

/** An answer that the client can live with. */
function goodAnswer(title: string, params: string, level = must, practice?: string): Draft {
  return {
    title,
    does: `Agrees to \`${pmd(params)}\`, where the client offers that.`,
    expects: "The connection is open, and the message echoed.",
    roles: client,
    steps: [opening, textFrame("hello"), messages(1), ...closing],
    rules: [level("7692 7.1", echoes(textMessage("hello"))), must("7692 6.1", { expect: "lawfulFrames" })],
    deflate: { offer: pmd(params), answer: pmd(params) },
    needs: ["deflate"],
    ...(practice !== undefined && { practice }),
  };
}

const volunteered =
  "A server may limit its own window unasked (section 7.1.2.1); a client that cannot set its inflater need not.";

const goodAnswers: Draft[] = [
  goodAnswer("An answer without parameters", ""),
  goodAnswer("server_no_context_takeover in the answer", "server_no_context_takeover"),
  goodAnswer("client_no_context_takeover in the answer", "client_no_context_takeover"),
  goodAnswer("server_max_window_bits=9 in the answer", "server_max_window_bits=9", should, volunteered),
  goodAnswer("server_max_window_bits=15 in the answer", "server_max_window_bits=15", should, volunteered),
  goodAnswer("client_max_window_bits=15 in the answer", "client_max_window_bits=15"),
  {
    title: "What a client offers",
    does: "Looks at the client's offer of permessage-deflate.",
    expects: "That is left open: the offer is told.",
    roles: client,
    steps: [opening, ...closing],
    rules: [open("7692 7.1", { expect: "field", name: field, matches: "permessage-deflate" })],
  },
];

/** How permessage-deflate is agreed on (RFC 7692 sections 5 and 7.1). */
export const chapter30: Chapter = extraChapter("30", "Negotiation of permessage-deflate", [
  { title: "Offers to a server", cases: goodOffers },
  { title: "Offers that a server must decline", cases: badOffers },
  { title: "Answers on which a client must fail", cases: badAnswers },
  { title: "Answers to a client", cases: goodAnswers },
]);
