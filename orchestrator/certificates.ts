import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

import type { CertificateName } from "../fuzzer/extra/script.ts";
import type { KeyPair } from "../fuzzer/server-tls.ts";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Ms before and after now for which certificates are good: clocks differ a little, and runs end. */
const validBefore = 3_600_000;
const validAfter = 7 * 86_400_000;

/** Certificates of one run, as PEM and as files for targets. No key outlives its run. */
export interface Certificates extends Disposable {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** The variables of the target contract: TLS_CERT, TLS_KEY and CA_CERT name files. */
  readonly env: Readonly<Record<"TLS_CERT" | "TLS_KEY" | "CA_CERT", string>>;
  /** Makes certificates that a client who trusts `ca` must refuse at those addresses and names, each for a reason. */
  makeFlawed(): Promise<Readonly<Record<CertificateName, KeyPair>>>;
}

/** Makes an authority and a certificate of it for addresses and names of this machine. */
export async function makeCertificates(
  names: readonly string[] = ["localhost", "127.0.0.1", "::1"],
): Promise<Certificates> {
  const authority = await makeAuthority();
  const good = await issue(authority, { names });
  let flawed: ReturnType<typeof makeAllFlawed> | null = null;
  return inFiles(
    good,
    authority.certificate.toString("pem"),
    () => (flawed ??= makeAllFlawed(authority, names)),
  );
}

async function makeAllFlawed(
  authority: Authority,
  names: readonly string[],
): Promise<Readonly<Record<CertificateName, KeyPair>>> {
  const made = Object.entries(flaws(authority, names)).map(
    async ([name, make]) => [name, await make()] as const,
  );
  return Object.fromEntries(await Promise.all(made)) as Record<CertificateName, KeyPair>;
}

function flaws(
  authority: Authority,
  names: readonly string[],
): Readonly<Record<CertificateName, () => Promise<KeyPair>>> {
  const [day, now] = [86_400_000, Date.now()];
  const address = names.find(isAddress) ?? "127.0.0.1";
  return {
    expired: () => issue(authority, { names, from: now - 30 * day, until: now - day }),
    notYetValid: () => issue(authority, { names, from: now + day, until: now + 30 * day }),
    otherName: () => issue(authority, { names: ["elsewhere.invalid"], subject: "CN=elsewhere.invalid" }),
    // An address that is for documentation (RFC 5737).
    otherAddress: () => issue(authority, { names: ["192.0.2.1"], subject: "CN=192.0.2.1" }),
    commonName: () => issue(authority, { names: [], subject: `CN=${address}` }),
    selfSigned: () => issue(null, { names }),
    otherAuthority: async () => issue(await makeAuthority(), { names }),
    forClients: () => issue(authority, { names, usage: ExtendedKeyUsage.clientAuth }),
    byNoAuthority: async () => {
      const middle = await issueWithKeys(authority, {
        names: ["elsewhere.invalid"],
        subject: "CN=no authority",
      });
      const { cert, key } = await issue(middle, { names });
      return { cert: `${cert}\n${middle.certificate.toString("pem")}`, key };
    },
  };
}

interface Authority {
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: X509Certificate;
}

/** What a certificate says. By default it is good for servers, for a run. */
interface Contents {
  readonly names: readonly string[];
  readonly subject?: string;
  /** Ms since 1970. */
  readonly from?: number;
  readonly until?: number;
  readonly usage?: ExtendedKeyUsage;
}

/** Certificate and key as PEM; signed by itself where there is no authority. */
async function issue(by: Authority | null, contents: Contents): Promise<KeyPair> {
  const { certificate, keys } = await issueWithKeys(by, contents);
  return { cert: certificate.toString("pem"), key: await privateKeyPem(keys.privateKey) };
}

async function issueWithKeys(by: Authority | null, contents: Contents): Promise<Authority> {
  const { names, subject = "CN=localhost", usage = ExtendedKeyUsage.serverAuth } = contents;
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: by === null ? subject : by.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: (by ?? { keys }).keys.privateKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(contents.from ?? Date.now() - validBefore),
    notAfter: new Date(contents.until ?? Date.now() + validAfter),
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([usage]),
      ...(names.length === 0
        ? []
        : [
            new SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isAddress(value) ? "ip" : "dns", value })),
            ),
          ]),
      await AuthorityKeyIdentifierExtension.create((by ?? { keys }).keys.publicKey),
    ],
  });
  return { keys, certificate };
}

const isAddress = (name: string): boolean => /^[\d.]+$|:/.test(name);

/** Each has the same name, so that a client who only looks at names takes one for another. */
async function makeAuthority(): Promise<Authority> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=wsmatrix authority of one run",
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - validBefore),
    notAfter: new Date(Date.now() + validAfter),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      // RFC 5280, section 4.2.1.2: an authority must have one, and strict clients (Python from 3.13) insist.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { keys, certificate };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function privateKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const base64 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${base64.replaceAll(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
}

function inFiles({ cert, key }: KeyPair, ca: string, makeFlawed: Certificates["makeFlawed"]): Certificates {
  const dir = mkdtempSync(join(tmpdir(), "wsmatrix-tls-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const env = {
    TLS_CERT: file("cert.pem", cert),
    TLS_KEY: file("key.pem", key),
    CA_CERT: file("ca.pem", ca),
  };
  return {
    cert,
    key,
    ca,
    env,
    makeFlawed,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}
