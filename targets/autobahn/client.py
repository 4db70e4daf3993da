"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import asyncio
import os
import ssl
import sys
from urllib.parse import quote, urlsplit

from autobahn.asyncio.websocket import WebSocketClientFactory, WebSocketClientProtocol
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "autobahn"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
VARIANT = os.environ.get("VARIANT", "plain")
FUZZER = urlsplit(FUZZER_URL)
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT")) if FUZZER.scheme == "wss" else None


class Echo(WebSocketClientProtocol):
    text = None

    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


class Listener(WebSocketClientProtocol):
    text = None

    def onMessage(self, payload, isBinary):
        self.text = payload


def accept(response):
    if isinstance(response, PerMessageDeflateResponse):
        return PerMessageDeflateResponseAccept(response)


async def visit(path, protocol=Echo):
    """Opens one connection; returns its last text once it has closed."""
    factory = WebSocketClientFactory(FUZZER_URL + path)
    factory.protocol = protocol
    if VARIANT not in ("defaults", "no-deflate"):
        factory.setProtocolOptions(
            perMessageCompressionOffers=[PerMessageDeflateOffer()],
            perMessageCompressionAccept=accept,
        )
    loop = asyncio.get_running_loop()
    _transport, connection = await loop.create_connection(factory, FUZZER.hostname, FUZZER.port, ssl=TLS)
    await connection.is_closed
    return connection.text


async def run_case(number):
    try:
        await visit(f"/runCase?case={number}&agent={AGENT}")
    except OSError as error:
        print(f"case {number}: {error}", file=sys.stderr)


async def worker(numbers):
    for number in numbers:
        await run_case(number)


async def main():
    count = int(await asyncio.wait_for(visit("/getCaseCount", Listener), 10))
    numbers = iter(range(1, count + 1))
    await asyncio.gather(*(worker(numbers) for _ in range(CONCURRENCY)))
    await visit(f"/updateReports?agent={AGENT}")


asyncio.run(main())
