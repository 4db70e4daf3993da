import { html, type Html } from "../../html.ts";
import { address } from "../address.ts";
import type { SiteContext } from "../context.ts";
import type { PairFacts } from "../input.ts";
import { sitePage } from "../layout.ts";
import { cutText, numberText } from "../words.ts";
import { scrollTable } from "../parts/scroll-table.ts";

const path = address.pairs;
const h = html;

/** Every client with every server. */
export function pairsPage({ input }: SiteContext): string {
  const main = html`<h1>Clients and servers</h1>
    <p class="lead">
      Every client talks to every server through a relay that watches: messages of every length field, of both
      types, back and forth.
    </p>
    ${input.pairs.length === 0 ? nothing() : grid(input.pairs)}`;
  return sitePage({ path, title: "Pairs", main }, input);
}

function nothing(): Html {
  return html`<p>
    No pairs were played for this run. <code>wsmatrix pairs --out RUN</code> plays them and puts
    <code>pairs.json</code> beside its files.
  </p>`;
}

function grid(pairs: readonly PairFacts[]): Html {
  const clients = [...new Set(pairs.map(({ client }) => client))];
  const servers = [...new Set(pairs.map(({ server }) => server))];
  const known = new Map(pairs.map((pair) => [JSON.stringify([pair.client, pair.server]), pair]));
  const faulty = pairs.filter((pair) => markOf(pair).style === "failed" || pair.notRun !== null);
  return html`<ul class="chips">
      <li><span class="s pass">✓</span> every talk</li>
      <li><span class="s informational">z</span> every talk, compressed</li>
      <li><span class="s failed">✕</span> not every talk</li>
      <li><span class="s notRun">–</span> not run</li>
    </ul>
    <div class="scroll" tabindex="0" role="region" aria-label="Pairs">
      <table class="pairs">
        <caption>
          Clients in rows, servers in columns
        </caption>
        <thead>
          <tr>
            <th scope="col">Client</th>
            ${servers.map((server) => h`<th scope="col">${server}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${clients.map(
            (
              client,
            ) => h`<tr><th scope="row">${client}</th>${servers.map((server) => field(known.get(JSON.stringify([client, server]))))}</tr>
`,
          )}
        </tbody>
      </table>
    </div>
    <h2>What went wrong</h2>
    ${faulty.length === 0 ? html`<p>Nothing.</p>` : faults(faulty)}`;
}

function markOf(pair: PairFacts): { readonly style: string; readonly glyph: string; readonly word: string } {
  if (pair.notRun !== null) return { style: "notRun", glyph: "–", word: "not run" };
  const good = pair.talks.filter((talk) => talk !== null && talk.fault === null).length;
  if (good < pair.talks.length) {
    return { style: "failed", glyph: "✕", word: `${good} of ${pair.talks.length} talks` };
  }
  const compressed = pair.talks.every((talk) => talk?.deflate !== null);
  return compressed
    ? { style: "informational", glyph: "z", word: "every talk, compressed" }
    : { style: "pass", glyph: "✓", word: "every talk" };
}

function field(pair: PairFacts | undefined): Html {
  if (pair === undefined) return h`<td></td>`;
  const { style, glyph, word } = markOf(pair);
  return h`<td title="${pair.client} with ${pair.server}: ${word}"><span class="s ${style}"><b aria-hidden="true">${glyph}</b><i class="vh">${word}</i></span></td>`;
}

function faults(pairs: readonly PairFacts[]): Html {
  const texts = pairs.flatMap((pair) => faultTexts(pair).map((text) => ({ pair, text })));
  const rows = texts.slice(0, 500).map(
    ({
      pair,
      text,
    }) => h`<tr><th scope="row">${pair.client}</th><td>${pair.server}</td><td>${cutText(text, 400)}</td></tr>
`,
  );
  return scrollTable({ label: "Faults", wide: true, columns: ["Client", "Server", "What"], rows });
}

/** Each kind of fault once, with how many talks had it. */
function faultTexts(pair: PairFacts): readonly string[] {
  if (pair.notRun !== null) return [pair.notRun];
  const kinds = new Map<string, number>();
  for (const talk of pair.talks) {
    const fault = talk === null ? "the client did not ask for a talk" : talk.fault;
    if (fault === null) continue;
    const by = talk?.by ?? null;
    const text = by === null ? fault : `the ${by}: ${fault}`;
    kinds.set(text, (kinds.get(text) ?? 0) + 1);
  }
  return [...kinds].map(([text, times]) => `${text} (${numberText(times)} of ${pair.talks.length} talks)`);
}
