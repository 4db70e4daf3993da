import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** What is served: contents by address, and how to be told when they change. */
export interface ServedSite {
  /** What is at an address below the root; null when nothing is. */
  readonly content: (path: string) => string | Uint8Array | null;
  /** What is told to pages that follow; null when there is nothing to follow. */
  readonly progress: () => string | null;
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  svg: "image/svg+xml",
};

/** Serves a site on the loopback interface, and to nobody else. */
export class SiteServer {
  readonly #site: ServedSite;
  readonly #server: Server;
  readonly #followers = new Set<ServerResponse>();

  constructor(site: ServedSite) {
    this.#site = site;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Listens; a port of 0 means any. The address to open. */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}/`;
  }

  /** Tells pages that follow how far the run is. */
  tell(): void {
    const message = this.#site.progress();
    if (message !== null) for (const follower of this.#followers) send(follower, message);
  }

  /** Stops, whoever is still connected. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (!isLoopback(request.headers.host))
      return refuse(response, 403, "this server answers to its own address only");
    if (request.method !== "GET" && request.method !== "HEAD")
      return refuse(response, 405, "only GET and HEAD");
    const path = pathOf(request.url ?? "/");
    if (path === "live") return this.#follow(response);
    const content = path === null ? null : this.#site.content(path === "" ? "index.html" : path);
    if (content === null) return refuse(response, 404, "there is no such page");
    response.writeHead(200, {
      "Content-Type": TYPES[path?.split(".").at(-1) ?? ""] ?? TYPES["html"]!,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    response.end(request.method === "HEAD" ? undefined : content);
  }

  #follow(response: ServerResponse): void {
    const message = this.#site.progress();
    if (message === null) return refuse(response, 404, "there is nothing to follow");
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    this.#followers.add(response);
    response.on("close", () => this.#followers.delete(response));
    send(response, message);
  }
}

function send(follower: ServerResponse, message: string): void {
  follower.write(`data: ${message}\n\n`);
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}

/** The address below the root; null for one that is none. */
function pathOf(url: string): string | null {
  try {
    return decodeURIComponent(new URL(url, "http://localhost").pathname).slice(1);
  } catch {
    return null;
  }
}

/** A page of another site whose name was made to mean this machine does not know our address. */
function isLoopback(host: string | undefined): boolean {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host ?? "");
}
