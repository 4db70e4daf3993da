import { z } from "zod";
import { type Field, fieldsOf } from "./protobuf.ts";

/** What a line of the engine's answer to a build or a pull means. */
export type BuildMessage =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly id: string }
  | { readonly kind: "failure"; readonly message: string };

const lineSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  progress: z.string().optional(),
  id: z.string().optional(),
  error: z.string().optional(),
  errorDetail: z.object({ message: z.string().optional() }).optional(),
  aux: z.unknown().optional(),
});

const idSchema = z.object({ ID: z.string() });

/** Understands one answer after another; steps of BuildKit are told once, though it tells of them often. */
export class BuildOutput {
  readonly #told = new Set<string>();

  /** What a JSON object of the answer says. */
  read(value: unknown): readonly BuildMessage[] {
    const line = lineSchema.safeParse(value).data;
    if (line === undefined) return [];
    const failure = line.errorDetail?.message ?? line.error;
    if (failure !== undefined) return [{ kind: "failure", message: failure }];
    if (line.stream !== undefined) return [{ kind: "text", text: line.stream }];
    if (line.id === "moby.buildkit.trace" && typeof line.aux === "string") return this.#trace(line.aux);
    const image = idSchema.safeParse(line.aux).data;
    if (image !== undefined) return [{ kind: "image", id: image.ID }];
    // Of what is under way only the ends are worth a line, and those have no bar.
    if (line.status === undefined || line.progress) return [];
    return [{ kind: "text", text: `${line.id === undefined ? "" : `${line.id}: `}${line.status}\n` }];
  }

  /** A status of BuildKit, which comes in base64: moby.buildkit.v1.StatusResponse. */
  #trace(base64: string): readonly BuildMessage[] {
    try {
      return fieldsOf(Buffer.from(base64, "base64")).flatMap((field) => this.#part(field));
    } catch (error) {
      // Output that cannot be read is no reason to let a build fail.
      if (error instanceof RangeError) return [];
      throw error;
    }
  }

  #part({ number, octets }: Field): readonly BuildMessage[] {
    if (number === STATUS.vertexes) return this.#vertex(fieldsOf(octets));
    if (number === STATUS.logs) return [{ kind: "text", text: textOf(fieldsOf(octets), LOG.msg) }];
    return [];
  }

  #vertex(fields: readonly Field[]): readonly BuildMessage[] {
    const digest = textOf(fields, VERTEX.digest);
    const name = textOf(fields, VERTEX.name);
    const error = textOf(fields, VERTEX.error);
    const cached = fields.some(({ number, value }) => number === VERTEX.cached && value === 1n);
    const started = fields.some(({ number }) => number === VERTEX.started);
    const lines: string[] = [];
    const tell = (key: string, line: string): void => {
      if (this.#told.has(key)) return;
      this.#told.add(key);
      lines.push(line);
    };
    if (started && !name.startsWith("[internal]")) tell(digest, `${name}${cached ? " (cached)" : ""}\n`);
    if (error !== "") tell(`${digest} error`, `${error}\n`);
    return lines.map((text) => ({ kind: "text", text }));
  }
}

// Field numbers of BuildKit's control API.
const STATUS = { vertexes: 1, logs: 3 } as const;
const VERTEX = { digest: 1, name: 3, cached: 4, started: 5, error: 7 } as const;
const LOG = { msg: 4 } as const;

function textOf(fields: readonly Field[], number: number): string {
  return fields.find((field) => field.number === number)?.octets.toString("utf8") ?? "";
}
