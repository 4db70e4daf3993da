import { join } from "node:path";

import { PreparedMessages } from "../../fuzzer/prepared.ts";
import { type Profile, profiles } from "../../fuzzer/profile.ts";

import { cacheRoot } from "../engines/cache.ts";

let kept: PreparedMessages | undefined;

/** A profile whose compressed messages are kept in the cache of this user, for this run and later ones. */
export function profileWithCache(name: Profile["name"]): Profile {
  kept ??= new PreparedMessages(join(cacheRoot(), "messages"));
  return { ...profiles[name], prepared: kept };
}
