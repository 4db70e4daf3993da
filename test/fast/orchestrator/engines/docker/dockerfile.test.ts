import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, it } from "vitest";

import { caFiles, trustInStages } from "../../../../../orchestrator/engines/docker/ca.ts";
import { injectIntoStages, instructionsOf } from "../../../../../orchestrator/engines/docker/dockerfile.ts";
import { readIgnoreFile } from "../../../../../orchestrator/engines/docker/ignore.ts";

const words = (text: string) => instructionsOf(text.split("\n")).map(({ word }) => word);

describe("the instructions of a Dockerfile", () => {
  it("are found whatever their case, beside comments and blank lines", () => {
    expect(words("# FROM x\n\nfrom a\n  Run b\nCMD c")).toEqual(["FROM", "RUN", "CMD"]);
  });

  it("go on behind a line that ends with a backslash, comments between them or not", () => {
    expect(words("RUN a \\\n  # RUN b\n  FROM c \\\n\n  && d\nCMD e")).toEqual(["RUN", "CMD"]);
  });

  it("go on behind a backquote where a directive says so, and only there", () => {
    expect(words("# escape=`\nRUN a `\n  FROM b\nCMD c")).toEqual(["RUN", "CMD"]);
    expect(words("RUN a `\nFROM b")).toEqual(["RUN", "FROM"]);
    expect(words("FROM a\n# escape=`\nRUN b `\nFROM c")).toEqual(["FROM", "RUN", "FROM"]);
  });

  it("take the documents behind them along", () => {
    expect(words("RUN <<END\nFROM a\nEND\nCMD b")).toEqual(["RUN", "CMD"]);
    expect(words("COPY <<-'ONE' <<TWO /x\nFROM a\n\tONE\nFROM b\nTWO\nCMD c")).toEqual(["COPY", "CMD"]);
    expect(words("RUN echo $((1<<END)) \nCMD b")).toEqual(["RUN", "CMD"]);
  });
});

describe("what is put into stages", () => {
  it("stands behind the FROM of each stage that runs something, and nowhere else", () => {
    const text = "ARG A\nFROM \\\n  a AS one\nRUN x\nFROM scratch\nCOPY --from=one / /\nFROM b\nrun y\n";
    expect(injectIntoStages(text, ["NEW 1", "NEW 2"])).toBe(
      "ARG A\nFROM \\\n  a AS one\nNEW 1\nNEW 2\nRUN x\nFROM scratch\nCOPY --from=one / /\nFROM b\nNEW 1\nNEW 2\nrun y\n",
    );
  });

  it("lets builds trust an authority by arguments, which no image keeps", () => {
    const text = trustInStages("FROM a\nRUN b\n");
    expect(text).toMatch(/^FROM a\nCOPY \.wsmatrix-ca\/ \S+\nARG SSL_CERT_FILE="/);
    expect(text).not.toMatch(/^ENV/m);
  });

  it("comes with the files that it names", () => {
    const [first = "", second = ""] = rootCertificates;
    const files = new Map(caFiles([first]).map(({ path, content }) => [path, Buffer.from(content)]));
    const bundle = files.get(".wsmatrix-ca/bundle.pem")!.toString();
    expect(bundle.startsWith(first.trim())).toBe(true);
    expect(bundle).toContain(second.trim());
    const named = trustInStages("FROM a\nRUN b\n").match(/(?<=wsmatrix-ca\/)[\w.]+/g) ?? [];
    expect(new Set(named)).toEqual(new Set([...files.keys()].map((path) => path.split("/")[1])));
    const store = files.get(".wsmatrix-ca/truststore.jks")!;
    expect(store.readUInt32BE(0)).toBe(0xfeedfeed);
    expect(store.readUInt32BE(8)).toBe(rootCertificates.length + 1);
    expect(store.includes(new X509Certificate(second).raw)).toBe(true);
  });
});

describe(".dockerignore", () => {
  const ignored = (text: string, ...paths: readonly string[]) => paths.filter(readIgnoreFile(text));

  it.each([
    [
      "a name leaves out a file or a whole folder, at the top only",
      "a",
      ["a", "a/b", "b", "b/a", "ab"],
      ["a", "a/b"],
    ],
    ["a star is no slash", "*.md", ["x.md", "d/x.md", "x.mdx"], ["x.md"]],
    ["two stars are any folders, or none", "**/x", ["x", "a/x", "a/b/x", "ax"], ["x", "a/x", "a/b/x"]],
    ["a question mark is one character", "a?", ["ab", "abc", "a/"], ["ab"]],
    ["a set is one of its characters", "[ab].c", ["a.c", "b.c", "c.c"], ["a.c", "b.c"]],
    ["the last line that fits decides", "*\n!a\nab*", ["a", "ab", "b"], ["ab", "b"]],
    ["leading and trailing slashes do not matter", "/a/", ["a", "a/b"], ["a", "a/b"]],
    ["comments, blanks and dots are nothing", "# a\n\n  \n.", ["a", "# a"], []],
    ["other characters stand for themselves", "a+(b).c\n\\*", ["a+(b).c", "aab", "*", "x"], ["a+(b).c", "*"]],
  ])("%s", (_, text, paths, expected) => {
    expect(ignored(text, ...paths)).toEqual(expected);
  });
});
