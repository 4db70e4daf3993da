import type { Command } from "commander";

/** Adds `wsmatrix wstest`, for the help alone: the drop-in reads its own command line. */
export function addWstest(program: Command): void {
  program
    .command("wstest")
    .description("stand in for Autobahn's wstest: its options, spec files and reports")
    .addHelpText("after", examples);
}

const examples = `
Examples:
  wsmatrix wstest -m fuzzingclient -s config/fuzzingclient.json
  wsmatrix wstest -m fuzzingserver -s config/fuzzingserver.json --accept default`;
