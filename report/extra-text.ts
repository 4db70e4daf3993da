import type { Payload } from "../fuzzer/case.ts";
import type {
  Awaited,
  CertificateName,
  Expectation,
  ExtraPlay,
  ExtraStep,
  LimitName,
  Rule,
  Script,
  TlsScript,
} from "../fuzzer/extra/script.ts";

import { http2ExpectationText, http2ScriptLines, http2SendLines } from "./http2-text.ts";

/** How payloads and opcodes are written. */
export interface TextStyle {
  readonly payload: (payload: Payload) => string;
  readonly opcode: (opcode: number) => string;
}

/** What an extra case does on its connections, line by line. */
export function extraStepLines(
  { connections, deflate, limit, roles, over }: ExtraPlay,
  style: TextStyle,
): string[] {
  const beside = (at: number, { besideAfter, http2 }: Script): string => {
    const where = http2?.sharing ? "in another stream of the same connection" : "on another connection";
    if (besideAfter !== undefined) return `Beside it, ${besideAfter} ms later, ${where}:`;
    return at === 0 ? "On its connection:" : `Then, ${where}:`;
  };
  return [
    ...(over === "h2" && roles[0] === "server" ? [`  ${streamText}`] : []),
    ...(deflate === undefined
      ? []
      : [`  offers "${deflate.offer}" as client, agrees to "${deflate.answer}" as server`]),
    ...(limit === undefined ? [] : [`  ${limitText[limit]}`]),
    ...connections.flatMap((script, at) => {
      const { steps, mutePongs, muteClose, tls, http2 = {} } = script;
      return [
        ...(connections.length > 1 ? [`  ${beside(at, script)}`] : []),
        ...(tls === undefined ? [] : [`  (${tlsText(tls, roles[0] === "client")})`]),
        ...http2ScriptLines(http2),
        ...(mutePongs ? ["  (answers no pings)"] : []),
        ...(muteClose ? ["  (answers no close frame)"] : []),
        ...steps.flatMap((step) => stepLines(step, connections.length > 1 ? "    " : "  ", style)),
      ];
    }),
  ];
}

const streamText =
  "in streams of HTTP/2: the end of TCP stands for END_STREAM, and a reset for RST_STREAM with CANCEL";

/** What must hold, a rule a line, and what is deployed. */
export function ruleLines({ rules, needs, practice, roles }: ExtraPlay): string[] {
  return [
    ...(roles.length === 1 ? [`  for ${roles[0]}s only`] : []),
    ...rules.map(ruleLine),
    ...(needs === undefined ? [] : ["  UNIMPLEMENTED when permessage-deflate is not agreed on"]),
    ...(practice === undefined ? [] : ["", `In practice: ${practice}`]),
  ];
}

function tlsText({ none, version, alpn, serverName, certificate }: TlsScript, isServer: boolean): string {
  if (none) return "speaks no TLS, though the server does";
  return [
    "TLS",
    ...(version === undefined ? [] : [`of version ${version.slice(4)}`]),
    ...(alpn === undefined
      ? []
      : [`${isServer ? "choosing from" : "offering"} ${alpn.join(" and ")} by ALPN`]),
    ...(certificate === undefined ? [] : [`with a certificate that ${certificateText[certificate]}`]),
    ...(serverName === undefined
      ? []
      : [serverName === null ? "without a server name" : `with the server name ${serverName}`]),
  ].join(", ");
}

const limitText: Readonly<Record<LimitName, string>> = {
  maxMessage: "takes lengths from the target's declared limit, maxMessage",
  subprotocols: "takes {known} and {alsoKnown} from the subprotocols that the target declares",
  paths: "takes {path} from the paths that the target declares",
};

const certificateText: Readonly<Record<CertificateName, string>> = {
  expired: "has expired",
  notYetValid: "is not valid yet",
  otherName: "is for another name",
  otherAddress: "is for another address",
  commonName: "names the server as its common name alone",
  selfSigned: "is signed with its own key",
  otherAuthority: "is of another authority with the same name",
  forClients: "is for clients only",
  byNoAuthority: "is signed with the key of one that is no authority",
};

function ruleLine({ level, rfc, section, expectation }: Rule): string {
  const words = level === "open" ? "is left open, and told:" : `${level}:`;
  return `  ${words} ${expectationText(expectation)} (RFC ${rfc} section ${section})`;
}

function stepLines(step: ExtraStep, indent: string, style: TextStyle): string[] {
  if (step.step === "request" || step.step === "response") {
    const lines = step.head.replace(/\r\n\r\n$/, "").split("\r\n");
    const pieces =
      step.chop === undefined ? "" : `, in pieces of ${step.chop.octets} each ${step.chop.every} ms`;
    const shown = lines.slice(0, 12).map((line) => `${indent}  | ${clip(JSON.stringify(line).slice(1, -1))}`);
    const more = lines.length > 12 ? [`${indent}  | ... (${lines.length} lines)`] : [];
    return [`${indent}sends this ${step.step}${pieces}`, ...shown, ...more];
  }
  if (step.step === "http2") {
    const [first, ...fields] = http2SendLines(step.send, style.payload);
    return [`${indent}${first}`, ...fields.map((field) => `${indent}  | ${clip(field)}`)];
  }
  if (step.step === "repeat")
    return [
      `${indent}${step.times} times:`,
      ...step.steps.flatMap((inner) => stepLines(inner, `${indent}  `, style)),
    ];
  return [`${indent}${stepText(step, style)}`];
}

function stepText(
  step: Exclude<ExtraStep, { step: "request" | "response" | "repeat" | "http2" }>,
  { payload, opcode }: TextStyle,
): string {
  switch (step.step) {
    case "open":
      return "does the ordinary opening handshake";
    case "octets":
      return `sends octets as they are: ${payload(step.payload)}`;
    case "frame": {
      const notes = [
        ...(step.fin === false ? ["FIN off"] : []),
        ...(step.rsv ? [`RSV ${step.rsv}`] : []),
        ...(step.masked === undefined ? [] : [step.masked ? "masked" : "not masked"]),
        ...(step.key === undefined ? [] : [`masking key ${step.key}`]),
        ...(step.lengthBits === undefined ? [] : [`a length of ${step.lengthBits} bits`]),
        ...(step.length === undefined ? [] : [`announcing 0x${step.length} octets`]),
        ...(step.lengthBeyond === undefined ? [] : [`announcing the limit and ${step.lengthBeyond} octets`]),
        ...(step.chop === undefined ? [] : [`in pieces of ${step.chop.octets} each ${step.chop.every} ms`]),
      ];
      return `sends a ${opcode(step.opcode)} frame${notes.map((note) => `, ${note}`).join("")}: ${payload(step.payload)}`;
    }
    case "await":
      return `waits ${step.ms} ms for ${awaitedText(step.for)}`;
    case "pause":
      return `waits ${step.ms} ms`;
    case "mark":
      return `notes the moment "${step.tag}"`;
    case "reading":
      return step.on ? "reads again" : "stops reading from TCP";
    case "shut":
      return "ends its half of TCP";
    case "cut":
      return "ends its half of TCP, without an end of TLS";
    case "reset":
      return "resets TCP";
  }
}

function awaitedText(awaited: Awaited): string {
  switch (awaited.what) {
    case "response":
      return "the response";
    case "close":
      return "a close frame";
    case "end":
      return "the end of TCP";
    case "pingAnswer":
      return "the answer to PING";
    case "message":
    case "ping":
    case "pong":
      return awaited.count === 1 ? `a ${awaited.what}` : `${awaited.count} ${awaited.what}s`;
  }
}

/** An expectation in words. */
export function expectationText(expectation: Expectation): string {
  const where = expectation.on === undefined ? "" : `on connection ${expectation.on + 1}, `;
  return `${where}${plainText(expectation)}`;
}

function plainText(expectation: Expectation): string {
  switch (expectation.expect) {
    case "http2":
      return http2ExpectationText(expectation);
    case "refused":
      return "no connection is opened";
    case "noRequest":
      return "the client sends no request";
    case "alpn":
      return `the protocol chosen by ALPN is ${expectation.among.map((name) => name ?? "none").join(" or ")}`;
    case "noServerName":
      return "the client names no server by SNI";
    case "status":
      return `the status is ${expectation.among.map((each) => (each < 10 ? `${each}xx` : each)).join(" or ")}`;
    case "opened":
      return "the connection is opened by a right response";
    case "field":
      return `${expectation.name} is there and matches /${expectation.matches}/i`;
    case "fieldAbsent":
      return `there is no ${expectation.name}`;
    case "fieldTimes":
      return `${expectation.name} occurs ${expectation.most} times at the most`;
    case "startLine":
      return `the first line matches /${expectation.matches}/`;
    case "headIsClean":
      return "the head is well-formed";
    case "silentBeforeResponse":
      return "the peer sends nothing before it has the response";
    case "noSecondResponse":
      return `no second response of status ${expectation.status} follows`;
    case "messages":
      return expectation.are.length === 0
        ? "no message comes"
        : `exactly these come back: ${expectation.are.length} messages`;
    case "messagesWithin":
      return expectation.are.length === 0
        ? "no message comes"
        : `nothing comes but the first of ${expectation.are.length} messages`;
    case "pongs":
      return expectation.how === "all"
        ? `${expectation.are.length} pongs come, in order`
        : "pongs come in order, that for the last ping among them";
    case "failed":
      return "the peer fails the connection";
    case "survived":
      return "the peer does not end the connection";
    case "closeFrame":
      return "a close frame comes";
    case "closeCode":
      return `a close frame, if there is one, has ${expectation.among.map((code) => code ?? "no code").join(" or ")}`;
    case "ended":
      return `the peer ends TCP in time (${expectation.before})`;
    case "endedBy":
      return expectation.how === "fin" ? "TCP is ended in order" : "TCP is reset";
    case "inTime":
      return `what is waited for comes in time (${expectation.tag})`;
    case "countBefore":
      return `at least ${expectation.least} ${expectation.what}s come before "${expectation.tag}"`;
    case "lawfulFrames":
      return "the peer's frames are lawful";
    case "silentAfterClose":
      return `no ${expectation.what === "data" ? "data frame" : "frame"} comes behind the peer's close frame`;
    case "maskKeys":
      return {
        nonzero: "masking keys are not zero",
        fresh: "each frame has a new masking key",
        random: "masking keys look unpredictable",
      }[expectation.what];
    case "nonces":
      return "each handshake has a new key of 16 octets";
    case "deflateAgreed":
      return "permessage-deflate is agreed on";
    case "deflateAnswer":
      return "the answer is one that the offers allow, or none";
    case "deflateDeclined":
      return "permessage-deflate is declined";
    case "compressed":
      return "messages come compressed";
    case "distance":
      return `no match goes back more than ${expectation.most} octets`;
    case "noContext":
      return "no message refers to the ones before";
    case "not":
      return `not so: ${expectationText(expectation.of)}`;
    case "anyOf":
      return expectation.of.map(expectationText).join(", or ");
    case "allOf":
      return expectation.of.map(expectationText).join(", and ");
  }
}

function clip(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}...` : text;
}
