import { html } from "../../html.ts";
import { TALLY_DISPLAY } from "../../tally.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";
import { sitePage } from "../layout.ts";
import { classMark, MEANINGS } from "../marks.ts";
import { STATUS_WORDS } from "../words.ts";

const path = address.about;

const STATUS_MEANINGS: Readonly<Record<keyof typeof STATUS_WORDS, string>> = {
  ran: "It was played, and its verdicts count.",
  "build-failed": "Its image or its installation could not be made.",
  "start-timeout": "It was started and never listened, or never asked for a case.",
  crashed: "It died again and again; what was played before counts.",
  noncompliant: "It failed a plain handshake and one echo, so nothing else was tried.",
  skipped: "Something that it needs is not on the machine, and the matrix allows that.",
  interrupted: "The run was stopped while it was played.",
  unfinished: "It is being played, or the run was killed.",
  waiting: "It was planned, and not started yet.",
};

/** What the words mean, how it is measured, and what it does not say. */
export function aboutPage({ input }: SiteContext): string {
  const main = html`<h1>What this is, and what the words mean</h1>
    <p class="lead">
      A fuzzing suite that gives the same verdicts as the Autobahn testsuite is played against WebSocket
      servers and clients. Every verdict here comes with what went over the wire.
    </p>
    <div class="two">
      <section>
        <h2>Words</h2>
        <dl>
          <dt><strong>Target</strong></dt>
          <dd>An implementation at one version.</dd>
          <dt><strong>Role</strong></dt>
          <dd>What the target is, server or client. The suite is always the other.</dd>
          <dt><strong>Variant</strong></dt>
          <dd>
            How it is set up: <code>plain</code>, <code>tls</code>, <code>no-deflate</code>, or
            <code>defaults</code>, the library as it comes. The settings of <code>plain</code> stand on each
            target's page.
          </dd>
          <dt><strong>Cell</strong></dt>
          <dd>A target, a version, a role and a variant: what is played, and what a row is.</dd>
          <dt><strong>Verdict</strong></dt>
          <dd>
            Two words, spelled as Autobahn does: one on what was exchanged, one on how the connection ended. A
            case is counted once, in the first class that matches.
          </dd>
          <dt><strong>Flaky</strong></dt>
          <dd>Two plays came out differently, and a third, alone, was counted.</dd>
          <dt><strong>Profile</strong></dt>
          <dd>
            <code>quick</code> plays every case with long loops shortened; <code>full</code> has Autobahn's
            counts.
          </dd>
          <dt><strong>Known</strong></dt>
          <dd>A verdict that the target's baseline expects, with a reason.</dd>
        </dl>
      </section>
      <section>
        <h2>Classes</h2>
        <dl>
          ${TALLY_DISPLAY.map(
            (name) =>
              html`<dt>${classMark(name)}</dt>
                <dd>${MEANINGS[name]}</dd>`,
          )}
        </dl>
      </section>
    </div>
    <h2>How it is measured</h2>
    <p>
      Each target runs in a container or a process of its own that reaches nothing but the suite. Many cases
      are played at once; what load can have caused is played again in quiet before it counts. Playing only
      records, and judging is a function of the record, so that a stored record can be judged again.
    </p>
    <h2>What it does not say</h2>
    <ul>
      <li>Nobody is ranked, and there is no percentage: chapters differ in size by a factor of a hundred.</li>
      <li>A target that does not compress is <em>unimplemented</em> in chapters 12 and 13, not wrong.</li>
      <li>Chapter 9 tests speed and limits, which depend on the machine and on settings.</li>
      <li>A case that is arguable says so in what it expects.</li>
      <li>Autobahn's cases and ours (chapters from 20) are counted apart, and never added up.</li>
      <li>
        The pages hold what a target sent as text. Characters that could do harm are spelled out, as in
        <code>\\x1b</code>.
      </li>
    </ul>
    <h2>Why a cell has no verdicts</h2>
    <dl class="facts">
      ${Object.entries(STATUS_MEANINGS).map(
        ([status, meaning]) =>
          html`<dt>${STATUS_WORDS[status as keyof typeof STATUS_WORDS]}</dt>
            <dd>${meaning}</dd>`,
      )}
    </dl>
    <h2>Data</h2>
    <p>
      Everything is at fixed addresses under
      <a href="${linkFrom(path, "api/v1/index.json")}"><code>api/v1/</code></a
      >: JSON and CSV. Badges are at <code>badges/&lt;target&gt;/&lt;role&gt;.svg</code> and
      <code>.json</code>.
    </p>
    <h2>Keys</h2>
    <dl class="facts">
      <dt><kbd>/</kbd></dt>
      <dd>search</dd>
      <dt><kbd>j</kbd> <kbd>k</kbd></dt>
      <dd>next and previous case, on the pages of cases and results</dd>
      <dt><kbd>t</kbd></dt>
      <dd>theme</dd>
    </dl>`;
  return sitePage({ path, title: "About", main }, input);
}
