import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Matrix } from "./matrix.ts";
import { ConfigError, errorCode, type Problem } from "./problem.ts";

/**
 * Reads the certificates of the authorities that builds are to trust.
 *
 * @returns each as PEM
 * @throws {ConfigError} a file cannot be read, or holds no certificate
 */
export async function readCaCertificates({ build, problem }: Matrix): Promise<readonly string[]> {
  const problems: Problem[] = [];
  const certificates: string[] = [];
  for (const [index, file] of build.caCertificates.entries()) {
    const path = ["build", "caCertificates", index];
    try {
      const found = certificatesIn(await readFile(file, "utf8"));
      const remedy = "a file of certificates in PEM has `-----BEGIN CERTIFICATE-----` in it";
      if (found.length === 0) problems.push(problem(path, `${file} holds no certificate`, remedy));
      certificates.push(...found);
    } catch (error) {
      problems.push(problem(path, `${file} cannot be used (${errorCode(error)})`));
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return certificates;
}

/** @throws one of them is none */
function certificatesIn(text: string): readonly string[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((pem) => new X509Certificate(pem).toString());
}
