import { campaign } from "../../fuzzer/campaign.ts";
import type { CatalogueEntry } from "../../fuzzer/catalogue.ts";
import { judge } from "../../fuzzer/judge.ts";
import type { Profile } from "../../fuzzer/profile.ts";
import type { CaseRecord, Verdict } from "../../fuzzer/record.ts";
import { type AcceptPreset, accepts } from "../../report/accept.ts";
import { fieldValue, parseHead } from "../../wire/handshake.ts";

import { localFuzzer } from "../place/local-fuzzer.ts";
import { Machine } from "../play/machine.ts";
import type { Keeper, LiveServer } from "../play/server-keeper.ts";
import { ServerStage } from "../play/server-stage.ts";
import { type ServerSpec, unknownServer } from "./servers.ts";
import type { FuzzingClientSpec } from "./spec.ts";
import type { ReportSink, Tested } from "./tested.ts";

/** Characters of a Server header that serve as an agent's name. */
const maxAgent = 200;

export interface FuzzingClientRun {
  readonly spec: FuzzingClientSpec;
  readonly profile: Profile;
  /** Null for as many as suit; 1 for the order of the original, each case once. */
  readonly jobs: number | null;
  readonly accept: AcceptPreset | null;
  readonly report: ReportSink;
  readonly tested: Tested;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Mode `fuzzingclient`: plays the cases against each server of the spec in turn. */
export async function fuzzServers(run: FuzzingClientRun): Promise<void> {
  using machine = new Machine();
  for (const server of run.spec.servers) await new ServerTest(run, server, machine).run();
}

/** A server that we did not start: once it does not answer any more, that is the end of it. */
class OutsideServer implements Keeper {
  readonly #live: LiveServer;
  #gone = false;

  constructor(server: ServerSpec) {
    this.#live = { destination: server.to, exited: new Promise(() => {}) };
  }

  async ensure(): Promise<LiveServer> {
    if (this.#gone) throw new Gone("it does not accept connections");
    return this.#live;
  }

  discard(): void {
    this.#gone = true;
  }
}

class Gone extends Error {}

/** The test of one server. */
class ServerTest {
  readonly #run: FuzzingClientRun;
  readonly #server: ServerSpec;
  readonly #stage: ServerStage;
  readonly #entries: ReadonlyMap<string, CatalogueEntry>;
  readonly #open: Set<string>;
  #agent: string | null;

  constructor(run: FuzzingClientRun, server: ServerSpec, machine: Machine) {
    this.#run = run;
    this.#server = server;
    this.#agent = server.agent;
    // What an unnamed server is called is known only once it has answered: see `#report`.
    const wanted = run.spec.cases.filter(
      ({ case: { id } }) => server.agent === null || !run.spec.excludes(server.agent, id),
    );
    this.#entries = new Map(wanted.map((entry) => [entry.case.id, entry]));
    this.#open = new Set(this.#entries.keys());
    this.#stage = new ServerStage({
      fuzzer: localFuzzer,
      keeper: new OutsideServer(server),
      machine,
      profile: run.profile,
      concurrency: run.jobs ?? undefined,
      dialling: { options: server.options, extras: server },
      signal: run.signal,
    });
  }

  async run(): Promise<void> {
    const { say } = this.#run;
    say(`${this.#server.url}: ${this.#entries.size} cases`);
    try {
      await (this.#run.jobs === 1 ? this.#playInOrder() : this.#playAtOnce());
    } catch (error) {
      if (!(error instanceof Gone)) throw error;
      say(`${this.#server.url}: ${error.message}; ${this.#open.size} cases were not run`);
    }
    const agent = this.#agent ?? unknownServer;
    for (const id of this.#open) {
      if (!this.#run.spec.excludes(agent, id)) this.#run.tested.note(agent, id, null);
    }
  }

  async #playAtOnce(): Promise<void> {
    const cases = [...this.#entries.values()].map((entry) => entry.case);
    await campaign(cases, this.#stage, {
      canRepeat: true,
      isAcceptable: (_played, verdict) => this.#run.accept === null || accepts(this.#run.accept, verdict),
      onResult: ({ case: { id }, record, verdict }) => this.#report(id, record, verdict),
      onDeath: (reason, suspects) => {
        const open = suspects.map(({ id }) => id).join(", ");
        this.#run.say(`${this.#server.url}: ${reason}${open === "" ? "" : `; open were ${open}`}`);
      },
    });
  }

  /** One case after the other, each once, as the original does it. */
  async #playInOrder(): Promise<void> {
    for (const entry of this.#entries.values()) {
      const { suspects } = await this.#stage.play([entry.case], "alone", ({ case: played, record }) =>
        this.#report(played.id, record, judge(played, record)),
      );
      // The only case that was open is the one that the server died of; a server that was never reached has none.
      for (const { case: played, record } of suspects.filter((suspect) => suspect.record.opened)) {
        this.#report(played.id, record, judge(played, record));
      }
    }
  }

  #report(id: string, record: CaseRecord, verdict: Verdict): void {
    this.#agent ??= agentOf(record);
    this.#open.delete(id);
    if (this.#run.spec.excludes(this.#agent, id)) return;
    this.#run.tested.note(this.#agent, id, verdict, record.duration);
    this.#run.report.add({ agent: this.#agent, entry: this.#entries.get(id)!, record, verdict });
  }
}

/** What a server calls itself: its Server header. */
function agentOf({ httpResponse }: CaseRecord): string {
  const header = httpResponse === null ? null : fieldValue(parseHead(httpResponse), "Server");
  return header?.slice(0, maxAgent) || unknownServer;
}
