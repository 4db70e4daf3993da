import { type Engine, type Exit, PrepareError, StartError } from "./engine.ts";

/** Servers that run somewhere already: nothing is made, started or ended. */
export function remoteEngine(): Engine {
  return {
    name: "remote",
    prepare: async (target, { signal }) => {
      signal.throwIfAborted();
      if (target.kind === "url") return { target, digest: target.url, cached: true, duration: 0 };
      throw new PrepareError(
        "skipped",
        `${target.name} has no URL: the remote engine does not start programs`,
      );
    },
    start: async ({ target }, { role, signal }) => {
      signal.throwIfAborted();
      if (target.kind !== "url")
        throw new StartError(`${target.name} has no URL: the remote engine starts no programs`);
      if (role === "client") throw new StartError(clientRefusal(target.name));
      return {
        url: target.url,
        exited: new Promise<Exit>(() => {}),
        logTail: () => "",
        stop: async () => {},
      };
    },
    sweep: async () => [],
  };
}

function clientRefusal(name: string): string {
  return (
    `${name} is a URL, and nothing that listens there can be told to dial us: ` +
    "to test a client that you start yourself, run `wstest -m fuzzingserver` and point the client at it"
  );
}
