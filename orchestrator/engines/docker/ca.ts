import { rootCertificates } from "node:tls";
import { injectIntoStages } from "./dockerfile.ts";
import type { TarFile } from "./tar.ts";
import { javaTrustStore, TRUSTSTORE_PASSWORD } from "./truststore.ts";

/** Where they are in the context, and where in the stages. */
const IN_CONTEXT = ".wsmatrix-ca";
const IN_IMAGE = "/usr/local/share/wsmatrix-ca";

const BUNDLE = `${IN_IMAGE}/bundle.pem`;
const TRUSTSTORE = `${IN_IMAGE}/truststore.jks`;

/**
 * Variables by which the programs that fetch packages are told whom to trust: all the public authorities, and those
 * of the matrix.
 */
const VARIABLES: Readonly<Record<string, string>> = {
  // OpenSSL, and with it Ruby, Perl, Nim, curl of many systems; Go; rustls with native roots.
  SSL_CERT_FILE: BUNDLE,
  CURL_CA_BUNDLE: BUNDLE,
  GIT_SSL_CAINFO: BUNDLE,
  WGETRC: `${IN_IMAGE}/wgetrc`,
  APT_CONFIG: `${IN_IMAGE}/apt.conf`,
  NODE_EXTRA_CA_CERTS: BUNDLE,
  npm_config_cafile: BUNDLE,
  DENO_CERT: BUNDLE,
  PIP_CERT: BUNDLE,
  REQUESTS_CA_BUNDLE: BUNDLE,
  CARGO_HTTP_CAINFO: BUNDLE,
  PERL_LWP_SSL_CA_FILE: BUNDLE,
  BUNDLE_SSL_CA_CERT: BUNDLE,
  COMPOSER_CAFILE: BUNDLE,
  HEX_CACERTS_PATH: BUNDLE,
  SYSTEM_CERTIFICATE_PATH: BUNDLE,
  JAVA_TOOL_OPTIONS: `-Djavax.net.ssl.trustStore=${TRUSTSTORE} -Djavax.net.ssl.trustStorePassword=${TRUSTSTORE_PASSWORD}`,
};

/** Files that a build context gets, so that builds trust these authorities. */
export function caFiles(certificates: readonly string[]): readonly TarFile[] {
  const all = [...certificates, ...rootCertificates];
  const files: Readonly<Record<string, string | Buffer>> = {
    "bundle.pem": all.map((pem) => `${pem.trim()}\n`).join(""),
    "truststore.jks": javaTrustStore(all),
    "apt.conf": `Acquire::https::CAInfo "${BUNDLE}";\n`,
    wgetrc: `ca_certificate = ${BUNDLE}\n`,
  };
  return Object.entries(files).map(([name, content]) => ({
    path: `${IN_CONTEXT}/${name}`,
    content: Buffer.from(content),
    mode: 0o644,
  }));
}

/**
 * A Dockerfile whose stages trust those authorities while they are built. It is told by build arguments, which RUN
 * finds among its variables and which are gone from the image that is made: there the files lie about, unused. A
 * base image that sets one of the variables itself keeps its own.
 */
export function trustInStages(dockerfile: string): string {
  const args = Object.entries(VARIABLES).map(([name, value]) => `ARG ${name}="${value}"`);
  return injectIntoStages(dockerfile, [`COPY ${IN_CONTEXT}/ ${IN_IMAGE}/`, ...args]);
}
