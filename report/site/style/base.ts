/** Colours, type and the frame of every page. States have a colour for text, one for a field and one for ink on it. */
export const baseStyle = `
:root {
  color-scheme: light dark;
  --bg: light-dark(#fafaf8, #121417);
  --panel: light-dark(#ffffff, #191c21);
  --sunk: light-dark(#f2f2ef, #0d0f11);
  --ink: light-dark(#1c2024, #e3e6ea);
  --soft: light-dark(#565d66, #9ba4af);
  --line: light-dark(#e2e2dd, #2a2f36);
  --strong: light-dark(#c9c9c2, #3b424c);
  --link: light-dark(#1a56a8, #86b7fb);
  --focus: light-dark(#1a56a8, #86b7fb);
  --pass: light-dark(#1c6b40, #67cf97);
  --nonStrict: light-dark(#6d5c00, #d8c34a);
  --informational: light-dark(#235a9f, #82b4f5);
  --unclean: light-dark(#97450a, #f0a05e);
  --unimplemented: light-dark(#5f5a78, #aea8cc);
  --failed: light-dark(#b3182b, #ff8a8f);
  --notRun: light-dark(#62676e, #8f97a1);
  --f-pass: light-dark(#dff0e5, #16301f);
  --f-nonStrict: light-dark(#f6efc4, #322c0c);
  --f-informational: light-dark(#e1ecf9, #152740);
  --f-unclean: light-dark(#fbe6d3, #3a2411);
  --f-unimplemented: light-dark(#e9e7f1, #262433);
  --f-failed: light-dark(#fbdfe0, #431a1f);
  --f-notRun: light-dark(#ececea, #24282d);
  --b-pass: light-dark(#58a97b, #3c8d60);
  --b-nonStrict: light-dark(#d6bd3a, #a3901f);
  --b-informational: light-dark(#77a7dd, #4a7ab3);
  --b-unclean: light-dark(#e08b42, #b86a25);
  --b-unimplemented: light-dark(#aaa4c4, #635d80);
  --b-failed: light-dark(#cc3140, #d4525d);
  --b-notRun: light-dark(#cfcfca, #3f464f);
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Segoe UI Mono", "Roboto Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace;
}
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body {
  margin: 0; background: var(--bg); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.65rem; font-weight: 650; letter-spacing: -0.015em; margin: 0.2rem 0 0.4rem; }
h2 { font-size: 1.15rem; font-weight: 650; margin: 2.2rem 0 0.6rem; }
h3 { font-size: 0.98rem; font-weight: 650; margin: 1.4rem 0 0.4rem; }
p { margin: 0.4rem 0; max-width: 75ch; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
code, pre, kbd, .mono { font-family: var(--mono); font-size: 0.875em; }
pre {
  background: var(--sunk); border: 1px solid var(--line); border-radius: 6px; padding: 0.7rem 0.9rem; margin: 0.5rem 0;
  overflow: auto; max-height: 32rem; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45;
}
.faint, small { color: var(--soft); }
small { font-size: 0.85em; }
bdi { overflow-wrap: anywhere; }
.vh { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999px; top: 0; padding: 0.5rem 1rem; background: var(--panel); z-index: 9; }
.skip:focus { left: 0.5rem; top: 0.5rem; }
[hidden] { display: none !important; }
.top {
  display: flex; flex-wrap: wrap; align-items: center; gap: 0.3rem 1.6rem; padding: 0.55rem clamp(0.8rem, 3vw, 2.2rem);
  background: var(--panel); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 5;
}
.brand { display: inline-flex; align-items: center; gap: 0.45rem; font-weight: 700; color: var(--ink); text-decoration: none; letter-spacing: -0.01em; }
.brand svg { width: 18px; height: 18px; fill: none; stroke: var(--link); stroke-width: 2; stroke-linejoin: round; }
.top ul { display: flex; flex-wrap: wrap; gap: 0.1rem 0.2rem; list-style: none; margin: 0; padding: 0; }
.top nav a { display: block; padding: 0.2rem 0.6rem; border-radius: 5px; color: var(--soft); text-decoration: none; }
.top nav a:hover { color: var(--ink); background: var(--sunk); }
.top nav a[aria-current] { color: var(--ink); background: var(--sunk); font-weight: 600; }
.tools { margin-left: auto; display: flex; gap: 0.5rem; align-items: center; }
.search { position: relative; }
.search input { width: min(17rem, 46vw); }
#found {
  position: absolute; right: 0; top: calc(100% + 4px); width: min(32rem, 90vw); max-height: 60vh; overflow: auto; margin: 0; padding: 0.3rem;
  display: block; background: var(--panel); border: 1px solid var(--strong); border-radius: 8px; box-shadow: 0 8px 30px rgb(0 0 0 / 0.18);
}
#found li { padding: 0.3rem 0.6rem; border-radius: 5px; cursor: pointer; display: flex; gap: 0.7rem; align-items: baseline; }
#found li[aria-selected="true"], #found li:hover { background: var(--sunk); }
#found li span:first-child { font-weight: 600; white-space: nowrap; }
#found li span:last-child { color: var(--soft); font-size: 0.88em; }
input, select, button {
  font: inherit; font-size: 0.9rem; color: var(--ink); background: var(--panel); border: 1px solid var(--strong); border-radius: 6px; padding: 0.28rem 0.55rem;
}
button { cursor: pointer; }
button:hover { background: var(--sunk); }
input::placeholder { color: var(--soft); opacity: 1; }
main { padding: 1.2rem clamp(0.8rem, 3vw, 2.2rem) 3rem; max-width: 104rem; margin: 0 auto; }
main:focus { outline: none; }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: 0.85rem; padding: 0.8rem clamp(0.8rem, 3vw, 2.2rem) 2rem; }
footer p { max-width: none; }
footer a { color: var(--link); }
@media print {
  .top nav, .tools, .skip, .filters, [data-needs-script] { display: none !important; }
  .top { position: static; }
  body { font-size: 10pt; background: white; }
  .scroll { overflow: visible !important; max-height: none !important; }
  a { color: inherit; }
  details > * { display: block; }
  tr { break-inside: avoid; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
`;
