/** Chapter 13: compressed messages under different parameters of permessage-deflate. */

import type { Chapter, DeflateAcceptance, Group } from "../case.ts";
import { chapter, group } from "./build.ts";
import { basicOffer, compressedCases } from "./compressed-cases.ts";

/** A set of parameters, as the fuzzer offers and accepts them. */
interface Parameters {
  readonly id: string;
  readonly title: string;
  /** What each offer adds to {@link basicOffer}, in order of preference. */
  readonly offers: readonly string[];
  readonly accepts: readonly DeflateAcceptance[];
  /** What the client's offers and the server's answer come to, each behind "as client/server the fuzzer". */
  readonly asClient: string;
  readonly asServer: string;
  readonly sections: readonly string[];
}

const noTakeover = "; server_no_context_takeover";
const bits = (value: number): string => `; server_max_window_bits=${value}`;

/** Takes any offer. */
const anyOffer: DeflateAcceptance = {
  needsClientMaxWindowBits: false,
  clientNoContextTakeover: false,
  clientMaxWindowBits: null,
};
const anyWithoutTakeover: DeflateAcceptance = { ...anyOffer, clientNoContextTakeover: true };
const limited = (value: number): DeflateAcceptance => ({
  ...anyOffer,
  needsClientMaxWindowBits: true,
  clientMaxWindowBits: value,
});
const limitedWithoutTakeover = (value: number): DeflateAcceptance => ({
  ...limited(value),
  clientNoContextTakeover: true,
});

const both = ["7.1.1.1", "7.1.1.2"] as const;
const windows = ["7.1.2.1", "7.1.2.2"] as const;

const limits = (value: number) => ({
  asClient: `asks for server_max_window_bits=${value}`,
  asServer: `takes the first offer with client_max_window_bits and answers client_max_window_bits=${value}`,
});
const limitsWithoutTakeover = (value: number) => ({
  asClient: `asks for server_no_context_takeover and server_max_window_bits=${value}`,
  asServer: `takes the first offer with client_max_window_bits and answers client_no_context_takeover and client_max_window_bits=${value}`,
});

const table: readonly Parameters[] = [
  {
    id: "13.1",
    title: "Any parameters",
    offers: [""],
    accepts: [anyOffer],
    asClient: "asks nothing of the server",
    asServer: "takes the first offer and adds nothing",
    sections: [],
  },
  {
    id: "13.2",
    title: "No takeover",
    offers: [noTakeover],
    accepts: [anyWithoutTakeover],
    asClient: "asks for server_no_context_takeover",
    asServer: "takes the first offer and answers client_no_context_takeover",
    sections: both,
  },
  { id: "13.3", title: "9 bits", offers: [bits(9)], accepts: [limited(9)], ...limits(9), sections: windows },
  {
    id: "13.4",
    title: "15 bits",
    offers: [bits(15)],
    accepts: [limited(15)],
    ...limits(15),
    sections: windows,
  },
  {
    id: "13.5",
    title: "No takeover, 9 bits",
    offers: [noTakeover + bits(9)],
    accepts: [limitedWithoutTakeover(9)],
    ...limitsWithoutTakeover(9),
    sections: [...both, ...windows],
  },
  {
    id: "13.6",
    title: "No takeover, 15 bits",
    offers: [noTakeover + bits(15)],
    accepts: [limitedWithoutTakeover(15)],
    ...limitsWithoutTakeover(15),
    sections: [...both, ...windows],
  },
  {
    id: "13.7",
    title: "Best of three",
    offers: [noTakeover + bits(9), noTakeover, ""],
    accepts: [limitedWithoutTakeover(9), anyWithoutTakeover, anyOffer],
    asClient:
      "makes three offers, the first with server_no_context_takeover and server_max_window_bits=9, the second with the former only, the third asking nothing of the server",
    asServer:
      "takes, if there is one, an offer with client_max_window_bits and answers client_no_context_takeover and client_max_window_bits=9; else the first offer, with client_no_context_takeover as the answer",
    sections: [...both, ...windows],
  },
];

function parameters({ id, title, offers, accepts, asClient, asServer, sections }: Parameters): Group {
  const cases = compressedCases({
    id,
    title,
    corpus: "json",
    source: "a JSON document",
    binary: false,
    compression: { offers: offers.map((added) => basicOffer + added), accepts },
    negotiation: `Negotiates permessage-deflate: as client the fuzzer ${asClient}, and can itself do with client_no_context_takeover and client_max_window_bits; as server it ${asServer}.`,
    sections: ["5", ...sections],
  });
  return group(id, title, cases);
}

/** Compression with different parameters. */
export const chapter13: Chapter = chapter(
  "13",
  "Compression with different parameters",
  table.map((each) => parameters(each)),
);
