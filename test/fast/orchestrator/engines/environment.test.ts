import { delimiter, dirname } from "node:path";
import { realpathSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  findProgram,
  installEnvironment,
  runEnvironment,
} from "../../../../orchestrator/engines/environment.ts";

const OURS = {
  PATH: "/nowhere",
  HOME: "/home/me",
  LC_ALL: "C.UTF-8",
  LC_TOKEN: "t",
  JAVA_HOME: "/jdk",
  GITHUB_TOKEN: "t",
  AWS_SECRET_ACCESS_KEY: "t",
  CARGO_REGISTRY_TOKEN: "t",
  GOPROXY: "https://proxy.example",
  https_proxy: "http://proxy.example",
  npm_config_registry: "https://registry.example",
  npm_config_local_prefix: "/clone",
  npm_lifecycle_event: "test",
  NODE_OPTIONS: "--inspect",
};

describe("the environment of a target", () => {
  it("holds what programs need and nothing that is ours", () => {
    expect(Object.keys(runEnvironment(OURS)).toSorted()).toEqual(["HOME", "JAVA_HOME", "LC_ALL", "PATH"]);
  });

  it("holds the way to the registries while installing, and no token", () => {
    const env = installEnvironment(OURS);
    expect(env).toMatchObject({
      GOPROXY: "https://proxy.example",
      https_proxy: "http://proxy.example",
      npm_config_registry: "https://registry.example",
      GIT_TERMINAL_PROMPT: "0",
    });
    const rest = [
      "GITHUB_TOKEN",
      "AWS_SECRET_ACCESS_KEY",
      "CARGO_REGISTRY_TOKEN",
      "LC_TOKEN",
      "npm_config_local_prefix",
    ];
    for (const name of [...rest, "npm_lifecycle_event", "NODE_OPTIONS"]) expect(env).not.toHaveProperty(name);
  });

  it("has our Node on PATH, and the rest of PATH as it was where that is our Node already", () => {
    const ours = dirname(process.execPath);
    const found = findProgram("node", runEnvironment(OURS).PATH ?? "", "/");
    expect(found && realpathSync(found)).toBe(realpathSync(process.execPath));
    const path = ["/nowhere", ours, "/elsewhere"].join(delimiter);
    expect(runEnvironment({ PATH: path }).PATH).toBe(path);
  });
});

describe("findProgram", () => {
  it("looks on the path that it is given, and for executables only", () => {
    expect(findProgram("node", dirname(process.execPath), "/")).toBe(process.execPath);
    expect(findProgram("node", "/nowhere", "/")).toBeNull();
    expect(findProgram("package.json", process.cwd(), "/")).toBeNull();
  });

  it("takes a path from the folder of the program", () => {
    expect(findProgram("./node", "/nowhere", dirname(process.execPath))).toBe(process.execPath);
    expect(findProgram(process.execPath, "", "/")).toBe(process.execPath);
  });
});
