import { Argument, type Command, type Option } from "commander";

import type { CommandContext } from "./context.ts";

/** Shells that completion is written for. */
const SHELLS = ["bash", "zsh", "fish"] as const;

type Shell = (typeof SHELLS)[number];

/** Adds `wsmatrix completion` to the command line. */
export function addCompletion(program: Command, { output }: CommandContext): void {
  program
    .command("completion")
    .description("print what makes a shell complete commands, flags and their values")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .addHelpText("after", examples)
    .action((shell: Shell) => output().out(completionScript(program, shell)));
}

const examples = `
Examples:
  source <(wsmatrix completion bash)                                    in ~/.bashrc
  source <(wsmatrix completion zsh)                                     in ~/.zshrc
  wsmatrix completion fish > ~/.config/fish/completions/wsmatrix.fish`;

/** One way of beginning a command line, and what may follow it. */
interface Choice {
  /** `baseline update`; "" for the program itself. */
  readonly command: string;
  readonly words: readonly Word[];
}

interface Word {
  readonly text: string;
  readonly about: string;
  /** What may stand behind a flag. */
  readonly values: readonly string[];
}

/** The script for a shell, made of the commands as they are. */
export function completionScript(program: Command, shell: Shell): string {
  const choices = choicesOf(program, "");
  switch (shell) {
    case "bash":
      return bash(choices);
    case "zsh":
      return `#compdef wsmatrix\nautoload -U +X bashcompinit && bashcompinit\n${bash(choices)}`;
    case "fish":
      return fish(choices);
  }
}

function choicesOf(command: Command, path: string): readonly Choice[] {
  const inner = command.commands.map((sub) => ({ text: sub.name(), about: sub.description(), values: [] }));
  const flags = command.options.map((option) => ({
    text: option.long ?? option.short ?? "",
    about: option.description,
    values: valuesOf(option),
  }));
  const own: Choice = {
    command: path,
    words: [...inner, ...flags, { text: "--help", about: "show help", values: [] }],
  };
  const below = command.commands.flatMap((sub) =>
    choicesOf(sub, path === "" ? sub.name() : `${path} ${sub.name()}`),
  );
  return [own, ...below];
}

function valuesOf(option: Option): readonly string[] {
  if (option.long === "--role") return ["server", "client"];
  return option.argChoices ?? [];
}

function bash(choices: readonly Choice[]): string {
  const words = choices.map(({ command, words: some }) => {
    return `    ${quote(command)}) words=${quote(some.map(({ text }) => text).join(" "))} ;;`;
  });
  const values = new Map(
    choices.flatMap(({ words: some }) =>
      some.filter((word) => word.values.length > 0).map((word) => [word.text, word.values]),
    ),
  );
  const known = [...values].map(
    ([flag, some]) =>
      `    ${flag}) COMPREPLY=($(compgen -W ${quote(some.join(" "))} -- "$current")); return ;;`,
  );
  const commands = choices.map(({ command }) => command).filter((command) => command !== "");
  return `_wsmatrix() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command="" words="" word
  case $before in
${known.join("\n")}
  esac
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command\${command:+ }$word" in
      ${commands.map(quote).join("|")}) command="$command\${command:+ }$word" ;;
    esac
  done
  case $command in
${words.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ \${#COMPREPLY[@]} -eq 0 ]; then compopt -o default 2>/dev/null; fi
}
complete -F _wsmatrix wsmatrix
`;
}

function fish(choices: readonly Choice[]): string {
  const lines = choices.flatMap(({ command, words }) => {
    const path = command === "" ? [] : command.split(" ");
    const where =
      path.length === 0
        ? "__fish_use_subcommand"
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    return words.map(({ text, about, values }) => {
      const what = text.startsWith("--") ? `-l ${text.slice(2)}` : `-a ${quote(text)}`;
      const more = values.length === 0 ? "" : ` -x -a ${quote(values.join(" "))}`;
      return `complete -c wsmatrix -n ${quote(where)} ${what}${more} -d ${quote(about)}\n`;
    });
  });
  return lines.join("");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
