#!/usr/bin/env node
import { enableCompileCache } from "node:module";

import { keepYoungGenerationSmall } from "./young-generation.ts";

// As in main.ts.
enableCompileCache();
keepYoungGenerationSmall();
const { main } = await import("./cli.ts");

process.exitCode = await main(["wstest", ...process.argv.slice(2)]);
