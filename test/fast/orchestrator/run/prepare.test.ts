import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { plan } from "../../../../orchestrator/config/plan.ts";
import { fakeEngine } from "../../../../orchestrator/engines/fake.ts";
import { EventLog } from "../../../../orchestrator/results/events.ts";
import { preparationKey, prepareTargets } from "../../../../orchestrator/run/prepare.ts";
import { temporaryFolder } from "../run-samples.ts";
import { parseMatrix, targetList } from "../samples.ts";

describe("preparing the targets of a run", () => {
  it("takes two programs of one name for two targets", async () => {
    const cells = plan(
      parseMatrix(
        "{ name: mine, command: ./server, roles: [server] }",
        "{ name: mine, command: ./client, roles: [client] }",
      ),
      targetList(),
    );
    const engine = fakeEngine({ behave: () => ({ does: "neverGetReady" }) });
    using log = EventLog.open(join(temporaryFolder(), "events.jsonl"));
    const prepared = prepareTargets(cells, () => engine, log, new AbortController().signal);
    const commands = await Promise.all(
      cells.map(async ({ target }) => {
        const preparation = await prepared.get(preparationKey(target));
        if (preparation?.ok !== true || preparation.prepared.target.kind !== "command") return null;
        return preparation.prepared.target.command;
      }),
    );
    expect(commands).toEqual(["./server", "./client"]);
    expect(engine.calls).toHaveLength(2);
  });

  it("prepares a target once for all its cells", async () => {
    const cells = plan(parseMatrix("{ name: mine, command: ./both, roles: [server, client] }"), targetList());
    const engine = fakeEngine({ behave: () => ({ does: "neverGetReady" }) });
    using log = EventLog.open(join(temporaryFolder(), "events.jsonl"));
    const prepared = prepareTargets(cells, () => engine, log, new AbortController().signal);
    await Promise.all(prepared.values());
    expect(engine.calls).toHaveLength(1);
  });
});
