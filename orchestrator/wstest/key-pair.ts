import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { createSecureContext } from "node:tls";
import { errorCode } from "../config/problem.ts";

/** Certificate and private key of a server, as PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** Why there is no key pair, and which of the two files is to blame. */
export interface KeyPairFault {
  readonly which: "key" | "cert";
  readonly message: string;
}

/**
 * Reads a certificate and its key, and checks that they belong together. Never throws.
 *
 * @param files as the user named them, relative to `cwd`
 */
export function readKeyPair(
  files: { readonly key: string; readonly cert: string },
  cwd: string,
): KeyPair | { readonly fault: KeyPairFault } {
  const read: Record<"key" | "cert", string> = { key: "", cert: "" };
  for (const which of ["key", "cert"] as const) {
    try {
      read[which] = readFileSync(resolve(cwd, files[which]), "utf8");
    } catch (error) {
      return { fault: { which, message: `\`${files[which]}\` cannot be read (${errorCode(error)})` } };
    }
  }
  return faultOf({ cert: read.cert }, "cert", files.cert) ?? faultOf(read, "key", files.key) ?? read;
}

function faultOf(
  pair: { readonly cert: string; readonly key?: string },
  which: "key" | "cert",
  file: string,
): { readonly fault: KeyPairFault } | null {
  try {
    createSecureContext(pair);
    return null;
  } catch (error) {
    const what = which === "cert" ? "is no certificate in PEM" : "is no key in PEM that fits the certificate";
    const reason = error instanceof Error ? error.message : String(error);
    return { fault: { which, message: `\`${file}\` ${what} (${reason})` } };
  }
}
