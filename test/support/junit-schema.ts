/**
 * The shape of JUnit's XML on which Jenkins, GitLab and GitHub's viewers agree (the schema that Jenkins publishes for
 * its xUnit plugin), checked with a reader that takes well-formed XML and nothing else.
 */

/** An element: what is inside of it is other elements, or text. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  readonly text: string;
}

interface Rule {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  readonly children: readonly string[];
}

const RULES: Readonly<Record<string, Rule>> = {
  testsuites: {
    required: [],
    optional: ["name", "time", "tests", "failures", "errors", "disabled", "skipped"],
    children: ["testsuite"],
  },
  testsuite: {
    required: ["name", "tests"],
    optional: ["failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"],
    children: ["properties", "testcase", "system-out", "system-err"],
  },
  properties: { required: [], optional: [], children: ["property"] },
  property: { required: ["name", "value"], optional: [], children: [] },
  testcase: {
    required: ["name"],
    optional: ["classname", "time", "assertions", "status"],
    children: ["skipped", "error", "failure", "system-out", "system-err"],
  },
  failure: { required: [], optional: ["message", "type"], children: [] },
  error: { required: [], optional: ["message", "type"], children: [] },
  skipped: { required: [], optional: ["message"], children: [] },
  "system-out": { required: [], optional: [], children: [] },
};

const COUNTS = /^(tests|failures|errors|skipped|disabled)$/;
const FORMS: Readonly<Record<string, RegExp>> = {
  time: /^\d+(\.\d+)?$/,
  timestamp: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/,
};

/** What is wrong with a file, a line each; none for one that every viewer opens. */
export function junitFaults(xml: string): readonly string[] {
  const root = parseXml(xml);
  return root.name === "testsuites" ? faultsIn(root) : [`the root is ${root.name}`];
}

function faultsIn(element: Element): string[] {
  const { name, attributes, children, text } = element;
  const rule = RULES[name];
  if (rule === undefined) return [`there is no element ${name}`];
  const named = Object.keys(attributes);
  return [
    ...rule.required.filter((key) => !named.includes(key)).map((key) => `${name} lacks ${key}`),
    ...named
      .filter((key) => ![...rule.required, ...rule.optional].includes(key))
      .map((key) => `${name} has ${key}`),
    ...named
      .filter((key) => COUNTS.test(key) && !/^\d+$/.test(attributes[key]!))
      .map((key) => `${key} is no number`),
    ...named
      .filter((key) => FORMS[key]?.test(attributes[key]!) === false)
      .map((key) => `${key} has no such form`),
    ...children
      .filter((child) => !rule.children.includes(child.name))
      .map((child) => `${name} holds ${child.name}`),
    ...(rule.children.length > 0 && text.trim() !== "" ? [`${name} holds text`] : []),
    ...(name === "testsuite" ? countFaults(element) : []),
    ...children.flatMap(faultsIn),
  ];
}

/** The counts are those of what is there, unless the suite says that it left some out. */
function countFaults({ attributes, children }: Element): string[] {
  if (children.some(({ name }) => name === "system-out")) return [];
  const cases = children.filter(({ name }) => name === "testcase");
  const holding = (kind: string): number =>
    cases.filter((one) => one.children.some(({ name }) => name === kind)).length;
  const counted = {
    tests: cases.length,
    failures: holding("failure"),
    errors: holding("error"),
    skipped: holding("skipped"),
  };
  return Object.entries(counted).flatMap(([key, count]) =>
    Number(attributes[key]) === count ? [] : [`${key} is ${attributes[key]}, and there are ${count}`],
  );
}

const TOKEN = /<\?xml[^>]*\?>|<\/([\w-]+)>|<([\w-]+)((?:\s+[\w-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads XML with elements, attributes and text alone. @throws it is not well-formed */
export function parseXml(xml: string): Element {
  const top: Element & { children: Element[] } = { name: "", attributes: {}, children: [], text: "" };
  const open: { name: string; attributes: Record<string, string>; children: Element[]; text: string }[] = [
    top,
  ];
  let at = 0;
  for (const match of xml.matchAll(TOKEN)) {
    const [token, end, begin, attributes = "", empty, text] = match;
    at = match.index + token.length;
    if (end !== undefined && open.pop()?.name !== end) throw new Error(`</${end}> closes nothing`);
    if (text !== undefined) open.at(-1)!.text += decode(text);
    if (begin === undefined) continue;
    const element = { name: begin, attributes: attributesOf(attributes), children: [], text: "" };
    open.at(-1)!.children.push(element);
    if (empty === "") open.push(element);
  }
  if (at !== xml.length || open.length !== 1) throw new Error(`no XML from ${xml.slice(at, at + 40)}`);
  if (top.children.length !== 1) throw new Error(`${top.children.length} roots`);
  return top.children[0]!;
}

function attributesOf(text: string): Record<string, string> {
  const found = [...text.matchAll(/([\w-]+)="([^"]*)"/g)].map(
    ([, name, value]) => [name!, decode(value!)] as const,
  );
  if (new Set(found.map(([name]) => name)).size < found.length)
    throw new Error(`an attribute twice: ${text}`);
  return Object.fromEntries(found);
}

function decode(text: string): string {
  // eslint-disable-next-line no-control-regex -- what XML 1.0 forbids (section 2.2)
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/.test(text) || !text.isWellFormed()) {
    throw new Error("a character that XML cannot hold");
  }
  return text.replaceAll(/&([^;]*);|&/g, (whole, name: string | undefined) => {
    const character = name === undefined ? undefined : ENTITIES[name];
    if (character === undefined) throw new Error(`no entity: ${whole}`);
    return character;
  });
}
