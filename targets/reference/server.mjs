// Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files.
// WSMATRIX_REFERENCE is the URL of our own endpoint.
import { readFileSync } from "node:fs";

const {
  HOST = "127.0.0.1",
  PORT = "9001",
  TLS_CERT,
  TLS_KEY,
  VARIANT = "plain",
  WSMATRIX_REFERENCE,
} = process.env;
const { serveEcho } = await import(WSMATRIX_REFERENCE);

await serveEcho({
  host: HOST,
  port: Number(PORT),
  tls: TLS_CERT ? { cert: readFileSync(TLS_CERT), key: readFileSync(TLS_KEY) } : undefined,
  ...(VARIANT === "no-deflate" && { deflate: false }),
  http2: VARIANT === "h2" || VARIANT === "h2c",
  subprotocols: ["v2.echo", "v1.echo"],
  paths: ["/"],
  onRefused: ({ text }) => console.error(text),
});
