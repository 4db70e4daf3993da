"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os
import ssl

from tornado.httpserver import HTTPServer
from tornado.web import Application
from tornado.websocket import WebSocketClosedError, WebSocketHandler

VARIANT = os.environ.get("VARIANT", "plain")
SETTINGS = {} if VARIANT == "defaults" else {"websocket_max_message_size": 2**28}


class Echo(WebSocketHandler):
    def get_compression_options(self):
        return None if VARIANT in ("defaults", "no-deflate") else {}

    async def on_message(self, message):
        try:
            await self.write_message(message, binary=isinstance(message, bytes))
        except WebSocketClosedError:
            pass


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


async def main():
    application = Application([(r"/.*", Echo)], log_function=lambda _handler: None, **SETTINGS)
    server = HTTPServer(application, ssl_options=tls())
    server.listen(
        int(os.environ.get("PORT", "9001")),
        os.environ.get("HOST", "127.0.0.1"),
        **({} if VARIANT == "defaults" else {"backlog": 1024}),
    )
    await asyncio.Event().wait()


asyncio.run(main())
