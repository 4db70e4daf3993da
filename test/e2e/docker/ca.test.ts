import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { makeCertificates } from "../../../orchestrator/certificates.ts";
import { dockerEngine } from "../../../orchestrator/engines/docker/docker.ts";
import { whyNotHost } from "../../../orchestrator/engines/docker/place.ts";
import type { PrepareError } from "../../../orchestrator/engines/engine.ts";
import { here, noEngine } from "../../support/docker.ts";
import { builtFolder } from "../../support/docker-targets.ts";

const { signal } = new AbortController();
const built: string[] = [];

afterAll(async () => {
  for (const id of built) await here().docker.getImage(id).remove({ force: true });
});

/** Programs that fetch a page and print it, each by what its language has. */
const fetchers = [
  {
    name: "Node",
    base: "node:24-bookworm-slim",
    program: `require("https").get(process.argv[1], { ca: require("fs").readFileSync(process.env.npm_config_cafile) }, (r) => r.pipe(process.stdout)).on("error", (e) => { console.log(e.code); process.exit(1); });`,
    run: (url: string) => `RUN node -e "$(cat /program)" ${url}`,
    refusal: /npm_config_cafile|undefined/,
  },
  {
    name: "Java",
    base: "eclipse-temurin:17-jdk",
    program: `import java.net.URL; class Program { public static void main(String[] a) throws Exception { new URL(a[0]).openStream().transferTo(System.out); } }`,
    run: (url: string) => `RUN cp /program /tmp/Program.java && java /tmp/Program.java ${url}`,
    refusal: /unable to find valid certification path/,
  },
] as const;

describe.skipIf(noEngine)("build.caCertificates", () => {
  it.for(fetchers)(
    "lets a build with $name trust an authority, and leaves no trace in what runs",
    async (given, context) => {
      const { name, base, program, run, refusal } = given;
      const bridge = await here().docker.getNetwork("bridge").inspect({});
      const { Gateway: told, Subnet: subnet = "" } = bridge.IPAM?.Config?.[0] ?? {};
      const gateway = told ?? subnet.replace(/0\/\d+$/, "1");
      // Builds run in the engine's default network; where its gateway is not ours, they cannot reach us.
      const away = await whyNotHost({
        gateway,
        bridge: bridge.Options?.["com.docker.network.bridge.name"] ?? "",
      });
      context.skip(away !== null, `builds do not reach this process: ${away}`);
      using certificates = await makeCertificates([gateway]);
      const server = createServer(certificates, (_, response) => response.end("a page of ours\n"));
      await new Promise<void>((resolve) => void server.listen(0, gateway, resolve));
      try {
        const { port } = server.address() as { port: number };
        const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
        const steps = [`FROM ${base}`, "COPY program /program", run(`https://${gateway}:${port}/`), ""];
        writeFileSync(join(dir, "Dockerfile"), steps.join("\n"));
        writeFileSync(join(dir, "program"), program);
        const target = builtFolder(`test-ca-${name.toLowerCase()}`, dir);

        const refused = await dockerEngine(here())
          .prepare(target, { signal })
          .then(
            () => expect.unreachable("it was trusted"),
            (error: unknown) => error as PrepareError,
          );
        expect(refused.logTail).toMatch(refusal);

        const lines: string[] = [];
        const trusting = dockerEngine(here(), { caCertificates: [certificates.ca] });
        const { digest } = await trusting.prepare(target, { signal, onOutput: (line) => lines.push(line) });
        built.push(digest);
        expect(lines.map((line) => line.trim())).toContain("a page of ours");
        const environment = async (image: string) =>
          (await here().docker.getImage(image).inspect({})).Config.Env;
        expect(await environment(digest)).toEqual(await environment(base));
      } finally {
        server.close();
      }
    },
  );
});
