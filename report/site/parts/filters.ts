import { html, type Html } from "../../html.ts";
import type { SiteContext } from "../context.ts";

/** What narrows the table of cells; the script shows it, and keeps its state in the address. */
export function cellFilters({ run, factsOf, diff }: SiteContext): Html {
  const languages = new Set(run.cells.flatMap(({ target }) => factsOf(target)?.language ?? []));
  const variants = new Set(run.cells.map(({ variant }) => variant));
  return html`<form class="filters" data-filters="cells" data-needs-script hidden>
    <input
      type="search"
      data-key="text"
      name="q"
      placeholder="Target, version, language"
      aria-label="Target, version or language"
    />
    ${choice("language", "Language", [...languages].toSorted())}
    ${choice("role", "Role", ["server", "client"])} ${choice("variant", "Variant", [...variants].toSorted())}
    <label><input type="checkbox" name="older" data-unless="newest" /> older versions</label>
    <label><input type="checkbox" name="variants" data-unless="plain" /> other variants</label>
    <label><input type="checkbox" name="deflate" data-key="deflate" /> with compression</label>
    <label><input type="checkbox" name="tls" data-key="tls" /> with TLS</label>
    <label><input type="checkbox" name="failing" data-key="failing" /> only failing</label>
    ${diff !== null && html`<label><input type="checkbox" name="changed" data-key="changed" /> only changed</label>`}
    <button type="reset">Clear</button>
    <output aria-live="polite"></output>
  </form>`;
}

/** A choice of one value, or of all. */
export function choice(key: string, label: string, values: readonly string[]): Html {
  return html`<select name="${key}" data-key="${key}" aria-label="${label}">
    <option value="">${label}: any</option>
    ${values.map((value) => html`<option>${value}</option>`)}
  </select>`;
}
