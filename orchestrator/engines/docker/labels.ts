import { hostname } from "node:os";
import { z } from "zod";
import { parseJson } from "../cache.ts";
import { type ProcessIdentity, identify } from "../process-table.ts";

/** Is on everything that we make in an engine, and on nothing else: its value is the kind of thing. */
export const OURS = "wsmatrix";
/** The process that made it, as JSON. */
export const OWNER = "wsmatrix.owner";
/** The cell that it is of, for people. */
export const CELL = "wsmatrix.cell";
/** The key of the contents of an image. */
export const KEY = "wsmatrix.key";

/** Labels of a container, a network, a volume or an image. */
export type Labels = Readonly<Record<string, string>>;

const ownerSchema = z.object({
  pid: z.number(),
  startTime: z.string(),
  place: z.string(),
  host: z.string(),
});

/** The process that something belongs to, and the name of its machine. */
export type Owner = z.infer<typeof ownerSchema>;

/** The labels of what is removed once this process is gone. */
export async function passingLabels(kind: string, cell: string): Promise<Labels> {
  return { [OURS]: kind, [OWNER]: JSON.stringify(await self()), [CELL]: cell };
}

/** This very process. */
export async function self(): Promise<Owner> {
  const { pid, startTime, place }: ProcessIdentity = (await identify(process.pid))!;
  return { pid, startTime, place, host: hostname() };
}

/** Whom something belongs to; null when its labels do not say so. */
export function ownerOf(labels: Labels | null | undefined): Owner | null {
  return ownerSchema.safeParse(parseJson(labels?.[OWNER] ?? "")).data ?? null;
}
