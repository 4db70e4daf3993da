## How the server and the client are set up, and what both do with a connection.
import std/os
import chronos
import websock/[websock, extensions/compression/deflate]

const limit = 256 shl 20

let variant = getEnv("VARIANT", "plain")

proc extensions*(): seq[ExtFactory] =
  if variant notin ["defaults", "no-deflate"]:
    result.add deflateFactory(threshold = 0, decompressLimit = limit)

proc receive*(session: WSSession): Future[seq[byte]] {.async.} =
  return await (if variant == "defaults": session.recvMsg() else: session.recvMsg(limit))

proc serve*(session: WSSession) {.async.} =
  ## Sends every message back with its type until the connection ends.
  try:
    while session.readyState == ReadyState.Open:
      let message = await session.receive()
      await session.send(message, if session.binary: Opcode.Binary else: Opcode.Text)
  except WebSocketError, AsyncStreamError:
    discard
