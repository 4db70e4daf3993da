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
}

/** Makes an authority and a certificate of it for addresses and names of this machine. */
export async function makeCertificates(
  names: readonly string[] = ["localhost", "127.0.0.1", "::1"],
): Promise<Certificates> {
  const authority = await makeAuthority();
  const keys = await generateKeys();
  const leaf = await X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(false),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? "ip" : "dns", value })),
      ),
      await AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  return inFiles(
    leaf.toString("pem"),
    await privateKeyPem(keys.privateKey),
    authority.certificate.toString("pem"),
  );
}

async function makeAuthority(): Promise<{
  readonly keys: webcrypto.CryptoKeyPair;
  readonly certificate: X509Certificate;
}> {
  const keys = await generateKeys();
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: "CN=wsmatrix authority of one run",
    keys,
    signingAlgorithm: algorithm,
    ...validity(),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
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

function validity(): { readonly notBefore: Date; readonly notAfter: Date } {
  return { notBefore: new Date(Date.now() - validBefore), notAfter: new Date(Date.now() + validAfter) };
}

function inFiles(cert: string, key: string, ca: string): Certificates {
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
  return { cert, key, ca, env, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}
