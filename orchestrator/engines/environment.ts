import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";

/** Variables of a process. */
export type Environment = Readonly<Record<string, string>>;

// Targets are untrusted: they get what a program needs to run, and no token that happens to be in our own
// environment. Each list is of patterns for whole names.
const ALWAYS = [
  /^(PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|LC_[A-Z]+|TZ|TMPDIR|TMP|TEMP)$/,
  // Where runtimes and their libraries are.
  /^(JAVA_HOME|GOROOT|RUSTUP_HOME|CARGO_HOME|DOTNET_ROOT|PYENV_(ROOT|VERSION)|RBENV_(ROOT|VERSION)|pythonLocation)$/,
  /^(LD|DYLD)_(FALLBACK_)?LIBRARY_PATH$/,
  // Windows does not start programs without these.
  /^(SystemRoot|SystemDrive|windir|ComSpec|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|ProgramData|ProgramFiles(\(x86\))?)$/i,
];

// What package clients and compilers need beside that, to reach the registries that their user reaches.
const FOR_INSTALLS = [
  /^(HTTPS?|ALL|NO|FTP)_PROXY$/i,
  /^(SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|NODE_USE_SYSTEM_CA|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|GIT_SSL_CAINFO|DENO_CERT)$/,
  /^npm_config_(.*registry|(user|global)config|ca|cafile|cache|strict_ssl|(https?_)?proxy|noproxy|(prefer_)?offline)$/i,
  /^(PIP|UV|CARGO|RUSTUP)_[A-Z_]+$/,
  /^GO[A-Z0-9]+$/,
  /^(JAVA_TOOL_OPTIONS|MAVEN_OPTS|MAVEN_ARGS|GRADLE_USER_HOME|XDG_(CACHE|CONFIG|DATA)_HOME)$/,
  /^(CC|CXX|AR|C(XX|PP)?FLAGS|LDFLAGS|MAKEFLAGS|CPATH|LIBRARY_PATH|PKG_CONFIG_PATH|SDKROOT)$/,
];
const SECRET = /TOKEN|SECRET|PASSW|CREDENTIAL|_AUTH/i;

// Nobody is there to answer a question, and nothing but the packages need be asked of a registry.
const UNATTENDED: Environment = {
  GIT_TERMINAL_PROMPT: "0",
  PIP_NO_INPUT: "1",
  PIP_DISABLE_PIP_VERSION_CHECK: "1",
  npm_config_audit: "false",
  npm_config_fund: "false",
  npm_config_update_notifier: "false",
};

/** What every target gets of our environment. `node` on its PATH is the Node that runs us. */
export function runEnvironment(ours: NodeJS.ProcessEnv = process.env): Environment {
  return { ...pick(ours, ALWAYS), PATH: pathWithOurNode(ours.PATH ?? "") };
}

/** What the commands of an installation get. */
export function installEnvironment(ours: NodeJS.ProcessEnv = process.env): Environment {
  return { ...runEnvironment(ours), ...UNATTENDED, ...pick(ours, FOR_INSTALLS) };
}

/**
 * Finds a program as the system would when it starts one; null when it is not there.
 *
 * @param program a name that is looked for on `path`, or a path
 * @param cwd what a relative path is relative to
 */
export function findProgram(program: string, path: string, cwd: string): string | null {
  if (/[/\\]/.test(program)) return firstProgram([isAbsolute(program) ? program : resolve(cwd, program)]);
  return firstProgram(path.split(delimiter).map((dir) => join(resolve(cwd, dir), program)));
}

function pick(ours: NodeJS.ProcessEnv, patterns: readonly RegExp[]): Environment {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(ours)) {
    if (value === undefined || SECRET.test(name)) continue;
    if (patterns.some((pattern) => pattern.test(name))) picked[name] = value;
  }
  return picked;
}

/** The folder of our Node comes first, unless `node` is found to be ours already: it may hold much else. */
function pathWithOurNode(path: string): string {
  const found = findProgram("node", path, process.cwd());
  if (found !== null && realpathSync(found) === realpathSync(process.execPath)) return path;
  return [dirname(process.execPath), path].filter(Boolean).join(delimiter);
}

function firstProgram(candidates: readonly string[]): string | null {
  const suffixes =
    process.platform === "win32" ? ["", ...(process.env.PATHEXT ?? ".EXE;.CMD").split(";")] : [""];
  for (const candidate of candidates) {
    const found = suffixes.map((suffix) => candidate + suffix).find(isProgram);
    if (found !== undefined) return found;
  }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
