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
}

/** The cases of one target or agent. */
export interface JunitSuite {
  readonly name: string;
  readonly cases: readonly JunitCase[];
}

/** Characters of a message at the most: viewers and services cut longer ones, or refuse the file. */
const maxMessage = 1_000;

/**
 * Verdicts as JUnit's XML. A case that was not run is an error, so that it cannot pass unseen; one whose subject the
 * target does not implement is skipped.
 */
export function junitXml(suites: readonly JunitSuite[]): string {
  const body = suites.map(suiteXml).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="wsmatrix">\n${body}</testsuites>\n`;
}

function suiteXml({ name, cases }: JunitSuite): string {
  const count = (test: (one: JunitCase) => boolean) => cases.filter(test).length;
  const attributes = {
    name,
    tests: cases.length,
    failures: count((one) => one.verdict !== null && one.fails),
    errors: count((one) => one.verdict === null),
    skipped: count(isSkipped),
    time: seconds(cases.reduce((sum, one) => sum + one.duration, 0)),
  };
  const body = cases.map((one) => caseXml(name, one)).join("");
  return `  <testsuite${attributesXml(attributes)}>\n${body}  </testsuite>\n`;
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
    return `<failure${attributesXml({ message, type: behavior })}>${escapeXml(`${result}\n${resultClose}`)}</failure>`;
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
