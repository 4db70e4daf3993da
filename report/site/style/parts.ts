import { TALLY_CLASSES } from "../../tally.ts";

/** A mark, a field of the heat map and a part of a bar for each class. */
const classes = TALLY_CLASSES.map(
  (name) => `
.m.${name}, .s.${name} { color: var(--${name}); background: var(--f-${name}); }
.t-${name} { color: var(--${name}); }
.bar .${name} { fill: var(--b-${name}); }
.h.${name} { color: var(--${name}); --deep: var(--b-${name}); }`,
).join("");

/** Marks, tables, filters, cards: what several pages have. */
export const partsStyle = `
.m { display: inline-block; padding: 0 0.45em; border-radius: 4px; font-size: 0.84rem; white-space: nowrap; line-height: 1.5; }
.m b { display: inline-block; min-width: 0.95em; text-align: center; font-weight: 700; }
.s { display: inline-block; width: 1.5em; text-align: center; border-radius: 4px; font-size: 0.84rem; line-height: 1.5; }
${classes}
.bar { display: block; width: 7.5rem; height: 0.6rem; border-radius: 2px; }
.bar.wide { width: 100%; height: 0.75rem; }
.scroll { overflow-x: auto; width: fit-content; max-width: 100%; border: 1px solid var(--line); border-radius: 8px; background: var(--panel); }
.scroll:focus-visible { outline-offset: 0; }
table { border-collapse: collapse; font-size: 0.875rem; }
caption { text-align: left; padding: 0.5rem 0.7rem; color: var(--soft); font-size: 0.85rem; caption-side: top; }
th { text-align: left; font-weight: 600; }
th, td { padding: 0.24rem 0.6rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
tbody tr:last-child > * { border-bottom: 0; }
tbody tr:hover > * { background-color: color-mix(in srgb, var(--link) 5%, transparent); }
thead th { color: var(--soft); font-size: 0.8rem; white-space: nowrap; border-bottom: 1px solid var(--strong); background: var(--panel); }
thead th button { all: unset; cursor: pointer; color: inherit; font: inherit; white-space: nowrap; }
thead th button:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
thead th button:hover { color: var(--ink); }
thead th[aria-sort="ascending"] button::after { content: " ▲"; font-size: 0.7em; }
thead th[aria-sort="descending"] button::after { content: " ▼"; font-size: 0.7em; }
tbody th { font-weight: 500; white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
.z { color: var(--soft); }
td.t-failed { font-weight: 650; }
.wide { width: 100%; }
.scroll:has(> table.wide), .scroll:has(> table.wire) { width: auto; }
.h { text-align: center; padding: 0.24rem 0.15rem; min-width: 2.7rem; font-size: 0.8rem; white-space: nowrap; border-left: 1px solid var(--line); }
th.hh { text-align: center; padding-inline: 0.15rem; border-left: 1px solid var(--line); }
.h0 { color: color-mix(in srgb, var(--pass) 75%, var(--panel)); }
.h1 { background-color: color-mix(in srgb, var(--deep) 9%, transparent); }
.h2 { background-color: color-mix(in srgb, var(--deep) 17%, transparent); }
.h3 { background-color: color-mix(in srgb, var(--deep) 27%, transparent); font-weight: 600; }
.h4 { background-color: color-mix(in srgb, var(--deep) 38%, transparent); font-weight: 650; }
.h.h2, .h.h3, .h.h4 { color: var(--ink); }
.h0.pass { color: var(--pass); opacity: 1; }
.older th, .older td { background-color: var(--sunk); }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 0.4em; font-size: 0.8rem; color: var(--soft); white-space: nowrap; }
.tag.old { border-style: dashed; }
.filters { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; margin: 0.7rem 0; font-size: 0.9rem; }
.filters label { display: inline-flex; align-items: center; gap: 0.35rem; color: var(--soft); }
.filters input[type="search"] { width: 15rem; }
.filters output { margin-left: auto; color: var(--soft); }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(19rem, 1fr)); gap: 0.9rem; margin: 1rem 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; }
.card h2, .card h3 { margin: 0 0 0.4rem; font-size: 0.98rem; }
.card ul { margin: 0.4rem 0; padding: 0; list-style: none; }
.card li { padding: 0.12rem 0; }
.notice { border-left: 4px solid var(--b-unclean); background: var(--f-unclean); color: var(--ink); padding: 0.6rem 1rem; border-radius: 0 6px 6px 0; margin: 1rem 0; }
.notice ul { margin: 0.3rem 0 0; padding-left: 1.2rem; }
.counts { display: flex; flex-wrap: wrap; gap: 0.3rem 1.3rem; margin: 0.3rem 0; padding: 0; list-style: none; }
.counts > li > b { font-size: 1.25rem; font-weight: 650; margin-right: 0.25rem; }
.facts { display: grid; grid-template-columns: max-content 1fr; gap: 0.15rem 1.2rem; margin: 0.6rem 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.rules { list-style: none; padding: 0; margin: 0.6rem 0; display: grid; gap: 0.5rem; }
.rules li { background: var(--panel); border: 1px solid var(--line); border-left: 4px solid var(--b-failed); border-radius: 0 8px 8px 0; padding: 0.5rem 0.9rem; }
.rules p { margin: 0.1rem 0; max-width: none; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 0 1.6rem; align-items: start; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 0.6rem; align-items: center; margin: 0.5rem 0; padding: 0; list-style: none; font-size: 0.9rem; }
.bars { display: grid; grid-template-columns: max-content 1fr max-content; gap: 0.15rem 0.8rem; align-items: center; font-size: 0.9rem; }
.bars .bar { width: 100%; }
.bars > :nth-child(3n) { text-align: right; color: var(--soft); }
.rules .why { color: var(--soft); }
.cases a, .chips a, td small a, .card li a, .facts a { display: inline-block; min-width: 1.6em; min-height: 24px; }
.chips a, td small a { text-align: center; padding-inline: 0.15em; }
.cases a { margin-right: 0.1rem; white-space: nowrap; }
details { margin: 0.6rem 0; }
summary { cursor: pointer; padding: 0.2rem 0; }
details[open] > summary { margin-bottom: 0.4rem; }
.spark { display: inline-block; vertical-align: middle; overflow: visible; }
.spark polyline { fill: none; stroke: var(--soft); stroke-width: 1.3; }
.spark circle { fill: var(--panel); stroke: var(--soft); stroke-width: 1.2; }
.spark circle.last { fill: var(--b-pass); stroke: none; }
.spark circle.last.bad { fill: var(--b-failed); }
.copy { display: flex; gap: 0.5rem; align-items: flex-start; }
.copy pre { flex: 1; margin: 0; }
.badges { display: flex; flex-wrap: wrap; gap: 0.6rem 1.4rem; align-items: center; }
.crumbs { font-size: 0.88rem; color: var(--soft); margin: 0; }
.lead { font-size: 1.02rem; color: var(--soft); max-width: 110ch; }
.group p { max-width: none; }
.dots { display: flex; flex-wrap: wrap; gap: 2px; }
.tables { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
.group { margin: 0.9rem 0; }
.group > h3 { margin-bottom: 0.2rem; }
.chips { display: flex; flex-wrap: wrap; gap: 0.25rem 0.4rem; margin: 0.2rem 0; padding: 0; list-style: none; }
.chips li { font-size: 0.86rem; border: 1px solid var(--line); background: var(--panel); border-radius: 5px; padding: 0 0.45rem; }
.chips a { text-decoration: none; }
.chips a:hover { text-decoration: underline; }
.verdicts td { text-align: center; padding: 0.1rem 0.3rem; border-left: 1px solid var(--line); }
.verdicts td a { text-decoration: none; display: block; min-height: 24px; }
.verdicts thead th { vertical-align: bottom; }
tr:target > *, li:target { background-color: color-mix(in srgb, var(--b-nonStrict) 25%, transparent) !important; }
`;
