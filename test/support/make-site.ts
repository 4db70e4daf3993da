import { writeSite } from "../../orchestrator/site/write-site.ts";
import { siteFiles } from "../../report/site/site.ts";
import { hostileInput } from "./hostile-site.ts";
import { siteInput } from "./site-fixture.ts";

/**
 * Writes a site of the fixture: `node test/support/make-site.ts OUT [hostile]`. A process of its own, since the
 * site's scripts are written out of this project's functions, which a test runner changes.
 */
const [out, which] = process.argv.slice(2);
if (out === undefined) throw new Error("name a folder");
writeSite(out, siteFiles(which === "hostile" ? hostileInput() : siteInput()));
