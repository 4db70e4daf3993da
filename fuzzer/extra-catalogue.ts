/** The chapters that Autobahn does not have, in a catalogue of their own: the two are never added up. */

import type { Case } from "./case.ts";
import { buildCatalogue, type Catalogue } from "./catalogue.ts";
import type { Role } from "./record.ts";
import { chapter20 } from "./suite/chapter-20.ts";
import { chapter21 } from "./suite/chapter-21.ts";
import { chapter22 } from "./suite/chapter-22.ts";
import { chapter23 } from "./suite/chapter-23.ts";
import { chapter24 } from "./suite/chapter-24.ts";
import { chapter25 } from "./suite/chapter-25.ts";
import { chapter26 } from "./suite/chapter-26.ts";
import { chapter27 } from "./suite/chapter-27.ts";
import { chapter28 } from "./suite/chapter-28.ts";
import { chapter29 } from "./suite/chapter-29.ts";
import { chapter30 } from "./suite/chapter-30.ts";
import { chapter31 } from "./suite/chapter-31.ts";
import { chapter32 } from "./suite/chapter-32.ts";
import { chapter33 } from "./suite/chapter-33.ts";
import { chapter34 } from "./suite/chapter-34.ts";

/** All cases from 20 on. */
export const extraCatalogue: Catalogue = buildCatalogue([
  chapter20,
  chapter21,
  chapter22,
  chapter23,
  chapter24,
  chapter25,
  chapter26,
  chapter27,
  chapter28,
  chapter29,
  chapter30,
  chapter31,
  chapter32,
  chapter33,
  chapter34,
]);

/** What a target declares of itself, as far as cases depend on it. */
export interface DeclaredLimits {
  /** The longest message that it takes, in octets. */
  readonly maxMessage?: number | undefined;
  /** Subprotocols that it has as a server: two or more, of which it chooses. */
  readonly subprotocols?: readonly string[] | undefined;
  /** Paths that it serves; it refuses others. */
  readonly paths?: readonly string[] | undefined;
}

/** How a target is reached, as far as cases depend on it. */
export interface Reach {
  readonly tls?: boolean;
  /** Over HTTP/2 (RFC 8441). */
  readonly h2?: boolean;
}

/** Whether a case can be played with a target: by its role, by the limit that it tries, and by how it is reached. */
export function isFor(
  played: Case,
  role: Role,
  limits: DeclaredLimits = {},
  { tls = false, h2 = false }: Reach = {},
): boolean {
  const { extra } = played;
  if (extra === undefined) return true;
  if (extra.over !== undefined && (extra.over === "h2") !== h2) return false;
  // What TLS is to a case is HTTP/1.1 over TLS.
  if (extra.overTls && (!tls || h2)) return false;
  return extra.roles.includes(role) && (extra.limit === undefined || limits[extra.limit] !== undefined);
}

/**
 * A case made for what a target declares: payloads that stand for a limit are as long as that, or longer by so many
 * octets; `{known}` and `{alsoKnown}` are subprotocols, and `{path}` is a path.
 */
export function bindLimits(played: Case, limits: DeclaredLimits): Case {
  const { extra } = played;
  if (extra?.limit === undefined || limits[extra.limit] === undefined) return played;
  const { maxMessage = 0, subprotocols = [], paths = [] } = limits;
  const [known, alsoKnown] = subprotocols;
  const [path] = paths;
  return {
    ...played,
    extra: extra.limit === "maxMessage" ? bound(extra, maxMessage) : named(extra, { known, alsoKnown, path }),
  };
}

/** Replaces names in braces in all texts; what becomes part of a regular expression stands for itself there. */
function named<T>(value: T, names: Readonly<Record<string, string | undefined>>, key = ""): T {
  if (typeof value === "string") {
    const text = value.replaceAll(/\{([a-zA-Z]+)\}/g, (whole, name: string) => {
      const found = names[name];
      return key === "matches" ? (found?.replaceAll(/\W/g, String.raw`\$&`) ?? whole) : (found ?? whole);
    });
    return text as T;
  }
  if (Array.isArray(value)) return value.map((each: unknown) => named(each, names, key)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, named(each, names, name)]),
  ) as T;
}

function scaled(octets: number, scale: unknown): number {
  const [here, there] = Array.isArray(scale) ? (scale as [number, number]) : [1, 1];
  return here * Math.ceil(octets / there);
}

/** Payloads with a `beyond` get their length of the limit. */
function bound<T>(value: T, limit: number): T {
  if (Array.isArray(value)) return value.map((each: unknown) => bound(each, limit)) as T;
  if (typeof value !== "object" || value === null) return value;
  if ("unit" in value && "beyond" in value && typeof value.beyond === "number")
    return { ...value, length: scaled(limit + value.beyond, "scale" in value ? value.scale : undefined) };
  if ("lengthBeyond" in value && typeof value.lengthBeyond === "number") {
    const octets = Buffer.alloc(8);
    octets.writeBigUInt64BE(BigInt(limit + value.lengthBeyond));
    return { ...value, length: octets.toString("hex") };
  }
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, bound(each, limit)])) as T;
}
