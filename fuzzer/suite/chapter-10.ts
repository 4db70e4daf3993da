/** Chapter 10: a message that the sender splits by itself. */

import type { Chapter } from "../case.ts";
import {
  answeredBy,
  chapter,
  define,
  group,
  killAfter,
  repeat,
  rfc6455,
  say,
  textEcho,
  textMessage,
} from "./build.ts";

const message = repeat("2a", 65_536);

/** Automatic fragmentation. */
export const chapter10: Chapter = chapter("10", "Automatic fragmentation", [
  group("10.1", "A text split by the sender", [
    define({
      id: "10.1.1",
      title: "64 KiB text split into frames of 1,300 octets",
      description:
        'Sends one text message of 65,536 octets, each "*", that is split on its way out: 50 frames of 1,300 octets and a final one of 536.',
      expectation: `${say.echo("text")} The fuzzer also checks that it did send 51 frames; only a fault of its own can fail that.`,
      citations: rfc6455("5.4", "5.6"),
      script: [textMessage(message, 1300), killAfter(10_000)],
      ...answeredBy(textEcho(message)),
      onEnd: "frameCount",
    }),
  ]),
]);
