import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { type Browser, chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A Chromium of this machine, or null; `CHROMIUM` names another one. */
export const chromiumPath: string | null =
  [process.env["CHROMIUM"], ...PLACES].find((path) => path !== undefined && existsSync(path)) ?? null;

/** Starts it, with nothing that goes out to the network by itself. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath!,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css",
  js: "text/javascript",
  svg: "image/svg+xml",
};

/** Serves a folder as any static host does, below a path that ends in a slash. */
export async function serveFolder(dir: string, prefix: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const path = pathname.startsWith(prefix) ? pathname.slice(prefix.length) || "index.html" : "none";
    readFile(join(dir, path)).then(
      (octets) =>
        response
          .writeHead(200, {
            "Content-Type": TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream",
          })
          .end(octets),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`, server };
}
