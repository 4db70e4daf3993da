import type { DirectionTraffic, Traffic } from "../../fuzzer/traffic.ts";

import { PythonFloat } from "./python-json.ts";

/** Compressed octets for each octet of the messages one way; null when there were none. */
export function compressionRatio({ webSocket, app }: DirectionTraffic): number | null {
  return app === 0 ? null : webSocket / app;
}

/** Octets around the payloads for each octet of a payload, one way; null when there were none. */
export function frameOverhead({ wire, webSocket }: DirectionTraffic): number | null {
  return webSocket === 0 ? null : (wire - webSocket) / webSocket;
}

/** The `trafficStats` of a case's JSON file. */
export type TrafficStatsJson = Readonly<Record<string, number | PythonFloat | null>>;

/** Statistics in Autobahn's words, and with floats where it has floats. */
export function trafficStatsJson({ outgoing, incoming, preopen }: Traffic): TrafficStatsJson {
  return {
    ...wayJson("outgoing", outgoing),
    ...wayJson("incoming", incoming),
    preopenOutgoingOctetsWireLevel: preopen.outgoing,
    preopenIncomingOctetsWireLevel: preopen.incoming,
  };
}

function wayJson(way: "outgoing" | "incoming", traffic: DirectionTraffic): TrafficStatsJson {
  return {
    [`${way}OctetsWireLevel`]: traffic.wire,
    [`${way}OctetsWebSocketLevel`]: traffic.webSocket,
    [`${way}OctetsAppLevel`]: traffic.app,
    [`${way}CompressionRatio`]: float(compressionRatio(traffic)),
    [`${way}WebSocketOverhead`]: float(frameOverhead(traffic)),
    [`${way}WebSocketFrames`]: traffic.frames,
    [`${way}WebSocketMessages`]: traffic.messages,
  };
}

function float(value: number | null): PythonFloat | null {
  return value === null ? null : new PythonFloat(value);
}
