import { classify, type VerdictPair } from "../../tally.ts";
import type { Doc, Elem, UserEvent, Win } from "./dom.ts";
import { element, load, markOfClass, siteRoot } from "./elements.ts";

declare const document: Doc;
declare const window: Win;

/** Verdicts of a run, as `data/verdicts` gives them. */
export interface RunVerdicts {
  readonly ids: readonly string[];
  /** What each letter stands for. */
  readonly letters: Readonly<Record<string, VerdictPair>>;
  readonly cells: readonly (readonly [id: string, file: string, letters: string])[];
}

/** A class of the tally, and a verdict in Autobahn's words. */
export type ClassAndWords = readonly [name: string, words: string];

/** What is held against what. */
export interface Side {
  readonly run: string;
  readonly cell: string;
}

/** Fills the form, and follows it and the address. */
export function startCompare(): void {
  const form = document.getElementById("compare");
  if (form === null) return;
  window.addEventListener("popstate", () => readSides(form));
  window.addEventListener("hashchange", () => readSides(form));
  form.addEventListener("input", (event: UserEvent) => {
    const changed = event.target.name;
    const keep = changed.endsWith("-run") ? changed[0]! : null;
    const sides = { a: sideOf(form, "a"), b: sideOf(form, "b") };
    if (keep !== null) fillCells(form, keep, sides[keep as "a" | "b"].cell, () => writeSides(form));
    else writeSides(form);
  });
  document.getElementById("swap")?.addEventListener("click", () => {
    const [a, b] = [sideOf(form, "a"), sideOf(form, "b")];
    setSide(form, "a", b, () => setSide(form, "b", a, () => writeSides(form)));
  });
  readSides(form);
}

/** Sets the form as the address says; without that, the first cell in the last two runs. */
export function readSides(form: Elem): void {
  const state = new URLSearchParams(
    window.location.hash.startsWith("#?") ? window.location.hash.slice(2) : "",
  );
  const runs = Array.from(field(form, "a-run").options).map(({ value }) => value);
  const side = (name: string, run: string | undefined): Side => ({
    run: state.get(`${name}-run`) ?? run ?? "",
    cell: state.get(`${name}-cell`) ?? "",
  });
  setSide(form, "a", side("a", runs[1] ?? runs[0]), () =>
    setSide(form, "b", side("b", runs[0]), () => showDifference(form)),
  );
}

/** A field of the form. */
export function field(form: Elem, name: string): Elem {
  return form.querySelector(`[name="${name}"]`)!;
}

/** What one side of the form says. */
export function sideOf(form: Elem, name: string): Side {
  return { run: field(form, `${name}-run`).value, cell: field(form, `${name}-cell`).value };
}

/** Sets one side, whose cells may have to be loaded first. */
export function setSide(form: Elem, name: string, side: Side, then: () => void): void {
  const runs = field(form, `${name}-run`);
  if (Array.from(runs.options).some(({ value }) => value === side.run)) runs.value = side.run;
  fillCells(form, name, side.cell, then);
}

/** Fills the list of cells with those of the run, and keeps the one that was chosen. */
export function fillCells(form: Elem, name: string, chosen: string, then: () => void): void {
  loadRun(field(form, `${name}-run`).value, (verdicts) => {
    const list = field(form, `${name}-cell`);
    const ids = verdicts.cells.map(([id]) => id);
    list.replaceChildren(...ids.map((id) => element("option", {}, id)));
    const other = sideOf(form, name === "a" ? "b" : "a").cell;
    list.value = ids.includes(chosen) ? chosen : ids.includes(other) ? other : (ids[0] ?? "");
    then();
  });
}

/** The verdicts of a run; none where they were not published. */
export function loadRun(run: string, then: (verdicts: RunVerdicts) => void): void {
  load(`data/verdicts/${run}.js`, (value) =>
    then((value as RunVerdicts | null) ?? { ids: [], letters: {}, cells: [] }),
  );
}

/** Puts the form into the address, and shows what it asks for. */
export function writeSides(form: Elem): void {
  const [a, b] = [sideOf(form, "a"), sideOf(form, "b")];
  const state = new URLSearchParams({ "a-run": a.run, "a-cell": a.cell, "b-run": b.run, "b-cell": b.cell });
  window.history.pushState(null, "", `#?${state.toString()}`);
  showDifference(form);
}

/** Shows in which cases the two sides differ. */
export function showDifference(form: Elem): void {
  const [a, b] = [sideOf(form, "a"), sideOf(form, "b")];
  loadRun(a.run, (left) =>
    loadRun(b.run, (right) => {
      const place = document.getElementById("compared");
      const before = lettersOf(left, a.cell);
      const after = lettersOf(right, b.cell);
      const ids = [...new Set([...before.keys(), ...after.keys()])];
      const differing = ids.filter((id) => before.get(id) !== after.get(id));
      const equal = ids.length - differing.length;
      const summary = element("p", {}, `${equal} of ${ids.length} cases have the same verdict.`);
      const file = right.cells.find(([id]) => id === b.cell)?.[1] ?? "";
      const shown = document.body.dataset["run"] === b.run;
      const rows = differing.map((id) =>
        differenceRow(
          id,
          verdictOf(before.get(id), left.letters),
          verdictOf(after.get(id), right.letters),
          shown ? file : null,
        ),
      );
      const heads = ["Case", `${a.cell} in ${a.run}`, `${b.cell} in ${b.run}`];
      const table = element(
        "table",
        { class: "wide" },
        element(
          "thead",
          {},
          element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head))),
        ),
        element("tbody", {}, ...rows),
      );
      place?.replaceChildren(
        summary,
        ...(rows.length === 0
          ? []
          : [
              element(
                "div",
                { class: "scroll", tabindex: "0", role: "region", "aria-label": "Differences" },
                table,
              ),
            ]),
      );
    }),
  );
}

/** Verdicts by case; what was not asked for is left out. */
export function lettersOf({ ids, cells }: RunVerdicts, cell: string): Map<string, string> {
  const letters = cells.find(([id]) => id === cell)?.[2] ?? "";
  return new Map(
    letters.split("").flatMap((letter, at) => (letter === "." ? [] : [[ids[at] ?? "", letter] as const])),
  );
}

/** A case in which they differ. */
export function differenceRow(
  id: string,
  before: ClassAndWords,
  after: ClassAndWords,
  file: string | null,
): Elem {
  const root = siteRoot();
  const side = ([name, words]: ClassAndWords) =>
    element("td", {}, markOfClass(name), " ", element("small", {}, words));
  const result = file === null ? null : element("a", { href: `${root}result.html#${file}/${id}` }, "proof");
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, element("a", { href: `${root}cases/${id}.html` }, id), " ", result),
    side(before),
    side(after),
  );
}

/** The class and the words of a letter. */
export function verdictOf(letter: string | undefined, letters: RunVerdicts["letters"]): ClassAndWords {
  const verdict = letter === undefined ? undefined : letters[letter];
  if (verdict === undefined) return ["notRun", ""];
  return [classify(verdict), `${verdict.behavior} / ${verdict.behaviorClose}`];
}
