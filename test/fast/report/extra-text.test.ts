import { describe, expect, it } from "vitest";

import { extraCatalogue } from "../../../fuzzer/extra-catalogue.ts";
import { caseText } from "../../../report/case-text.ts";

const textOf = (id: string) => caseText(extraCatalogue.byId.get(id)!);

describe("the text of an extra case", () => {
  it.each(extraCatalogue.entries.map(({ case: each }) => each.id))(
    "%s is whole, and plain ASCII lines",
    (id) => {
      const text = textOf(id);
      expect(text).not.toMatch(/undefined|\[object|NaN/);
      expect(text.split("\n").every((line) => line.length < 400)).toBe(true);
    },
  );

  it("says what is sent, what must hold, and what is deployed", () => {
    expect(textOf("20.1.12")).toContain("    | Upgrade: foo/2, websocket\n");
    expect(textOf("20.1.12")).toContain(
      "  SHOULD: the connection is opened by a right response (RFC 6455 section 4.2.1)",
    );
    expect(textOf("20.1.12")).toContain("\nIn practice: Upgrade is a list");
    expect(textOf("20.1.12")).toContain("  for servers only");
  });

  it("tells several connections apart", () => {
    expect(textOf("29.1.1")).toMatch(
      /On its connection:\n {4}waits 1500 ms\n {2}Beside it, 200 ms later, on another/,
    );
    expect(textOf("27.4.6")).toContain("  Then, on another connection:");
  });
});
