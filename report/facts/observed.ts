import type { CaseRecord, RecordedEvent } from "../../fuzzer/record.ts";

/** Events that are spelled out; of more only their number is said. */
const most = 4;

/**
 * What a peer did in a case, in a line: `pong, text of 9 octets; closed with 1000`. Peers of which it is the
 * same did the same as far as a verdict goes.
 */
export function observedText(record: CaseRecord): string {
  if (!record.opened) return "the opening handshake was not completed";
  return `${receivedText(record)}; ${endText(record)}`;
}

function receivedText({ received, receivedDropped, trips }: CaseRecord): string {
  if (trips !== null) {
    const wrong = trips.wrong > 0 ? `, ${trips.wrong} wrong` : "";
    return `${trips.right} right ${trips.right === 1 ? "echo" : "echoes"}${wrong}`;
  }
  const events = received.filter((event) => event.event !== "timeout");
  if (events.length === 0) return "nothing was sent back";
  const shown = events.slice(0, most).map(eventText);
  const more = events.length - shown.length + receivedDropped;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

function eventText(event: RecordedEvent): string {
  if (event.event === "timeout") return `wait ${event.tag} over`;
  const kind = event.event === "pong" ? "pong" : event.binary ? "binary" : "text";
  return `${kind} of ${event.payload.length} ${event.payload.length === 1 ? "octet" : "octets"}`;
}

function endText(record: CaseRecord): string {
  if (record.targetDied === true) return "the target died";
  if (record.remoteCloseCode !== null) return `close frame with ${record.remoteCloseCode}`;
  if (record.rxFrames["8"] !== undefined) return "close frame without a code";
  return record.droppedByMe ? "no close frame, and TCP left open" : "no close frame; TCP was ended";
}
