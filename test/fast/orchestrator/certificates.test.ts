import "reflect-metadata";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { dirname } from "node:path";
import { connect, createServer } from "node:tls";
import {
  AuthorityKeyIdentifierExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
} from "@peculiar/x509";
import { describe, expect, it, onTestFinished } from "vitest";

import { type Certificates, makeCertificates } from "../../../orchestrator/certificates.ts";

/** A TLS server at any port of this machine. */
async function listen({ cert, key }: Pick<Certificates, "cert" | "key">): Promise<number> {
  const server = createServer({ cert, key }, (socket) => socket.end("hello"));
  onTestFinished(() => void server.close());
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return (server.address() as AddressInfo).port;
}

/** What a client that checks certificates makes of the server: what it says, or why it is not trusted. */
function greeting(port: number, settings: { readonly ca?: string; readonly name: string }): Promise<string> {
  const { ca, name } = settings;
  // `host` is also what the certificate is checked against; the address dialled stays the same.
  const lookup = (_: string, options: { all?: boolean }, done: (...found: unknown[]) => void) =>
    options.all ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4);
  return new Promise((resolve) => {
    const socket = connect({ host: name, port, lookup: lookup as never, ...(ca !== undefined && { ca }) });
    socket.once("data", (octets) => {
      resolve(octets.toString());
      socket.destroy();
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

describe("certificates of a run", () => {
  it.each(["127.0.0.1", "localhost"])(
    "make a server at %s trusted by who knows the authority",
    async (name) => {
      using certificates = await makeCertificates();
      const port = await listen(certificates);
      expect(await greeting(port, { ca: certificates.ca, name })).toBe("hello");
    },
  );

  it("are good for no other name, and mean nothing to who does not know the authority", async () => {
    using certificates = await makeCertificates();
    const port = await listen(certificates);
    expect(await greeting(port, { ca: certificates.ca, name: "example.org" })).toBe(
      "ERR_TLS_CERT_ALTNAME_INVALID",
    );
    expect(await greeting(port, { name: "localhost" })).not.toBe("hello");
  });

  it("are of their own run: the authority of another does not vouch for them", async () => {
    using certificates = await makeCertificates();
    using others = await makeCertificates();
    const port = await listen(certificates);
    expect(await greeting(port, { ca: others.ca, name: "localhost" })).not.toBe("hello");
  });

  it("say whose key signed them, for clients that follow RFC 5280 strictly", async () => {
    using certificates = await makeCertificates();
    const [authority, leaf] = [new X509Certificate(certificates.ca), new X509Certificate(certificates.cert)];
    const own = authority.getExtension(SubjectKeyIdentifierExtension);
    const signer = leaf.getExtension(AuthorityKeyIdentifierExtension);
    expect(own?.keyId).toMatch(/^[\da-f]{40}$/);
    expect(signer?.keyId).toBe(own?.keyId);
  });

  it("are each refused for its flaw", async () => {
    using certificates = await makeCertificates();
    const flawed = Object.entries(await certificates.makeFlawed());
    const reasons = await Promise.all(
      flawed.map(async ([name, pair]) => {
        const port = await listen(pair);
        return [name, await greeting(port, { ca: certificates.ca, name: "127.0.0.1" })];
      }),
    );
    expect(Object.fromEntries(reasons)).toEqual({
      expired: "CERT_HAS_EXPIRED",
      notYetValid: "CERT_NOT_YET_VALID",
      otherName: "ERR_TLS_CERT_ALTNAME_INVALID",
      otherAddress: "ERR_TLS_CERT_ALTNAME_INVALID",
      commonName: "ERR_TLS_CERT_ALTNAME_INVALID",
      selfSigned: "DEPTH_ZERO_SELF_SIGNED_CERT",
      otherAuthority: expect.stringMatching(/SIGNATURE|ISSUER|VERIFY/),
      forClients: "INVALID_PURPOSE",
      byNoAuthority: expect.stringMatching(/^(?:INVALID_CA|INVALID_PURPOSE|UNSPECIFIED)$/),
    });
  });

  it("are in files that only their owner can read, and that are gone afterwards", async () => {
    const certificates = await makeCertificates();
    const { TLS_CERT, TLS_KEY, CA_CERT } = certificates.env;
    expect(readFileSync(TLS_CERT, "utf8")).toBe(certificates.cert);
    expect(readFileSync(TLS_KEY, "utf8")).toBe(certificates.key);
    expect(readFileSync(CA_CERT, "utf8")).toBe(certificates.ca);
    expect(statSync(TLS_KEY).mode & 0o077).toBe(0);
    certificates[Symbol.dispose]();
    expect(existsSync(dirname(TLS_KEY))).toBe(false);
  });
});
