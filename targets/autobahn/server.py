"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os
import ssl

from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

VARIANT = os.environ.get("VARIANT", "plain")


class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


def accept(offers):
    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            return PerMessageDeflateOfferAccept(offer)


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


async def main():
    factory = WebSocketServerFactory()
    factory.protocol = Echo
    if VARIANT not in ("defaults", "no-deflate"):
        factory.setProtocolOptions(perMessageCompressionAccept=accept)
    server = await asyncio.get_running_loop().create_server(
        factory,
        os.environ.get("HOST", "127.0.0.1"),
        int(os.environ.get("PORT", "9001")),
        ssl=tls(),
        backlog=1024,
    )
    await server.serve_forever()


asyncio.run(main())
