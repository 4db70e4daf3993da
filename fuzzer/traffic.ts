/** Octets and frames of one direction while the connection was open. */
export interface DirectionTraffic {
  /** On the wire, control frames and headers included. */
  wire: number;
  /** Payload of data messages, compressed as it went. */
  webSocket: number;
  /** The same before compression. */
  app: number;
  /** Data frames. */
  frames: number;
  messages: number;
}

/** What went through a connection; the ratios of compressed cases come from it. */
export interface Traffic {
  readonly outgoing: DirectionTraffic;
  readonly incoming: DirectionTraffic;
  /** Octets of the opening handshake. */
  readonly preopen: { outgoing: number; incoming: number };
}

/** Nothing yet. */
export function newTraffic(): Traffic {
  const none = () => ({ wire: 0, webSocket: 0, app: 0, frames: 0, messages: 0 });
  return { outgoing: none(), incoming: none(), preopen: { outgoing: 0, incoming: 0 } };
}
