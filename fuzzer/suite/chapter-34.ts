import type { Chapter } from "../case.ts";
import { clientsOverHttp2 } from "./chapter-34-client.ts";
import { requestsOverHttp2 } from "./chapter-34-requests.ts";
import { streamsOverHttp2 } from "./chapter-34-streams.ts";
import { extraChapter } from "./extra.ts";

/** WebSocket over HTTP/2 (RFC 8441); only played where servers are reached, and clients come, so. */
export const chapter34: Chapter = extraChapter(
  "34",
  "WebSocket over HTTP/2",
  [...requestsOverHttp2, ...streamsOverHttp2, ...clientsOverHttp2],
  { over: "h2" },
);
