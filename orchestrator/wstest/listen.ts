import { type Findings, type SpecMap, flagProblem, flagWarning } from "./findings.ts";
import { type KeyPair, readKeyPair } from "./key-pair.ts";
import { urlFault } from "./ws-url.ts";

/** Where a fuzzing server listens. */
export interface ListenSpec {
  /** As the spec writes it. */
  readonly url: string;
  /** The host of the URL, an IPv6 address without brackets. The original listens on all interfaces all the same. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /** Null for a `ws:` URL. */
  readonly tls: KeyPair | null;
}

/** Files of the command line that count before those of the spec; null where not given. */
export interface TlsFlags {
  readonly key: string | null;
  readonly cert: string | null;
}

/** Reads `url`, `key` and `cert`; null when they do not fit, and then the errors are noted. */
export function readListen(
  findings: Findings,
  spec: SpecMap,
  flags: TlsFlags,
  cwd: string,
): ListenSpec | null {
  const files = { key: findings.text(spec, "key"), cert: findings.text(spec, "cert") };
  const url = findings.text(spec, "url");
  if ((spec["url"] ?? null) === null) findings.error([], "missing key `url`", "such as ws://127.0.0.1:9001");
  if (url === null) return null;
  const fault = urlFault(url, "listen");
  if (fault !== null) {
    findings.error(["url"], fault.message, fault.remedy);
    return null;
  }
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === "wss:";
  if (!isSecure) tellIdleTls(findings, files, flags);
  return {
    url,
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(port || (isSecure ? 443 : 80)),
    tls: isSecure ? readTls(findings, files, flags, cwd) : null,
  };
}

/** Key and certificate of the command line before those of the spec. */
function readTls(
  findings: Findings,
  files: Readonly<Record<"key" | "cert", string | null>>,
  flags: TlsFlags,
  cwd: string,
): KeyPair | null {
  const key = flags.key ?? files.key;
  const cert = flags.cert ?? files.cert;
  if (key === null || cert === null) {
    const missing = key === null ? "key" : "cert";
    findings.error(["url"], `wss:// needs a \`${missing}\``, `add it to the spec, or give --${missing}`);
    return null;
  }
  const pair = readKeyPair({ key, cert }, cwd);
  if (!("fault" in pair)) return pair;
  const { which, message } = pair.fault;
  if (flags[which] === null) findings.error([which], message);
  else findings.otherError(flagProblem(`--${which}`, message));
  return null;
}

/** Warns of key and certificate where there is no TLS. */
function tellIdleTls(
  findings: Findings,
  files: Readonly<Record<"key" | "cert", string | null>>,
  flags: TlsFlags,
): void {
  const message = "has no effect: the URL is not wss://";
  for (const which of ["key", "cert"] as const) {
    if (flags[which] !== null) findings.otherWarning(flagWarning(`--${which}`, message));
    else if (files[which] !== null) findings.warn("no-effect", [which], message);
  }
}
