/** The process of a gateway: carries connections to the destination that it is sent, and tells where it listens. */

import { H2Gateway } from "./h2-gateway.ts";
import type { Destination } from "./opening.ts";

process.once("message", (to: Destination) => {
  void H2Gateway.open(to).then((gateway) => process.send!(gateway.destination));
});
// Without its owner it is of no use to anybody.
process.once("disconnect", () => process.exit());
