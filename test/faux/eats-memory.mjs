// Accepts connections, and takes memory without end as soon as there is one: nobody gets an echo.
import { serve } from "./handshake.mjs";

serve(() => {
  console.log("hungry");
  const hoard = [];
  // A turn later, so that the word is out.
  setTimeout(() => {
    for (;;) hoard.push(Buffer.alloc(8 * 1024 * 1024, hoard.length));
  }, 20);
});
