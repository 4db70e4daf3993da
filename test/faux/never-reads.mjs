// Gets through the opening handshake and then never reads again; `serve` leaves a connection paused.
import { serve } from "./handshake.mjs";

serve(() => {});
