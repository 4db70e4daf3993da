import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An engine that is none: it answers what a test says, and notes what it was asked. */
export interface FakeDocker extends AsyncDisposable {
  /** Value for `DOCKER_HOST`. */
  readonly host: string;
  /** `GET /version`, without queries, in order. */
  readonly asked: readonly string[];
  /** The queries of the last request of that kind. */
  query(asked: string): URLSearchParams;
}

/** What an engine answers: a value as JSON, or what the function does with the response. */
export type Answer =
  | { readonly status?: number; readonly json: unknown }
  | ((response: ServerResponse, request: IncomingMessage) => void);

/** Answers by `GET /version`; the longest beginning that fits counts. */
export type Answers = Readonly<Record<string, Answer>>;

const usual: Answers = {
  "GET /_ping": { json: "OK" },
  "GET /version": {
    json: {
      Version: "20.10.24",
      ApiVersion: "1.38",
      Os: "linux",
      Arch: "amd64",
      Components: [{ Name: "Engine" }],
    },
  },
};

/** Starts one. What is not answered is not found. */
export async function fakeDocker(answers: Answers = {}): Promise<FakeDocker> {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-test-"));
  const path = join(dir, "docker.sock");
  const asked: string[] = [];
  const queries = new Map<string, URLSearchParams>();
  const all = { ...usual, ...answers };
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://engine");
    const name = `${request.method} ${decodeURIComponent(url.pathname)}`;
    asked.push(name);
    queries.set(name, url.searchParams);
    const key = Object.keys(all)
      .filter((prefix) => name.startsWith(prefix))
      .toSorted((a, b) => b.length - a.length)[0];
    request.resume().once("end", () => answer(all[key ?? ""], response, request));
  });
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return {
    host: `unix://${path}`,
    asked,
    query: (name) => queries.get(name) ?? new URLSearchParams(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function answer(given: Answer | undefined, response: ServerResponse, request: IncomingMessage): void {
  if (typeof given === "function") return given(response, request);
  response.writeHead(given?.status ?? (given === undefined ? 404 : 200), {
    "content-type": "application/json",
  });
  response.end(JSON.stringify(given?.json ?? { message: "there is no such thing" }));
}

/** Answers a JSON object a line. */
export function lines(...values: readonly unknown[]): Answer {
  return (response) => void response.end(values.map((value) => `${JSON.stringify(value)}\n`).join(""));
}
