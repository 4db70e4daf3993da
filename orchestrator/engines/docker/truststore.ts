import { createHash, X509Certificate } from "node:crypto";

/** What Java's own trust store is locked with: no secret, but it wants one. */
export const TRUSTSTORE_PASSWORD = "changeit";

const MAGIC = 0xfeedfeed;
const VERSION = 2;
const TRUSTED_CERTIFICATE = 2;

/**
 * A trust store as every Java reads it (type JKS): certificates, and a digest of them and of the password.
 *
 * @param certificates each as PEM
 */
export function javaTrustStore(certificates: readonly string[]): Buffer {
  const entries = certificates.flatMap((pem, index) =>
    entry(new X509Certificate(pem).raw, `wsmatrix-${index}`),
  );
  const body = Buffer.concat([int(MAGIC), int(VERSION), int(certificates.length), ...entries]);
  const digest = createHash("sha1")
    .update(Buffer.from(TRUSTSTORE_PASSWORD, "utf16le").swap16())
    // A part of the format.
    .update("Mighty Aphrodite")
    .update(body)
    .digest();
  return Buffer.concat([body, digest]);
}

function entry(der: Buffer, alias: string): Buffer[] {
  const created = Buffer.alloc(8);
  return [int(TRUSTED_CERTIFICATE), text(alias), created, text("X.509"), int(der.length), der];
}

function int(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(value.length);
  return Buffer.concat([length, Buffer.from(value, "latin1")]);
}
