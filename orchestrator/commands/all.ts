import type { Command } from "commander";

import type { CommandContext } from "./context.ts";

type Adder = (program: Command, context: CommandContext) => void;

/**
 * All commands, in the order of the help. What a command needs is loaded when it is asked for: all of it together takes
 * longer to load than the smaller commands run.
 */
export const commands: Readonly<Record<string, () => Promise<Adder>>> = {
  run: async () => (await import("./run.ts")).addRun,
  plan: async () => (await import("./plan.ts")).addPlan,
  build: async () => (await import("./build.ts")).addBuild,
  merge: async () => (await import("./merge.ts")).addMerge,
  list: async () => (await import("./list.ts")).addList,
  case: async () => (await import("./case.ts")).addCase,
  compare: async () => (await import("./compare.ts")).addCompare,
  scenarios: async () => (await import("./scenarios.ts")).addScenarios,
  pairs: async () => (await import("./pairs.ts")).addPairs,
  fuzz: async () => (await import("./fuzz.ts")).addFuzz,
  selfcheck: async () => (await import("./selfcheck.ts")).addSelfCheck,
  site: async () => (await import("./site.ts")).addSite,
  serve: async () => (await import("./serve.ts")).addServe,
  show: async () => (await import("./show.ts")).addShow,
  report: async () => (await import("./report.ts")).addReport,
  baseline: async () => (await import("./baseline.ts")).addBaseline,
  doctor: async () => (await import("./doctor.ts")).addDoctor,
  "new-target": async () => (await import("./new-target.ts")).addNewTarget,
  wstest: async () => (await import("./wstest.ts")).addWstest,
  completion: async () => (await import("./completion.ts")).addCompletion,
};

/** Commands that speak of the others. */
const aboutAll: ReadonlySet<string> = new Set(["help", "completion"]);

/** Adds the command that is asked for; all of them, where it is not known which that is. */
export async function addCommands(program: Command, context: CommandContext): Promise<void> {
  const [name = ""] = context.argv;
  const asked =
    Object.hasOwn(commands, name) && !aboutAll.has(name) ? [commands[name]!] : Object.values(commands);
  for (const add of await Promise.all(asked.map((load) => load()))) add(program, context);
}
