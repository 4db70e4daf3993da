## Client driver: plays the fuzzer's cases one after the other, echoing every message.
import std/[os, strutils, uri]
import chronos, chronos/streams/tlsstream
import stew/byteutils
import websock/websock
import ./setup

let
  fuzzer = parseUri(getEnv("FUZZER_URL"))
  agent = encodeUrl(getEnv("AGENT", "nim-websock"), usePlus = false)

proc visit(path: string): Future[WSSession] {.async.} =
  return await WebSocket.connect(
    host = fuzzer.hostname & ":" & fuzzer.port,
    path = path,
    factories = extensions(),
    secure = fuzzer.scheme == "wss",
    flags = {TLSFlags.NoVerifyHost, TLSFlags.NoVerifyServerName},
  )

proc caseCount(): Future[int] {.async.} =
  let session = await visit("/getCaseCount")
  result = parseInt(string.fromBytes(await session.receive()))
  await session.close()

proc runCase(number: int) {.async.} =
  try:
    await (await visit("/runCase?case=" & $number & "&agent=" & agent)).serve()
  except CatchableError as problem:
    stderr.writeLine("case " & $number & ": " & problem.msg)

proc main() {.async.} =
  for number in 1 .. await caseCount().wait(10.seconds):
    await runCase(number)
  await (await visit("/updateReports?agent=" & agent)).serve()

waitFor main()
