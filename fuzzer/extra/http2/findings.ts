import { ErrorCode, Setting } from "../../../wire/http2/frame.ts";

import type { TalkRecord } from "../events.ts";
import type { Finding } from "../findings.ts";
import type { Http2Expectation, Http2Fact } from "./script.ts";

/** Looks in a record for what HTTP/2 has said. Pure. */
export function http2Finding(expectation: Http2Expectation, { events }: TalkRecord): Finding {
  const facts = events.flatMap((event): readonly Http2Fact[] => (event.event === "http2" ? [event] : []));
  switch (expectation.what) {
    case "setting": {
      const { id, value } = expectation;
      const said = facts.flatMap((fact) => (fact.fact === "settings" ? fact.values : []));
      const last = said.findLast(([each]) => each === id);
      const name = settingName(id);
      return {
        holds: last?.[1] === value,
        seen: last ? `${name} is ${last[1]}` : `nothing is said of ${name}`,
      };
    }
    case "lawful": {
      const broken = facts.find((fact) => fact.fact === "violation");
      return { holds: broken === undefined, seen: broken?.text ?? "its HTTP/2 is lawful" };
    }
    case "error":
      return errorFinding(facts, expectation.codes);
    case "pingAnswered": {
      const answer = facts.find((fact) => fact.fact === "pingAnswer");
      const seen = answer === undefined ? "PING was not answered" : "PING was answered";
      return { holds: answer?.hex === expectation.hex, seen };
    }
  }
}

function errorFinding(facts: readonly Http2Fact[], codes: readonly number[] | undefined): Finding {
  const found = facts.flatMap((fact) => (fact.fact === "rstStream" || fact.fact === "goaway" ? [fact] : []));
  const isMeant = (code: number) => codes?.includes(code) ?? code !== ErrorCode.noError;
  const words = found.map(
    ({ fact, code }) => `${fact === "goaway" ? "GOAWAY" : "RST_STREAM"} with ${errorName(code)}`,
  );
  return {
    holds: found.some(({ code }) => isMeant(code)),
    seen: words.length === 0 ? "neither RST_STREAM nor GOAWAY came" : words.join(", "),
  };
}

/** The name of a code of an error (RFC 9113 section 7). */
export function errorName(code: number): string {
  return nameIn(ErrorCode, code) ?? `code ${code}`;
}

/** The name of a setting (RFC 9113 section 6.5.2). */
export function settingName(id: number): string {
  const name = nameIn(Setting, id);
  return name === null ? `setting ${id}` : `SETTINGS_${name}`;
}

function nameIn(names: Readonly<Record<string, number>>, number: number): string | null {
  const found = Object.entries(names).find(([, each]) => each === number);
  return found === undefined
    ? null
    : found[0].replaceAll(/[A-Z]+|(?<=[a-z])\d/g, (part) => `_${part}`).toUpperCase();
}
