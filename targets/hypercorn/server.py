"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os

from hypercorn.asyncio import serve
from hypercorn.config import Config

VARIANT = os.environ.get("VARIANT", "plain")


async def echo(scope, receive, send):
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    try:
        while (message := await receive())["type"] == "websocket.receive":
            await send({**message, "type": "websocket.send"})
    except OSError:
        pass


config = Config()
config.bind = [f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '9001')}"]
config.loglevel = "WARNING"
if VARIANT != "defaults":
    config.websocket_max_message_size = 2**28
    config.backlog = 1024
if "TLS_CERT" in os.environ:
    config.certfile, config.keyfile = os.environ["TLS_CERT"], os.environ["TLS_KEY"]
asyncio.run(serve(echo, config))
