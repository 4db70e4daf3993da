// Client driver: plays the fuzzer's cases, CONCURRENCY at once. WSMATRIX_REFERENCE is the URL of our own endpoint.
import { readFileSync } from "node:fs";

const {
  FUZZER_URL,
  AGENT = "reference",
  CA_CERT,
  CONCURRENCY = "1",
  VARIANT = "plain",
  WSMATRIX_REFERENCE,
} = process.env;
const { driveEcho } = await import(WSMATRIX_REFERENCE);

const { reported } = await driveEcho({
  url: FUZZER_URL,
  agent: AGENT,
  concurrency: Number(CONCURRENCY),
  ca: CA_CERT ? readFileSync(CA_CERT) : undefined,
  ...(VARIANT === "no-deflate" && { deflate: false }),
  onProblem: (text) => console.error(text),
});
process.exit(reported ? 0 : 1);
