/** What single pages have for themselves: the sequence of a case, the wire log, the grid of pairs. */
export const pagesStyle = `
.cells th:first-child { position: sticky; left: 0; background: var(--panel); z-index: 1; }
.cells tr.older th:first-child { background: var(--sunk); }
.cells { font-size: 0.85rem; }
.cells td { white-space: nowrap; }
.cells th, .cells td { padding-inline: 0.4rem; }
.cells .h, .cells .hh { padding-inline: 0.1rem; min-width: 2.3rem; }
.cells .bar { width: 5.5rem; }
.cells .lang { color: var(--soft); font-size: 0.8rem; }
.sequence { max-width: 100%; height: auto; display: block; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
.sequence text { fill: var(--ink); font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
.sequence .soft { fill: var(--soft); font-size: 12px; }
.sequence .mono { font: 12px var(--mono); }
.sequence .head { font-weight: 650; font-size: 14px; }
.sequence .life { stroke: var(--strong); stroke-width: 1.5; }
.sequence .box { fill: var(--sunk); stroke: var(--strong); }
.sequence .send { stroke: var(--informational); fill: none; stroke-width: 1.6; }
.sequence .expect { stroke: var(--pass); fill: none; stroke-width: 1.6; }
.sequence .close { stroke: var(--unclean); fill: none; stroke-width: 1.6; }
.sequence .tip-send { fill: var(--informational); }
.sequence .tip-expect { fill: var(--pass); }
.sequence .tip-close { fill: var(--unclean); }
.sequence .wait { stroke: var(--soft); stroke-dasharray: 3 4; }
.sequence .waitbox { fill: var(--f-nonStrict); stroke: var(--b-nonStrict); }
.sequence .loop { fill: none; stroke: var(--b-informational); stroke-dasharray: 5 4; }
.sequence .looplabel { fill: var(--f-informational); stroke: var(--b-informational); }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 1.6rem; align-items: start; }
@media (max-width: 70rem) { .two { grid-template-columns: minmax(0, 1fr); } }
.wire { width: 100%; }
.wire td { border-bottom: 1px solid var(--line); padding: 0.15rem 0.6rem; vertical-align: top; }
.wire .t { text-align: right; color: var(--soft); white-space: nowrap; font-family: var(--mono); font-size: 0.8rem; }
.wire .way { white-space: nowrap; font-size: 0.82rem; }
.wire .sent .way { color: var(--informational); }
.wire .received .way { color: var(--pass); }
.wire .violation td { background: var(--f-failed); }
.wire .timer { color: var(--soft); }
.wire .octets { font-size: 0.82rem; color: var(--soft); }
.wire .what { overflow-wrap: anywhere; }
.wire code { overflow-wrap: anywhere; }
.wire .frame .name { font-weight: 600; }
.flags { color: var(--soft); font-size: 0.84rem; }
.verdict-line { display: flex; flex-wrap: wrap; gap: 0.4rem 1rem; align-items: center; font-size: 1.02rem; margin: 0.4rem 0; }
.verdict-line .m { font-size: 0.98rem; padding: 0.1rem 0.6rem; }
.steps { display: flex; flex-wrap: wrap; gap: 0.5rem; margin: 0.6rem 0; }
.steps a, .steps button { text-decoration: none; border: 1px solid var(--strong); border-radius: 6px; padding: 0.2rem 0.65rem; background: var(--panel); color: var(--ink); font-size: 0.88rem; }
.steps a:hover { background: var(--sunk); }
.flow { padding-left: 1.3rem; margin: 0.3rem 0; }
.flow li { padding: 0.06rem 0; }
.pairs td { text-align: center; padding: 0.1rem; min-width: 1.9rem; border-left: 1px solid var(--line); }
.pairs thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: 0.5rem 0.15rem; border-bottom: 0; border-top: 1px solid var(--strong); }
.pairs thead th:first-child { writing-mode: initial; transform: none; }
.live { display: flex; gap: 0.8rem; align-items: center; padding: 0.4rem clamp(0.8rem, 3vw, 2.2rem); background: var(--f-informational); font-size: 0.9rem; }
.live progress { width: 12rem; accent-color: var(--b-informational); }
.timebar { display: block; height: 0.55rem; background: var(--b-informational); border-radius: 2px; min-width: 1px; }
`;
