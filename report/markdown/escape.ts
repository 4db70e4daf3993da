import { escapeHtml } from "../html.ts";
import { escapeTerminal } from "../escape.ts";

/**
 * Foreign text on its way into Markdown that is rendered as GitHub does it.
 *
 * Inside of `<code>`, no name is mentioned, no number of an issue and no address becomes a link. Characters that
 * mean something in Markdown are written as numbers there, since Markdown is still read inside of inline HTML.
 *
 * @param cap characters of the text that are kept
 */
export function codeSpan(text: string, cap = 200): string {
  return `<code>${escapeMarkdown(text, cap)}</code>`;
}

/** The same for a text of ours, such as the title of a case, which needs no `<code>` around it. */
export function escapeMarkdown(text: string, cap = 200): string {
  const harmless = escapeHtml(escapeTerminal(text, cap)).replaceAll(/(?<=www)\./gi, asNumber);
  return harmless.replaceAll(/[!$*:@[\\\]^_`|~]/g, asNumber);
}

/** Foreign text as a block of code, with a fence that nothing in it can close. Line ends stay. */
export function codeBlock(text: string, language: "sh" | "text", cap = 2000): string {
  const lines = text
    .slice(0, cap)
    .split(/\r\n|[\r\n]/)
    .map((line) => escapeTerminal(line, cap));
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${lines.join("\n")}\n${fence}\n`;
}

function asNumber(character: string): string {
  return `&#${character.codePointAt(0) ?? 0};`;
}
