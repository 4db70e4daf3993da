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
  const wanted = params && findCase(params, cases);
  if (params === null || wanted === "unknown") return refusal;
  const agent = params.get("agent")?.slice(0, maxAgent);
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

/** What the fuzzing server reads of a query; other names are nobody's business, as often as they occur. */
const known: ReadonlySet<string> = new Set(["agent", "case", "casetuple", "shutdownOnComplete"]);

/** Parameters by name; empty values count as missing. Null when a known name occurs twice. */
function readQuery(query: string): Map<string, string> | null {
  const params = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    if (value === "" || !known.has(name)) continue;
    if (params.has(name)) return null;
    params.set(name, value);
  }
  return params;
}

/**
 * By number in the list, or by id (`casetuple`). The number wins, and 0 is none; but a case that does not exist
 * is refused on every path, also where the other parameter names one that does.
 */
function findCase(params: ReadonlyMap<string, string>, cases: readonly Case[]): Case | undefined | "unknown" {
  const id = params.get("casetuple")?.trim();
  const byId = id === undefined ? undefined : (cases.find((candidate) => candidate.id === id) ?? "unknown");
  const number = params.get("case")?.trim();
  if (number === undefined || byId === "unknown") return byId;
  if (!/^[+-]?\d+$/.test(number)) return "unknown";
  return Number(number) === 0 ? undefined : (cases[Number(number) - 1] ?? "unknown");
}

function isYes(value: string | undefined): boolean {
  return value !== undefined && ["true", "yes"].includes(value.toLowerCase());
}
