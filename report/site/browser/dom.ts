/**
 * What the site's scripts use of a browser, as types: the whole of `lib.dom` would put its globals into every
 * module of the project. Nothing here is left when types are stripped.
 */

/** An element, as far as it is used. */
export interface Elem {
  readonly tagName: string;
  id: string;
  className: string;
  hidden: boolean;
  textContent: string | null;
  innerHTML: string;
  value: string;
  name: string;
  type: string;
  checked: boolean;
  open: boolean;
  title: string;
  href: string;
  disabled: boolean;
  readonly dataset: Record<string, string | undefined>;
  readonly classList: {
    add(name: string): void;
    remove(name: string): void;
    toggle(name: string, on: boolean): void;
  };
  readonly children: ArrayLike<Elem>;
  readonly options: ArrayLike<Elem>;
  readonly parentElement: Elem | null;
  readonly form: Elem | null;
  append(...nodes: readonly (Elem | string)[]): void;
  prepend(...nodes: readonly (Elem | string)[]): void;
  replaceChildren(...nodes: readonly (Elem | string)[]): void;
  after(...nodes: readonly (Elem | string)[]): void;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  querySelector(selector: string): Elem | null;
  querySelectorAll(selector: string): ArrayLike<Elem> & Iterable<Elem>;
  closest(selector: string): Elem | null;
  matches(selector: string): boolean;
  addEventListener(type: string, handler: (event: UserEvent) => void): void;
  scrollIntoView(options?: { readonly block: string }): void;
  focus(): void;
  click(): void;
  remove(): void;
  reset(): void;
}

/** An event of a user, or of loading. */
export interface UserEvent {
  readonly key: string;
  readonly target: Elem;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly data: string;
  preventDefault(): void;
}

/** The document. */
export interface Doc extends Elem {
  readonly documentElement: Elem;
  readonly head: Elem;
  readonly body: Elem;
  readonly activeElement: Elem | null;
  readonly readyState: string;
  title: string;
  createElement(name: string): Elem & { src: string; download: string };
  getElementById(id: string): Elem | null;
}

/** The window, and what scripts of the site share through it. */
export interface Win {
  wsmatrixData: (key: string, value: unknown) => void;
  wsmatrixLoad: (path: string, then: (value: unknown) => void) => void;
  readonly location: { hash: string; href: string; pathname: string; reload(): void };
  readonly history: {
    pushState(state: null, title: string, url: string): void;
    replaceState(state: null, title: string, url: string): void;
  };
  readonly localStorage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
  readonly navigator: { readonly clipboard?: { writeText(text: string): Promise<void> } };
  addEventListener(type: string, handler: (event: UserEvent) => void): void;
  setTimeout(handler: () => void, ms: number): number;
  clearTimeout(timer: number | undefined): void;
}
