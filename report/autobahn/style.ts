/** Style sheets of the report's pages. Light or dark as the reader's system is. */

/** What both kinds of page share. Colours of verdicts are set apart. */
export const baseStyle = `
:root { color-scheme: light dark;
  --page: light-dark(#fff, #16181c); --text: light-dark(#1d2127, #dfe2e7); --faint: light-dark(#5b636e, #9aa3ae);
  --line: light-dark(#d5d9df, #353a42); --panel: light-dark(#f4f5f7, #1f2227); --link: light-dark(#0b57a8, #8ab8f0);
  --green: light-dark(#d8f0dc, #16402a); --lime: light-dark(#e9f3c9, #3a4314); --amber: light-dark(#fdeebf, #4d3c0b);
  --blue: light-dark(#d9e8fb, #17375c); --red: light-dark(#f9cdc9, #6b1f1c); --grey: light-dark(#e6e8eb, #31353b); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 120rem; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .2rem; } p { margin: .3rem 0; max-width: 60rem; }
a { color: var(--link); } :target { outline: 2px solid var(--link); outline-offset: 2px; }
code, pre, .wire { font: 13px/1.45 ui-monospace, monospace; }
pre { margin: .3rem 0; padding: .6rem; background: var(--panel); border: 1px solid var(--line);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.faint { color: var(--faint); } .scroll { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .15rem .5rem; text-align: left; }
th { font-weight: 600; background: var(--panel); }
@media print { body { max-width: none; padding: 0; } }
`;

/** Words in the colour of what they say. \`case_failed\` has its one rule elsewhere: {@link failedStyle}. */
export const verdictStyle = `
.case_ok { background: var(--green); } .case_almost { background: var(--lime); }
.case_non_strict { background: var(--amber); } .case_info { background: var(--blue); }
.case_unimplemented, .case_missing { background: var(--grey); }
`;

/** The rule for failures. Scripts count its class in the index, where it must stand exactly once. */
export const failedStyle = `.case_failed { background: var(--red); font-weight: 600; }
`;

/** The index. */
export const indexStyle = `
.results th[scope=row] { position: sticky; left: 0; font-weight: 400; white-space: nowrap; }
.results tr.chapter th { background: var(--page); border-color: transparent; padding-top: 1rem; font-size: 1.05rem; }
.results td { white-space: nowrap; } .results td.close { font-variant-numeric: tabular-nums; }
.results td small { color: var(--faint); }
body:has(#hide-close:checked) td.close { display: none; }
.legend td:first-child { white-space: nowrap; }
.cases section { border-top: 1px solid var(--line); padding: .3rem 0; }
`;

/** The page of a case. */
export const caseStyle = `
.verdict { display: inline-block; padding: .05rem .6rem; border: 1px solid var(--line); border-radius: .3rem; }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0; }
dl.facts dt { color: var(--faint); } dl.facts dd { margin: 0; }
ol.events { margin: .2rem 0; padding-left: 1.6rem; overflow-wrap: anywhere; }
.tables { display: flex; flex-wrap: wrap; gap: 1.5rem; align-items: flex-start; } caption { text-align: left; }
.tables td { text-align: right; font-variant-numeric: tabular-nums; }
ol.wire { padding-left: 4.5rem; margin: .3rem 0; background: var(--panel); border: 1px solid var(--line); }
ol.wire li { padding: .05rem .5rem; overflow-wrap: anywhere; white-space: pre-wrap; }
ol.wire .t { margin-right: .5rem; display: inline-block; width: 6.5rem; text-align: right; color: var(--faint); }
ol.wire .received { background: var(--blue); } ol.wire .sent { background: var(--green); }
ol.wire .timer { background: var(--amber); } ol.wire .violation { background: var(--red); }
ol.wire .end { background: var(--grey); list-style: none; white-space: normal; }
`;
