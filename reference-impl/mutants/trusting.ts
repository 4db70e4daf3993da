/** Mutants of clients that trust too easily, or tell too much, over TLS. */

import { type Defect, type Mutant, mutant } from "./mutant.ts";

const client = (
  facts: Pick<Mutant, "name" | "defect" | "rule" | "caughtBy">,
  trust: NonNullable<Defect["trust"]>,
): Mutant => mutant({ ...facts, sides: ["client"], make: () => ({ trust }) });

export const trustingMutants: readonly Mutant[] = [
  client(
    {
      name: "verifies-no-certificate",
      defect: "takes any certificate",
      rule: "RFC 6455, 4.1",
      caughtBy: Array.from({ length: 9 }, (_, at) => `33.4.${at + 1}`),
    },
    { verify: false },
  ),
  client(
    {
      name: "verifies-no-name",
      defect: "takes certificates for others",
      rule: "RFC 9110, 4.3.4",
      caughtBy: ["33.4.3", "33.4.4", "33.4.5"],
    },
    { verify: "authority" },
  ),
  client(
    {
      name: "names-an-address",
      defect: "asks an address for the certificate of a name",
      rule: "RFC 6066, 3",
      caughtBy: ["33.3.5"],
    },
    { serverName: "localhost" },
  ),
];
