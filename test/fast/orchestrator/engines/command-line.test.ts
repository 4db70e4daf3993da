import { describe, expect, it } from "vitest";
import {
  CommandLineError,
  fillIn,
  showCommand,
  splitCommand,
} from "../../../../orchestrator/engines/command-line.ts";

describe("splitCommand", () => {
  it.each([
    ["node echo.mjs", ["node", "echo.mjs"]],
    ["  a \t b\n", ["a", "b"]],
    [`'a b' "c d"`, ["a b", "c d"]],
    [`a''b"c"d`, ["abcd"]],
    [`'' ""`, ["", ""]],
    [String.raw`a\ b \'`, ["a b", "'"]],
    [String.raw`"\"\\\$x\n"`, [String.raw`"\$x\n`]],
    [String.raw`'\'`, ["\\"]],
    ["--url={url} {port}", ["--url={url}", "{port}"]],
    [`'$HOME | x'`, ["$HOME | x"]],
    ["costs 5$ or $", ["costs", "5$", "or", "$"]],
  ])("takes %j apart", (text, words) => {
    expect(splitCommand(text, true)).toEqual(words);
  });

  it("keeps the backslashes of Windows paths", () => {
    expect(splitCommand(String.raw`C:\bin\a.exe "D:\x y"`, false)).toEqual([
      String.raw`C:\bin\a.exe`,
      String.raw`D:\x y`,
    ]);
  });

  it.each([
    [`node 'echo`, /' at character 6 .* not closed/],
    [`a "b`, /" at character 3 .* not closed/],
    ["a | b", /`\|` at character 3 .*sh -c/],
    ["a && b", /`&` at character 3/],
    ["a > log", /`>` at character 3/],
    ["echo $HOME", /`\$` at character 6/],
    [`echo "$HOME"`, /`\$` at character 7/],
    ["echo ${HOME}", /`\$` at character 6/],
    ["echo $(date)", /`\$` at character 6/],
    ['echo "`date`"', /at character 7/],
    [" ", /empty/],
  ])("refuses %j and says where", (text, message) => {
    expect(() => splitCommand(text, true)).toThrow(CommandLineError);
    expect(() => splitCommand(text, true)).toThrow(message);
  });
});

describe("fillIn", () => {
  it("replaces what it has a value for, and nothing else", () => {
    const values = { port: "9001", agent: "a {port} b" };
    expect(fillIn("{port}/{agent}/{other}/${port}/{ port }/{toString}", values)).toBe(
      "9001/a {port} b/{other}/${port}/{ port }/{toString}",
    );
  });

  it("takes a value literally", () => {
    expect(fillIn("{agent}", { agent: "$& $1" })).toBe("$& $1");
  });
});

it("shows a command as it could be typed", () => {
  expect(showCommand(["node", "a b", "it's", ""])).toBe(String.raw`node 'a b' 'it'\''s' ''`);
});
