/** The grammar of Sec-WebSocket-Extensions (RFC 6455 section 9.1), read tolerantly. */

/** One element of the header: an extension with its parameters in order. */
export interface Extension {
  /** In lower case. */
  readonly name: string;
  readonly params: readonly ExtensionParam[];
}

export interface ExtensionParam {
  /** In lower case. */
  readonly name: string;
  /** Without surrounding quotes; null when there is no `=`. */
  readonly value: string | null;
}

/** Splits a header value; quoted strings may hold commas and semicolons. Empty elements are left out. */
export function parseExtensions(header: string): Extension[] {
  return splitOutsideQuotes(header, ",")
    .map((element) => splitOutsideQuotes(element, ";").map((part) => part.trim()))
    .filter((parts) => parts[0] !== undefined && parts[0] !== "")
    .map(([name, ...params]) => ({
      name: name!.toLowerCase(),
      params: params.filter(Boolean).map(parseParam),
    }));
}

/** The header value of a list of extensions. Values are written as they are. */
export function formatExtensions(extensions: readonly Extension[]): string {
  const param = ({ name, value }: ExtensionParam) => (value === null ? name : `${name}=${value}`);
  return extensions.map(({ name, params }) => [name, ...params.map(param)].join("; ")).join(", ");
}

function parseParam(text: string): ExtensionParam {
  const equals = text.indexOf("=");
  if (equals < 0) return { name: text.toLowerCase(), value: null };
  const value = text.slice(equals + 1).trim();
  return { name: text.slice(0, equals).trim().toLowerCase(), value: unquote(value) };
}

function unquote(text: string): string {
  const quoted = text.length >= 2 && text.startsWith('"') && text.endsWith('"');
  return quoted ? text.slice(1, -1).replaceAll(/\\(.)/g, "$1") : text;
}

function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && quoted) i++;
    else if (text[i] === '"') quoted = !quoted;
    else if (text[i] === separator && !quoted) {
      parts.push(text.slice(begin, i));
      begin = i + 1;
    }
  }
  parts.push(text.slice(begin));
  return parts;
}
