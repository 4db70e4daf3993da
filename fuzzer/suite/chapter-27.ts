import type { Chapter } from "../case.ts";
import type { ExtraStep, Rule } from "../extra/script.ts";
import { plainDeflate } from "./deflate-extra.ts";
import {
  both,
  client,
  closed,
  closeFrame,
  type Draft,
  echoes,
  end,
  extraChapter,
  frame,
  liveConnection,
  many,
  messages,
  must,
  octets,
  open,
  opening,
  pause,
  ping,
  says,
  server,
  should,
  silentAfterClose,
  stillAlive,
  textFrame,
  textMessage,
  utf8,
} from "./extra.ts";

const answered: Rule = must("6455 5.5.1", { expect: "closeFrame" });
const lawful: Rule = must("6455 7.4", { expect: "lawfulFrames" });
/** Section 1.4, which is not normative, has what follows a close frame discarded. */
const noEcho: Rule = should("6455 1.4", echoes());
/** Long enough for what a peer should not say any more. */
const listen = pause(150);

/** A close frame that the peer answers. */
function closes(title: string, does: string, code: number | null, reason = "", note?: string): Draft {
  return {
    title,
    does,
    expects: "A close frame comes back, with the same code or none, and nothing behind it.",
    roles: both,
    steps: [opening, closeFrame(code, reason), closed(), listen],
    rules: [
      answered,
      ...silentAfterClose,
      lawful,
      should("6455 5.5.1", { expect: "closeCode", among: [code ?? 1000, null] }),
    ],
    ...(note !== undefined && { practice: note }),
  };
}

const typically =
  "The section says that an answer typically has the code of the question; some answer with 1000 or with none.";
const later =
  "The code was registered after RFC 6455 was written; strict readers of the RFC's own list answer with 1002, or drop TCP.";

const laterCode = (code: number, name: string): Draft => ({
  title: `Code ${code}`,
  does: `Sends a close frame with ${code} (${name}).`,
  expects: "A close frame comes back; its code tells whether the registry of today is known.",
  roles: both,
  steps: [opening, closeFrame(code), closed(), listen],
  rules: [
    should("6455 5.5.1", { expect: "closeFrame" }),
    ...silentAfterClose,
    lawful,
    should("6455 11.7", { expect: "closeCode", among: [code, null] }),
  ],
  practice: later,
});

const questions: Draft[] = [
  closes("Code 1000", "Sends a close frame with 1000.", 1000),
  closes("No code", "Sends an empty close frame.", null),
  closes("A reason", "Sends a close frame with 1000 and a reason.", 1000, "bye \u{1f44b}"),
  closes("The longest reason", "Sends a close frame with a reason of 123 octets.", 1000, "x".repeat(123)),
  closes("Code 1001", "Sends a close frame with 1001.", 1001, "", typically),
  closes("Code 1011", "Sends a close frame with 1011.", 1011, "", typically),
  closes("Code 3000", "Sends a close frame with 3000, of the range for libraries.", 3000, "", typically),
  closes("Code 4999", "Sends a close frame with 4999, of the range for applications.", 4999, "", typically),
  laterCode(1012, "Service Restart"),
  laterCode(1013, "Try Again Later"),
  laterCode(1014, "Bad Gateway"),
  {
    title: "A close frame in pieces",
    does: "Sends a close frame an octet at a time.",
    expects: "It is answered when it is whole.",
    roles: both,
    steps: [opening, { ...closeOf("03e8627965"), chop: { octets: 1, every: 2 } }, closed(), listen],
    rules: [answered, ...silentAfterClose],
  },
];

function closeOf(hex: string): Extract<ExtraStep, { step: "frame" }> {
  return { step: "frame", opcode: 8, payload: octets(hex) };
}

/** A close frame that is broken: no answer may repeat what it says. */
function brokenClose(
  title: string,
  does: string,
  hex: string,
  level: "SHOULD" | "open",
  place: string,
  note?: string,
): Draft {
  const rule = level === "SHOULD" ? should : open;
  return {
    title,
    does,
    expects: "The connection is failed, with 1002 if a close frame says why.",
    roles: both,
    steps: [opening, closeOf(hex), end()],
    rules: [lawful, ...silentAfterClose, rule(place, says(1002))],
    ...(note !== undefined && { practice: note }),
  };
}

const hexCode = (code: number) => code.toString(16).padStart(4, "0");
const forbidden = (code: number, why: string, level: "SHOULD" | "open" = "SHOULD", note?: string): Draft =>
  brokenClose(
    `Code ${code}`,
    `Sends a close frame with ${code}, ${why}.`,
    hexCode(code),
    level,
    "6455 7.4",
    note,
  );
const reserved = "The code is reserved for later; nothing says that one who does not know it must mind.";

const broken: Draft[] = [
  brokenClose(
    "A payload of one octet",
    "Sends a close frame with half a code.",
    "03",
    "SHOULD",
    "6455 5.5.1",
  ),
  forbidden(0, "which is not in use"),
  forbidden(999, "which is not in use"),
  forbidden(1004, "which is reserved", "open", reserved),
  forbidden(1005, "which stands for no code and must not be sent"),
  forbidden(1006, "which stands for no close frame and must not be sent"),
  forbidden(1015, "which stands for a failed TLS handshake and must not be sent"),
  forbidden(1016, "which is not registered", "open", reserved),
  forbidden(2999, "which is not registered", "open", reserved),
  forbidden(5000, "which is in no range", "open", "The RFC does not speak of codes from 5000 on."),
];

const behind: Draft[] = [
  {
    title: "A message behind the close frame",
    does: "Sends a close frame and a text message in one write.",
    expects: "The close frame is answered, and the message is not.",
    roles: both,
    steps: [opening, closeFrame(), textFrame("late"), closed(), listen],
    rules: [answered, noEcho, ...silentAfterClose],
  },
  {
    title: "A ping behind the close frame",
    does: "Sends a close frame and a ping in one write.",
    expects: "The close frame is answered, and nothing follows.",
    roles: both,
    steps: [opening, closeFrame(), ping("late"), closed(), listen],
    rules: [answered, ...silentAfterClose],
  },
  {
    title: "Two close frames",
    does: "Sends two close frames in one write.",
    expects: "One close frame comes back.",
    roles: both,
    steps: [opening, closeFrame(1000), closeFrame(1001), closed(), listen],
    rules: [answered, ...silentAfterClose],
  },
  {
    title: "A broken frame behind the close frame",
    does: "Sends a close frame and a frame with all reserved bits in one write.",
    expects: "One close frame comes back.",
    roles: both,
    steps: [opening, closeFrame(), frame(1, octets("6c617465"), { rsv: 7 }), closed(), listen],
    rules: [should("6455 5.5.1", { expect: "closeFrame" }), ...silentAfterClose, noEcho],
    practice: "Whoever reads both frames before it answers may also fail the connection over the second one.",
  },
  {
    title: "Messages before the close frame",
    does: "Sends three messages and a close frame in one write.",
    expects: "What is echoed stands before the close frame that comes back.",
    roles: both,
    steps: [opening, textFrame("1"), textFrame("2"), textFrame("3"), closeFrame(), closed(), listen],
    rules: [
      answered,
      ...silentAfterClose,
      must("6455 5.5.1", {
        expect: "messagesWithin",
        are: [textMessage("1"), textMessage("2"), textMessage("3")],
      }),
    ],
  },
  {
    title: "Both close",
    does: "Breaks a rule, so that the peer begins to close, and sends a close frame in the same write.",
    expects: "One close frame comes back.",
    roles: both,
    steps: [opening, frame(1, octets("61"), { rsv: 2 }), closeFrame(), closed(), listen],
    rules: [...silentAfterClose, noEcho],
  },
];

/** A length that is lawful in 64 bits. */
const seventyThousand = { length: "0000000000011170", lengthBits: 64 } as const;

/** A message that ends early, and with it this half of TCP; who still reads it may not take it for whole. */
const cutShort = (where: string, place: string, begin: ExtraStep): Draft => ({
  title: `The end of TCP ${where}`,
  does: `Begins a message, and ends its half of TCP ${where}.`,
  expects: "Nothing of it is taken for a message, and the peer ends the other half.",
  roles: both,
  steps: [opening, begin, pause(50), { step: "shut" }, end(2_000)],
  rules: [must(place, echoes()), should("6455 7.1.4", { expect: "ended", before: "end" })],
});

const tcp: Draft[] = [
  {
    title: "The server ends TCP",
    does: "Does the closing handshake, and waits for the end of TCP.",
    expects: "The server ends TCP at once.",
    roles: server,
    steps: [opening, closeFrame(), closed(), end(2_000)],
    rules: [answered, should("6455 7.1.1", { expect: "ended", before: "end" })],
  },
  {
    title: "The client lets the server end TCP",
    does: "Does the closing handshake, and does not end TCP for 250 ms.",
    expects: "The client waits for the server.",
    roles: client,
    steps: [opening, closeFrame(), closed(), end(250)],
    rules: [answered, should("6455 7.1.1", { expect: "not", of: { expect: "ended", before: "end" } })],
  },
  {
    title: "No close frame from the one who ends TCP",
    does: "Ends its half of TCP without a close frame.",
    expects: "The peer ends the other half.",
    roles: both,
    steps: [opening, textFrame("hello"), messages(1), { step: "shut" }, end(2_000)],
    rules: [should("6455 7.1.4", { expect: "ended", before: "end" })],
    practice: "The RFC knows no connection that is half open, and does not say how soon it is given up.",
  },
  {
    title: "The end of TCP behind a message",
    does: "Sends a message and ends its half of TCP at once.",
    expects: "That is left open: the message is echoed, or the connection given up.",
    roles: both,
    steps: [opening, textFrame("hello"), { step: "shut" }, end(2_000)],
    rules: [
      open("6455 7.1.4", {
        expect: "allOf",
        of: [{ expect: "ended", before: "end" }, echoes(textMessage("hello"))],
      }),
    ],
  },
  {
    title: "The end of TCP behind the close frame",
    does: "Sends a close frame and ends its half of TCP at once.",
    expects: "The close frame is answered all the same.",
    roles: both,
    steps: [opening, closeFrame(), { step: "shut" }, end(2_000)],
    rules: [should("6455 5.5.1", { expect: "closeFrame" }), ...silentAfterClose],
  },
  {
    title: "A reset right after the handshake",
    does: "Resets TCP when the connection is open. Then plays an ordinary connection.",
    expects: "The server goes on serving.",
    roles: server,
    steps: [{ steps: [opening, { step: "reset" }] }, liveConnection],
    rules: [must("6455 5.6", stillAlive)],
  },
  {
    title: "A reset while an echo is on its way",
    does: "Sends a message of 1 MiB, does not read, and resets TCP. Then plays an ordinary connection.",
    expects: "The server goes on serving.",
    roles: server,
    steps: [
      {
        steps: [
          opening,
          { step: "reading", on: false },
          frame(2, many("*", 1 << 20)),
          pause(50),
          { step: "reset" },
        ],
      },
      liveConnection,
    ],
    rules: [must("6455 5.6", stillAlive)],
  },
  {
    title: "A reset inside a frame",
    does: "Sends the head of a frame and a part of it, and resets TCP. Then plays an ordinary connection.",
    expects: "The server goes on serving.",
    roles: server,
    steps: [
      {
        steps: [
          opening,
          frame(1, octets("68656c6c6f"), { length: "0000000000000400", lengthBits: 64 }),
          pause(20),
          { step: "reset" },
        ],
      },
      liveConnection,
    ],
    rules: [must("6455 5.6", stillAlive)],
  },
  {
    title: "No answer to the peer's close frame",
    does: "Breaks a rule, and does not answer the close frame that comes.",
    expects: "That is left open: the peer gives the connection up after some time.",
    roles: both,
    steps: [{ steps: [opening, frame(1, octets("61"), { rsv: 2 }), end(3_000)], muteClose: true }],
    rules: [open("6455 7.1.7", { expect: "ended", before: "end" })],
    practice: "Endpoints wait from no time at all to half a minute.",
  },
  cutShort("between two fragments", "6455 5.4", textFrame("hel", { fin: false })),
  cutShort("inside a frame", "6455 5.2", frame(1, utf8("hello"), { ...seventyThousand })),
  {
    ...cutShort(
      "inside a compressed frame",
      "6455 5.2",
      frame(1, octets("f248cdc9c90700"), { ...seventyThousand, rsv: 4 }),
    ),
    ...plainDeflate,
  },
  cutShort("inside the head of a frame", "6455 5.2", { step: "octets", payload: octets("81") }),
];

/** The closing handshake, its codes, its races, and the end of TCP. */
export const chapter27: Chapter = extraChapter("27", "Closing", [
  { title: "Close frames that are answered", cases: questions },
  { title: "Close frames that are broken", cases: broken },
  { title: "Behind the close frame", cases: behind },
  { title: "The end of TCP", cases: tcp },
]);
