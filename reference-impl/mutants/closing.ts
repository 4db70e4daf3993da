/** Mutants that end connections wrongly. */

import { closePayload, parseClosePayload } from "../../wire/close.ts";
import { Opcode } from "../../wire/frame.ts";

import { type Codec, strictCodec } from "../codec.ts";
import { judgingStarts, writingOpcode } from "./filters.ts";
import { type Mutant, mutant } from "./mutant.ts";

/** Codes of close frames that say which rule the peer broke. */
const protocolErrors: ReadonlySet<number> = new Set([1002, 1007]);

/** Close frames with another code; an empty one stays empty. */
const closingWith = (change: (code: number) => number): Partial<Codec> =>
  writingOpcode(Opcode.close, (frame) => {
    const { code, reason } = parseClosePayload(frame.payload);
    return [code === null ? frame : { ...frame, payload: closePayload(change(code), reason) }];
  });

/** Takes close frames whose code is one of these, though none may stand there. */
const taking = (isTaken: (code: number) => boolean): Partial<Codec> => ({
  closeFailure(payload) {
    const { code } = parseClosePayload(payload);
    return code !== null && isTaken(code) ? null : strictCodec.closeFailure(payload);
  },
});

/** Refuses close frames whose code is one of these, though any may stand there. */
const refusing = (isRefused: (code: number) => boolean): Partial<Codec> => ({
  closeFailure(payload) {
    const { code } = parseClosePayload(payload);
    if (code === null || !isRefused(code)) return strictCodec.closeFailure(payload);
    return { code: 1002, text: `close code ${code} is not liked`, section: "7.4" };
  },
});

const sendingBehindClose = (): Partial<Codec> =>
  writingOpcode(Opcode.close, (frame) => [
    frame,
    { ...frame, opcode: Opcode.text, payload: Buffer.from("late") },
  ]);

/** Does not send the close frames that say which rule the peer broke: those have a reason. */
const failingInSilence = (): Partial<Codec> =>
  writingOpcode(Opcode.close, (frame) => {
    const { code, reason } = parseClosePayload(frame.payload);
    return protocolErrors.has(code ?? 0) && reason !== null ? [] : [frame];
  });

const codes: readonly Mutant[] = [
  mutant({
    name: "accepts-close-code-below-1000",
    defect: "takes close codes below 1000",
    rule: "RFC 6455, 7.4.2",
    caughtBy: ["7.9.1", "7.9.2"],
    make: () => ({ codec: taking((code) => code < 1000) }),
  }),
  mutant({
    name: "accepts-close-code-1004",
    defect: "takes the reserved close code 1004",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["7.9.3"],
    make: () => ({ codec: taking((code) => code === 1004) }),
  }),
  mutant({
    name: "accepts-close-code-1005",
    defect: "takes 1005, which stands for no code at all, from a close frame",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["7.9.4"],
    make: () => ({ codec: taking((code) => code === 1005) }),
  }),
  mutant({
    name: "accepts-close-code-1006",
    defect: "takes 1006, which stands for a lost connection, from a close frame",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["7.9.5"],
    make: () => ({ codec: taking((code) => code === 1006) }),
  }),
  mutant({
    name: "accepts-close-code-1015",
    defect: "takes 1015, which stands for a failed TLS handshake, from a close frame",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["27.2.7"],
    make: () => ({ codec: taking((code) => code === 1015) }),
  }),
  mutant({
    name: "accepts-unassigned-close-codes",
    defect: "takes close codes from 1016 to 2999, which are not assigned",
    rule: "RFC 6455, 7.4.2",
    caughtBy: ["7.9.6", "7.9.7", "7.9.8", "7.9.9"],
    make: () => ({ codec: taking((code) => code >= 1016 && code <= 2999) }),
  }),
  mutant({
    name: "refuses-close-codes-of-applications",
    defect: "refuses close codes from 3000 to 4999",
    rule: "RFC 6455, 7.4.2",
    caughtBy: ["7.7.10", "7.7.11", "7.7.12", "7.7.13"],
    make: () => ({ codec: refusing((code) => code >= 3000 && code <= 4999) }),
  }),
  mutant({
    name: "refuses-close-code-1010",
    defect: "refuses the close code 1010",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["7.7.8"],
    make: () => ({ codec: refusing((code) => code === 1010) }),
  }),
  mutant({
    name: "echoes-another-close-code",
    defect: "answers a close frame with the code 1001, whatever it said",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["7.1.1", "7.7.1", "7.7.10"],
    make: () => ({ codec: closingWith((code) => (protocolErrors.has(code) ? code : 1001)) }),
  }),
  mutant({
    name: "answers-close-with-1000",
    defect: "answers a close frame with the code 1000, whatever it said",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["27.1.7", "27.1.8"],
    make: () => ({ codec: closingWith((code) => (protocolErrors.has(code) ? code : 1000)) }),
  }),
  mutant({
    name: "answers-close-with-1005",
    defect: "writes 1005 into close frames",
    rule: "RFC 6455, 7.4.1",
    caughtBy: ["7.1.1", "7.7.1"],
    make: () => ({ codec: closingWith(() => 1005) }),
  }),
];

const contents: readonly Mutant[] = [
  mutant({
    name: "accepts-close-of-one-octet",
    defect: "takes a close frame with a payload of one octet",
    rule: "RFC 6455, 5.5.1",
    // 7.3.2 sends one, and takes an empty close frame for an answer.
    caughtBy: ["27.2.1"],
    make: () => ({
      codec: judgingStarts((start, context) => [
        start.opcode === Opcode.close && start.length7 === 1 ? { ...start, length7: 0 } : start,
        context,
      ]),
    }),
  }),
  mutant({
    name: "accepts-bad-close-reason",
    defect: "takes close reasons that are not UTF-8",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["7.5.1"],
    make: () => ({
      codec: { closeFailure: (payload) => strictCodec.closeFailure(payload.subarray(0, 2)) },
    }),
  }),
  mutant({
    name: "refuses-empty-close",
    defect: "fails the connection at a close frame without payload",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["7.3.1"],
    make: () => ({
      codec: {
        closeFailure: (payload) =>
          payload.length === 0
            ? { code: 1002, text: "a close frame says nothing", section: "5.5.1" }
            : strictCodec.closeFailure(payload),
      },
    }),
  }),
];

const endings: readonly Mutant[] = [
  mutant({
    name: "no-close-reply",
    defect: "drops TCP at a close frame, and does not answer it",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["1.1.1", "7.1.1", "7.3.1", "7.7.1"],
    make: () => ({ codec: writingOpcode(Opcode.close, () => []) }),
  }),
  mutant({
    name: "ignores-close",
    defect: "does nothing at a close frame, and never drops TCP",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["7.1.1", "7.3.1", "7.7.1"],
    make: () => ({ codec: writingOpcode(Opcode.close, () => []), tcp: () => "keep" }),
  }),
  mutant({
    name: "two-close-frames",
    defect: "sends every close frame twice",
    rule: "RFC 6455, 5.5.1",
    caughtBy: ["27.1.1"],
    make: () => ({ codec: writingOpcode(Opcode.close, (frame) => [frame, frame]) }),
  }),
  mutant({
    name: "server-sends-behind-close",
    defect: "sends a text behind its close frame",
    rule: "RFC 6455, 5.5.1",
    sides: ["server"],
    caughtBy: ["1.1.1", "7.1.1"],
    make: () => ({ codec: sendingBehindClose() }),
  }),
  mutant({
    name: "client-sends-behind-close",
    defect: "sends a text behind its close frame",
    rule: "RFC 6455, 5.5.1",
    sides: ["client"],
    caughtBy: ["27.1.1"],
    make: () => ({ codec: sendingBehindClose() }),
  }),
  mutant({
    name: "server-keeps-tcp",
    defect: "leaves it to the client to drop TCP",
    rule: "RFC 6455, 7.1.1",
    sides: ["server"],
    caughtBy: ["1.1.1", "7.1.1"],
    make: () => ({ tcp: () => "keep" }),
  }),
  mutant({
    name: "drops-tcp-after-echo",
    defect: "drops TCP as soon as it has sent a message back",
    rule: "RFC 6455, 7.1.1",
    caughtBy: ["1.1.1", "5.3", "6.5.1"],
    make: () => ({ tcp: (wish, { echoed }) => (echoed ? "end" : wish) }),
  }),
  mutant({
    name: "fails-without-close-frame",
    defect: "drops TCP when the peer breaks a rule, and does not say why",
    rule: "RFC 6455, 7.1.7",
    // A close frame is only recommended there, and Autobahn asks for none.
    caughtBy: ["26.3.2"],
    make: () => ({
      codec: failingInSilence(),
      options: { closeTimeout: 1, brokenFrameTimeout: 1 },
    }),
  }),
  mutant({
    name: "suffers-errors-in-silence",
    defect: "goes on in silence when the peer breaks a rule",
    rule: "RFC 6455, 7.1.7",
    caughtBy: ["3.1", "4.1.1", "5.1", "6.3.1"],
    make: () => ({
      codec: failingInSilence(),
      tcp: () => "keep",
    }),
  }),
  mutant({
    name: "fails-with-1000",
    defect: "says 1000, normal closure, when the peer breaks a rule",
    rule: "RFC 6455, 7.1.7",
    caughtBy: ["3.1", "4.1.1", "5.1", "6.3.1", "7.9.1"],
    make: () => ({ codec: closingWith((code) => (protocolErrors.has(code) ? 1000 : code)) }),
  }),
  mutant({
    name: "bad-text-is-1002",
    defect: "says 1002, protocol error, where a text is not UTF-8",
    rule: "RFC 6455, 8.1",
    caughtBy: ["6.3.1", "6.6.1"],
    make: () => ({ codec: closingWith((code) => (code === 1007 ? 1002 : code)) }),
  }),
];

/** Defects in the closing handshake and in failing a connection. */
export const closingMutants: readonly Mutant[] = [...codes, ...contents, ...endings];
