import { serveFuzzer } from "./fuzzer-server.ts";
import { sidecarProgram } from "./program.ts";

// The program of a sidecar: requests come in at standard input, replies leave at standard output, and when the input
// ends, so does it.
await serveFuzzer({ input: process.stdin, output: process.stdout, program: sidecarProgram().hash });
process.exit();
