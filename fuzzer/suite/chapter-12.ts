/** Chapter 12: compressed messages of five kinds, from text that repeats itself to octets that hardly compress. */

import type { Chapter, Compression, CorpusName, Group } from "../case.ts";
import { chapter, group } from "./build.ts";
import { basicOffer, compressedCases } from "./compressed-cases.ts";

/** Deflate as the peer likes it: 15 bits and context takeover, unless the peer says otherwise. */
const compression: Compression = {
  offers: [basicOffer],
  accepts: [{ needsClientMaxWindowBits: false, clientNoContextTakeover: false, clientMaxWindowBits: null }],
};

const negotiation =
  "Negotiates permessage-deflate with the parameters that the peer prefers: as client the fuzzer offers to keep to client_no_context_takeover and client_max_window_bits, as server it takes the first offer and adds no parameters.";

/** The messages of one corpus. */
function corpus(id: string, title: string, name: CorpusName, source: string, binary: boolean): Group {
  const cases = compressedCases({
    id,
    title,
    corpus: name,
    source,
    binary,
    compression,
    negotiation,
    sections: ["5", "7.1.1.2", "7.1.2.2"],
  });
  return group(id, title, cases);
}

/** Compression of different contents. */
export const chapter12: Chapter = chapter("12", "Compression of different contents", [
  corpus("12.1", "JSON text", "json", "a JSON document", false),
  corpus("12.2", "Bitmap", "bitmap", "a grey bitmap", true),
  corpus("12.3", "Prose", "prose", "a play in UTF-8", true),
  corpus("12.4", "HTML text", "html", "an HTML page with some characters beyond ASCII", false),
  corpus("12.5", "Packed document", "binary", "a document whose larger part is packed already", true),
]);
