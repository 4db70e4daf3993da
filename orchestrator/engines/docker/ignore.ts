/**
 * Reads a `.dockerignore`: says of a path, relative to the context and with `/`, whether it is left out of the
 * context. The last line that fits decides; a line that fits a folder fits all that is in it.
 */
export function readIgnoreFile(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map(ruleOf);
  return (path) => rules.reduce((ignored, rule) => (rule.pattern.test(path) ? rule.ignores : ignored), false);
}

interface Rule {
  readonly ignores: boolean;
  readonly pattern: RegExp;
}

function ruleOf(line: string): Rule {
  const ignores = !line.startsWith("!");
  const path = (ignores ? line : line.slice(1).trim()).replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  return { ignores, pattern: new RegExp(`^${expressionOf(path)}(/.*)?$`, "su") };
}

/** `**` is any folders, `*` and `?` are no slash, `[...]` is a set, and a backslash quotes. */
function expressionOf(path: string): string {
  return path.replaceAll(
    /\*\*\/|\*\*|\*|\?|\[\^?[^\]]*\]|\\.|[^*?[\\]/gu,
    (token) => TOKENS[token] ?? literalOf(token),
  );
}

const TOKENS: Readonly<Record<string, string>> = { "**/": "(.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]" };

function literalOf(token: string): string {
  if (token.startsWith("[") && token.length > 1) return token;
  const char = token.startsWith("\\") && token.length > 1 ? token.slice(1) : token;
  return char.replaceAll(/[$()*+./?[\\\]^{|}]/gu, String.raw`\$&`);
}
