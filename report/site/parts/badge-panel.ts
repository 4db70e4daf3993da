import { badgeOf } from "../../badges.ts";
import { html, type Html } from "../../html.ts";
import type { Role } from "../../../fuzzer/record.ts";
import type { Tally } from "../../tally.ts";
import { address, linkFrom } from "../address.ts";
import type { SiteContext } from "../context.ts";

/** The tally that a badge speaks of: of the newest version, plain; null where it was not played. */
export function badgeTally(context: SiteContext, target: string, role: Role): Tally | null {
  const cells = context.targets.get(target) ?? [];
  const cell = cells.find((one) => one.role === role && one.variant === "plain" && context.isNewest(one));
  return cell === undefined || cell.cases.size === 0 ? null : cell.tally;
}

/** Roles in which a target was planned. */
export function rolesOf(context: SiteContext, target: string): readonly Role[] {
  const cells = context.targets.get(target) ?? [];
  return (["server", "client"] as const).filter((role) => cells.some((cell) => cell.role === role));
}

/** The badges of a target, and what to write to show them. */
export function targetBadges(context: SiteContext, target: string, path: string): Html {
  return html`<h2>Badges</h2>
    <div class="badges">
      ${rolesOf(context, target).map((role) => {
        const { label, message } = badgeOf(role, badgeTally(context, target, role));
        return html`<img
          src="${linkFrom(path, address.badge(target, role, "svg"))}"
          alt="${label}: ${message}"
          height="20"
        />`;
      })}
    </div>
    ${rolesOf(context, target).map(
      (role) =>
        html`<div class="copy">
          <pre>
${`[![WebSocket ${role}](https://SITE/${address.badge(target, role, "svg")})](https://SITE/${address.target(target)})`}</pre>
        </div>`,
    )}
    <p class="faint">
      SITE is where these pages are published. The same for shields.io is at
      <code
        >${rolesOf(context, target)
          .map((role) => address.badge(target, role, "json"))
          .join(", ")}</code
      >.
    </p>`;
}
