import { z } from "zod";

/** What the commands and variables of a target may hold in braces: known once it is started. */
export const RUN_PLACEHOLDERS = ["host", "port", "url", "agent"] as const;

/** What the commands of an installation may hold in braces: known before anything is started. */
export const INSTALL_PLACEHOLDERS = ["version"] as const;

/** `{name}`, but not the shell's `${name}`, nor braces that hold anything but a word. */
export const PLACEHOLDER = /(?<!\$)\{([A-Za-z_]\w*)\}/g;

/**
 * Text in which only the known placeholders may occur; any other one is a problem with its place.
 *
 * @param known names, without the braces
 */
export function textWith(known: readonly string[]): z.ZodString {
  return z.string().superRefine((text, context) => {
    for (const [placeholder, name] of text.matchAll(PLACEHOLDER)) {
      if (known.includes(name ?? "")) continue;
      const remedy = `there is ${known.map((word) => `{${word}}`).join(" ")}`;
      context.addIssue({ code: "custom", message: `unknown placeholder ${placeholder}`, params: { remedy } });
    }
  });
}
