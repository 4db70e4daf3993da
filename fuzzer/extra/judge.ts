import type { Case } from "../case.ts";
import type { CaseRecord, Verdict } from "../record.ts";
import { type Finding, findingOf } from "./findings.ts";
import type { TalkEvent } from "./events.ts";
import { type ExtraPlay, hasOwnTls, type Rule } from "./script.ts";

/**
 * The verdict on an extra case, by its rules: a broken MUST is FAILED, a SHOULD that was not followed NON-STRICT. What
 * the standard leaves open is INFORMATIONAL, with what was seen. How the connection ends is part of the rules, so the
 * second half of the verdict says nothing of its own.
 */
export function judgeExtra(played: Case, record: CaseRecord): Verdict {
  const { extra: play } = played;
  if (play === undefined || record.extra === undefined)
    throw new TypeError(`case ${played.id} was not played as an extra one`);
  const [first] = record.extra.connections;
  const events = first?.events ?? [];
  const missed = hasOwnTls(play.connections[0]) ? undefined : events.find(isMissed);
  if (missed !== undefined) return verdict("FAILED", `there was no connection: ${missed.why}`);
  const opening = openingFault(play, record);
  if (opening !== null) return verdict("FAILED", opening);
  const missing = missingAgreement(play, record, first?.deflate ?? null);
  if (missing !== null) return verdict("UNIMPLEMENTED", `${missing}, so there was nothing to test`);
  return weigh(play.rules.map((rule) => ({ rule, finding: findingOf(rule.expectation, record.extra!) })));
}

const isMissed = (event: TalkEvent): event is TalkEvent & { event: "notConnected" } =>
  event.event === "notConnected";

interface Weighed {
  readonly rule: Rule;
  readonly finding: Finding;
}

function weigh(findings: readonly Weighed[]): Verdict {
  const broken = (level: Rule["level"]) =>
    findings.filter(({ rule, finding }) => rule.level === level && !finding.holds);
  const musts = broken("MUST");
  if (musts.length > 0) return verdict("FAILED", musts.map(inWords).join("; "));
  const shoulds = broken("SHOULD");
  if (shoulds.length > 0) return verdict("NON-STRICT", shoulds.map(inWords).join("; "));
  const seen = [...new Set(findings.map(({ finding }) => finding.seen))].join("; ");
  const isOpen = findings.every(({ rule }) => rule.level === "open");
  return isOpen ? verdict("INFORMATIONAL", `left open by the standard; ${seen}`) : verdict("OK", seen);
}

function inWords({ rule, finding }: Weighed): string {
  return `${finding.seen} (${rule.level}, RFC ${rule.rfc} section ${rule.section})`;
}

/** What all but the handshake cases rest on: an ordinary opening handshake that succeeds. */
function openingFault(play: ExtraPlay, { extra }: CaseRecord): string | null {
  for (const [at, script] of play.connections.entries()) {
    if (script.steps[0]?.step !== "open") continue;
    const connection = extra!.connections[at];
    // How its TLS may end is a matter of the rules.
    if (hasOwnTls(script) && connection?.events.some(isMissed)) continue;
    const opened = connection?.events.some(({ event }) => event === "opened") ?? false;
    if (!opened)
      return `the ordinary opening handshake${at > 0 ? " of a further connection" : ""} did not succeed`;
  }
  return null;
}

/** What the case needs and was not agreed on: the extension, or a parameter; null when it is all there. */
function missingAgreement(
  { needs = [], deflate }: ExtraPlay,
  { role }: CaseRecord,
  agreed: string | null,
): string | null {
  if (!needs.includes("deflate")) return null;
  if (agreed === null) return "permessage-deflate was not agreed on";
  const wanted = deflate?.answer.split(";").map((part) => part.trim().replace(/=.*/, "")) ?? [];
  const param = wanted.find((name) => !agreed.includes(name));
  if (param !== undefined) return `${param} was not agreed on`;
  const forbidding = `${role === "server" ? "client" : "server"}_no_context_takeover`;
  return needs.includes("context") && agreed.includes(forbidding) ? `${forbidding} was agreed on` : null;
}

function verdict(behavior: Verdict["behavior"], result: string): Verdict {
  const isOpen = behavior === "INFORMATIONAL";
  return {
    behavior,
    behaviorClose: isOpen ? "INFORMATIONAL" : "OK",
    result: result.slice(0, 600),
    resultClose: "how the connection ended is part of the case's rules",
  };
}
