import { createHash } from "node:crypto";
import { sidecarProgram } from "../../place/program.ts";
import { PrepareError, type PrepareOptions, StartError } from "../engine.ts";
import { buildImage } from "./build.ts";
import type { DockerEngineInfo } from "./connect.ts";
import { findImage, type ImageFacts } from "./images.ts";
import { KEY, OURS } from "./labels.ts";
import { type TarFile, tarOf } from "./tar.ts";

/** The image in which the fuzzer runs as a sidecar. */
export interface SidecarImage {
  readonly image: ImageFacts;
  /** The hash of the program in it. */
  readonly program: string;
}

/** What the fuzzer's own process needs: Node, and nothing from a registry of packages. */
const BASE = "node:24-bookworm-slim";

const dockerfile = (entry: string) => `FROM ${BASE}
WORKDIR /wsmatrix
COPY . .
USER node
CMD ["node", "--max-semi-space-size=1", "${entry}"]
`;

/**
 * Has the image of the sidecar built from this package's own files, unless the engine has it.
 *
 * @param timeoutMs for the build
 * @throws {StartError} it cannot be built, with the end of the build's output
 * @throws {EngineGoneError} the engine does not answer any more
 * @throws the signal's reason, once it is aborted
 */
export async function sidecarImage(
  engine: DockerEngineInfo,
  timeoutMs: number,
  options: PrepareOptions,
): Promise<SidecarImage> {
  const { entry, files, hash } = sidecarProgram();
  const text = dockerfile(entry);
  const key = createHash("sha256")
    .update(JSON.stringify([hash, text, engine.platform]))
    .digest("hex");
  const tag = `wsmatrix/fuzzer:${key.slice(0, 12)}`;
  const find = async () => {
    const image = await findImage(engine.docker, tag);
    return image?.labels[KEY] === key ? { image, program: hash } : null;
  };
  const before = await find();
  if (before !== null) return before;
  const archive = tarOf([
    ...[...files].map(([path, content]): TarFile => ({ path, content, mode: 0o644 })),
    { path: "package.json", content: Buffer.from('{ "type": "module" }\n'), mode: 0o644 },
    { path: "Dockerfile", content: Buffer.from(text), mode: 0o644 },
  ]);
  const labels = { [OURS]: "image", [KEY]: key };
  const request = { archive, dockerfile: "Dockerfile", tag, labels, buildArgs: {}, pull: false, timeoutMs };
  try {
    await buildImage(engine, request, options);
  } catch (error) {
    if (!(error instanceof PrepareError)) throw error;
    throw new StartError(
      `the image of the fuzzer's sidecar was not built: ${error.message}\n${error.logTail}`,
      {
        cause: error,
      },
    );
  }
  const built = await find();
  if (built === null) throw new StartError(`the engine built no image ${tag}`);
  return built;
}
