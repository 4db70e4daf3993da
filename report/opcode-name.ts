/**
 * What an opcode of RFC 6455 section 11.8 is called; `reserved opcode 3` where it has no name. Pages of the site
 * run this too, so it uses nothing but its argument.
 */
export function opcodeName(opcode: number): string {
  switch (opcode) {
    case 0:
      return "continuation";
    case 1:
      return "text";
    case 2:
      return "binary";
    case 8:
      return "close";
    case 9:
      return "ping";
    case 10:
      return "pong";
    default:
      return `reserved opcode ${opcode}`;
  }
}
