#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// As in main.ts.
enableCompileCache();
const { main } = await import("./cli.ts");

process.exitCode = await main(["wstest", ...process.argv.slice(2)]);
