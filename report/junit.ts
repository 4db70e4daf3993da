import type { Verdict } from "../fuzzer/record.ts";

/** One case of a suite of {@link junitXml}. */
export interface JunitCase {
  readonly id: string;
  readonly title: string;
  /** Null when it was not run. */
  readonly verdict: Verdict | null;
  /** Milliseconds. */
  readonly duration: number;
  /** Nobody lets this verdict through. */
  readonly fails: boolean;
  /** The command that plays it again, shown where it fails. */
  readonly command?: string;
}

/** Something beside the cases that a viewer is to show: a target that could not be tested. */
export interface JunitFault {
  readonly name: string;
  readonly kind: "error" | "skipped";
  readonly message: string;
  /** What may explain it, such as the end of a log. */
  readonly text: string;
}

/** The cases of one target or agent. */
export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
  readonly faults?: readonly JunitFault[];
  /** Facts of the suite, by name. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly startedAt?: number | null;
}

/** How long a file may become. */
export interface JunitLimits {
  /** Test cases. Default 40,000: GitLab gives a file up at 250,000 nodes, and a case has up to six. */
  readonly cases?: number;
  /** Octets. Default 9,000,000: GitLab reads files of up to 10 MB. */
  readonly octets?: number;
}

/** Characters of a message at the most: viewers and services cut longer ones, or refuse the file. */
const maxMessage = 1_000;

/**
 * Verdicts as JUnit's XML. A case that was not run is an error, so that it cannot pass unseen; one whose subject the
 * target does not implement is skipped. In a file that would become too long, cases that pass are left out, those of
 * the last suites first, and each suite says how many.
 */
export function junitXml(suites: readonly JunitSuite[], limits: JunitLimits = {}): string {
  const left = { cases: limits.cases ?? 40_000, octets: limits.octets ?? 9_000_000 };
  const written = suites.map(({ cases, faults = [] }) => {
    return { faults: faults.map(faultXml), cases: cases.map((one) => ({ xml: "", one })) };
  });
  for (const first of [true, false]) {
    for (const [index, { name }] of suites.entries()) {
      for (const entry of written[index]!.cases) {
        if (needsTelling(entry.one) === first) entry.xml = fitting(caseXml(name, entry.one), left);
      }
    }
  }
  const body = suites.map((suite, index) => suiteXml(suite, written[index]!)).join("");
  const totals = attributesXml({ name: "wsmatrix", ...countsOf(suites) });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${totals}>\n${body}</testsuites>\n`;
}

/** What nobody may miss. */
function needsTelling({ verdict, fails }: JunitCase): boolean {
  return verdict === null || fails;
}

/** The text, or nothing where there is no room left for it. */
function fitting(xml: string, left: { cases: number; octets: number }): string {
  const octets = Buffer.byteLength(xml);
  if (left.cases < 1 || left.octets < octets) return "";
  left.cases -= 1;
  left.octets -= octets;
  return xml;
}

function countsOf(suites: readonly JunitSuite[]): Readonly<Record<string, string | number>> {
  const count = (test: (one: JunitCase) => boolean): number =>
    suites.reduce((sum, { cases }) => sum + cases.filter(test).length, 0);
  const faults = suites.flatMap(({ faults: some = [] }) => some);
  const time = suites.reduce((sum, { cases }) => sum + cases.reduce((ms, one) => ms + one.duration, 0), 0);
  return {
    tests: count(() => true) + faults.length,
    failures: count((one) => one.verdict !== null && one.fails),
    errors: count((one) => one.verdict === null) + faults.filter(({ kind }) => kind === "error").length,
    skipped: count(isSkipped) + faults.filter(({ kind }) => kind === "skipped").length,
    time: seconds(time),
  };
}

function suiteXml(
  suite: JunitSuite,
  written: { readonly faults: readonly string[]; readonly cases: readonly { readonly xml: string }[] },
): string {
  const { name, properties = {}, startedAt = null } = suite;
  const attributes = {
    name,
    ...countsOf([suite]),
    ...(startedAt === null ? {} : { timestamp: new Date(startedAt).toISOString().slice(0, 19) }),
  };
  const facts = Object.entries(properties)
    .map(([key, value]) => `      <property${attributesXml({ name: key, value })}/>\n`)
    .join("");
  const body = [...written.faults, ...written.cases.map(({ xml }) => xml)].join("");
  const missing = written.cases.filter(({ xml }) => xml === "").length;
  const note =
    missing === 0
      ? ""
      : `    <system-out>${missing} of these cases are counted and left out, so that the file does not become too long.</system-out>\n`;
  const head = facts === "" ? "" : `    <properties>\n${facts}    </properties>\n`;
  return `  <testsuite${attributesXml(attributes)}>\n${head}${body}${note}  </testsuite>\n`;
}

function faultXml({ name, kind, message, text }: JunitFault): string {
  const open = `    <testcase${attributesXml({ classname: name, name: "the target itself", time: seconds(0) })}>`;
  return `${open}<${kind}${attributesXml({ message })}>${escapeXml(text)}</${kind}></testcase>\n`;
}

function caseXml(suite: string, one: JunitCase): string {
  const attributes = { classname: suite, name: `${one.id} ${one.title}`, time: seconds(one.duration) };
  const inner = outcomeXml(one);
  const open = `    <testcase${attributesXml(attributes)}`;
  return inner === "" ? `${open}/>\n` : `${open}>${inner}</testcase>\n`;
}

function outcomeXml(one: JunitCase): string {
  if (one.verdict === null) return `<error message="not run"/>`;
  const { behavior, behaviorClose, result, resultClose } = one.verdict;
  if (one.fails) {
    const message = `${behavior} / ${behaviorClose}`;
    const repeat = one.command === undefined ? "" : `\nrepeat: ${one.command}`;
    const text = escapeXml(`${result}\n${resultClose}${repeat}`);
    return `<failure${attributesXml({ message, type: behavior })}>${text}</failure>`;
  }
  return isSkipped(one) ? `<skipped${attributesXml({ message: result })}/>` : "";
}

function isSkipped({ verdict, fails }: JunitCase): boolean {
  return verdict?.behavior === "UNIMPLEMENTED" && !fails;
}

function attributesXml(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** Text for an element or attribute; what XML 1.0 cannot hold (section 2.2) becomes U+FFFD. */
function escapeXml(text: string): string {
  const sound = text.slice(0, maxMessage).toWellFormed();
  // eslint-disable-next-line no-control-regex -- exactly the characters that XML 1.0 forbids
  const allowed = sound.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd");
  return allowed.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
