import { z } from "zod";
import type { Role } from "../../fuzzer/record.ts";

/** The roles, in the order in which they are planned and shown. */
export const ROLES = ["server", "client"] as const satisfies readonly Role[];

/** A role, with an error that says which there are. */
export const roleSchema = z.enum(ROLES, { error: `no such role; roles are ${ROLES.join(", ")}` });

/** A list that is not empty and names nothing twice. */
export function uniqueList<Item extends z.ZodType<string>>(item: Item): z.ZodArray<Item> {
  return z
    .array(item)
    .min(1)
    .superRefine((list, context) => {
      for (const [index, value] of list.entries()) {
        if (list.indexOf(value) === index) continue;
        context.addIssue({ code: "custom", path: [index], message: `\`${value}\` is listed twice` });
      }
    })
    .meta({ uniqueItems: true });
}

/** A version as an ecosystem's own client understands it; never something that reads as an option. */
export const versionSchema = z
  .string()
  .regex(/^[0-9A-Za-z][0-9A-Za-z.+_-]*$/, { error: "a version holds only letters, digits and . + _ -" });
