import { readFileSync } from "node:fs";
import { catalogue } from "#fuzzer/catalogue.ts";
import { judge } from "#fuzzer/judge.ts";
import { AutobahnReport } from "#report/autobahn/writer.ts";
import { ScriptedPeer, type PeerOptions } from "./scripted-peer.ts";
import { playVirtually } from "./virtual-play.ts";
const report = new AutobahnReport({ outdir: process.argv[2]!, entries: catalogue.entries, generator: "wsmatrix 0.1.0", remarks: ["profile full"] });
const peers: Record<string, PeerOptions> = { good: {}, "bad <b>Agent & Co\u202e": { echo: false, pong: false, noCloseReply: true }, lax: { strict: false } };
let max = 0;
const t0 = performance.now(); let add = 0;
for (const entry of catalogue.entries) for (const [agent, o] of Object.entries(peers)) {
  if (agent === "lax" && entry.index > 200) continue;
  const { record } = playVirtually(entry.case, (c, p) => new ScriptedPeer(c, p, true, o), { role: "server", limit: 2000000 });
  if (!record) continue;
  const t = performance.now();
  report.add({ entry, agent, record, verdict: judge(entry.case, record) });
  const d = performance.now() - t; add += d; if (d > max) { max = d; console.log(entry.case.id, agent, d.toFixed(1)); }
}
report.note("lax", "the target died at case 4.1.1: <x>");
const t = performance.now(); report.flush(); console.log("index", performance.now() - t);
const t2 = performance.now(); report.close(); console.log("index", performance.now() - t2, "add total", add);
