import { describe, expect, it } from "vitest";

import type { Cell } from "../../../../orchestrator/config/plan.ts";
import type { Variant } from "../../../../orchestrator/config/matrix-schema.ts";
import { type Running, StartError } from "../../../../orchestrator/engines/engine.ts";
import { ListenError } from "../../../../orchestrator/place/fuzzer.ts";
import { startReachable } from "../../../../orchestrator/play/reachable.ts";
import type { Seated, TargetSetup } from "../../../../orchestrator/play/seated.ts";

const way = { host: "127.0.0.1", port: 2, resource: "/echo" };

/** A place in which what is done is noted. */
function placeFor(variant: Variant, fault: Error | null = null) {
  const deeds: string[] = [];
  const running: Running = {
    url: "ws://192.0.2.1:1/echo",
    exited: new Promise(() => {}),
    logTail: () => "log",
    stop: async () => void deeds.push("stopped"),
  };
  const fuzzer = {
    async overHttp2({ host, port }: { host: string; port: number }) {
      deeds.push(`way to ${host}:${port}`);
      if (fault !== null) throw fault;
      return { destination: way, check: () => deeds.push("checked"), close: () => deeds.push("closed") };
    },
  };
  const seated = {
    setup: { cell: { variant, role: "server" } as unknown as Cell, signal: new AbortController().signal },
    seat: { fuzzer, start: async () => running },
    certificates: null,
  } as unknown as Seated<TargetSetup>;
  return { deeds, seated };
}

describe("a server target that was started", () => {
  it("is reached itself, over HTTP/1.1", async () => {
    const { deeds, seated } = placeFor("plain");
    const { running, destination, direct } = await startReachable(seated);
    expect([destination.host, direct]).toEqual(["192.0.2.1", undefined]);
    await running.stop();
    expect(deeds).toEqual(["stopped"]);
  });

  it.each(["h2", "h2c"] as const)(
    "is reached over HTTP/2 (%s) for as long as it is not stopped",
    async (variant) => {
      const { deeds, seated } = placeFor(variant);
      const reachable = await startReachable(seated);
      const { running, destination, direct } = reachable;
      expect(destination).toEqual(way);
      expect(direct).toMatchObject({ host: "192.0.2.1", port: 1, resource: "/echo" });
      reachable.check?.();
      expect(running.logTail()).toBe("log");
      await running.stop();
      expect(deeds).toEqual(["way to 192.0.2.1:1", "checked", "closed", "stopped"]);
    },
  );

  it("is stopped when the way cannot be made", async () => {
    const none = placeFor("h2c", new ListenError("the gateway to HTTP/2: no room"));
    await expect(startReachable(none.seated)).rejects.toThrow(StartError);
    const aborted = placeFor("h2c", new Error("interrupted"));
    await expect(startReachable(aborted.seated)).rejects.toThrow("interrupted");
    for (const { deeds } of [none, aborted]) expect(deeds).toEqual(["way to 192.0.2.1:1", "stopped"]);
  });
});
