import type { Doc, Elem, Win } from "./dom.ts";
import { element } from "./elements.ts";

declare const document: Doc;
declare const window: Win;
declare const Blob: new (parts: readonly unknown[], options: { readonly type: string }) => unknown;
declare const URL: { createObjectURL(blob: unknown): string; revokeObjectURL(url: string): void };

/** A button that does something. */
export function button(text: string, act: (self: Elem) => void): Elem {
  const made = element("button", { type: "button" }, text);
  made.addEventListener("click", () => act(made));
  return made;
}

/** Hands a file to the user. */
export function save(name: string, type: string, content: unknown): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Puts a text on the clipboard, and says so. */
export function copy(text: string, self: Elem): void {
  const before = self.textContent;
  const done = (word: string) => {
    self.textContent = word;
    window.setTimeout(() => (self.textContent = before), 1500);
  };
  const { clipboard } = window.navigator;
  if (clipboard === undefined) return done("Not allowed here");
  const settled = async () => {
    const copied = await clipboard.writeText(text).catch(() => "Not allowed here");
    done(copied ?? "Copied");
  };
  void settled();
}
