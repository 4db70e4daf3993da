/** Which URLs fit: only a listener's may have port 0, only a destination's may have a query. */
export type UrlUse = "listen" | "dial";

/** What is wrong with a `ws:` or `wss:` URL. */
export interface UrlFault {
  readonly message: string;
  readonly remedy?: string;
}

/** What is wrong with a URL of the command line or of a spec file; null when nothing is. */
export function urlFault(text: string, use: UrlUse): UrlFault | null {
  if (!/^wss?:\/\//i.test(text)) {
    return {
      message: `\`${text}\` does not begin with ws:// or wss://`,
      remedy: `write \`${likely(text)}\``,
    };
  }
  if (!URL.canParse(text))
    return { message: `\`${text}\` is not a URL`, remedy: `write it like \`${example}\`` };
  const { hash, port, search } = new URL(text);
  if (hash !== "") return { message: `\`${text}\` has a fragment (#)`, remedy: "take it out" };
  if (use === "dial" && port === "0") return { message: `\`${text}\` cannot be connected to: port 0` };
  if (use === "listen" && search !== "")
    return { message: `\`${text}\` has a query, which a server cannot have`, remedy: "take it out" };
  return null;
}

const example = "ws://127.0.0.1:9001";

/** The URL that was meant: http for ws, or no scheme at all. */
function likely(text: string): string {
  const meant = /^https?:\/\//i.test(text) ? text.replace(/^http/i, "ws") : `ws://${text}`;
  return URL.canParse(meant) ? meant : example;
}
