import { expect, it } from "vitest";

import { wsmatrix } from "../support/cli.ts";

it("the suite catches every mutant that it should, and no endpoint without a defect", async () => {
  const { exitCode, stdout, stderr } = await wsmatrix(["selfcheck", "--json"]);
  const check = JSON.parse(stdout) as {
    readonly passed: boolean;
    readonly falseAlarms: readonly unknown[];
    readonly mutants: readonly { readonly name: string; readonly missed: readonly string[] }[];
  };
  expect(check.mutants.filter(({ missed }) => missed.length > 0)).toEqual([]);
  expect(check.falseAlarms).toEqual([]);
  expect({ exitCode, passed: check.passed, stderr }).toEqual({ exitCode: 0, passed: true, stderr: "" });
}, 600_000);

it("a mutant that there is not is an error that names the nearest", async () => {
  const { exitCode, stderr } = await wsmatrix(["selfcheck", "no-pongs"]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("there is no mutant `no-pongs`; did you mean `no-pong`?");
});
