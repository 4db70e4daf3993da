import type { Case } from "./case.ts";
import type { Refusal } from "./opening.ts";

/** What a client target asks of the fuzzing server by path and query of its opening handshake. */
export type DriverRequest =
  | { readonly command: "getCaseCount" }
  | { readonly command: "getCaseInfo"; readonly case: Case }
  | { readonly command: "getCaseStatus"; readonly case: Case; readonly agent: string }
  | { readonly command: "runCase"; readonly case: Case; readonly agent: string }
  | { readonly command: "updateReports"; readonly agent: string; readonly shutdown: boolean }
  | { readonly command: "stopServer" }
  /** Any other path: the client will say what to do. */
  | { readonly command: "direct" };

/** Octets of an agent's name that are kept. */
const maxAgent = 1_024;

/** Reads Autobahn's driver URLs. `cases` is what the numbers 1 to N mean. */
export function readDriverRequest(
  resource: string,
  cases: readonly Case[],
): DriverRequest | { readonly refusal: Refusal } {
  const [path = "", query = ""] = resource.split(/\?(.*)/s);
  const params = readQuery(query);
  if (params === null) return refusal;
  const agent = params.get("agent")?.slice(0, maxAgent);
  const wanted = findCase(params, cases);
  switch (path) {
    case "/getCaseCount":
      return { command: "getCaseCount" };
    case "/getCaseInfo":
      return wanted ? { command: "getCaseInfo", case: wanted } : refusal;
    case "/getCaseStatus":
      return wanted && agent ? { command: "getCaseStatus", case: wanted, agent } : refusal;
    case "/runCase":
      return wanted && agent ? { command: "runCase", case: wanted, agent } : refusal;
    case "/updateReports":
      return agent
        ? { command: "updateReports", agent, shutdown: isYes(params.get("shutdownOnComplete")) }
        : refusal;
    case "/stopServer":
      return { command: "stopServer" };
    default:
      return { command: "direct" };
  }
}

const refusal = { refusal: { status: 500, reason: "Internal Server Error" } } as const;

/** Parameters by name; empty values count as missing. Null when a name occurs twice. */
function readQuery(query: string): Map<string, string> | null {
  const params = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (value === "") continue;
    if (params.has(name)) return null;
    params.set(name, value);
  }
  return params;
}

/** By number in the list, or by id (`casetuple`); the number wins. */
function findCase(params: ReadonlyMap<string, string>, cases: readonly Case[]): Case | undefined {
  const number = params.get("case");
  if (number !== undefined) return /^\d+$/.test(number) ? cases[Number(number) - 1] : undefined;
  return cases.find(({ id }) => id === params.get("casetuple"));
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && ["true", "yes"].includes(value.toLowerCase());
}
