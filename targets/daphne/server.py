"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os

from daphne.server import Server
from twisted.internet.endpoints import quoteStringArgument

VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {"websocket_max_message_size": 2**28, "websocket_max_frame_size": 2**28}


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


def endpoint():
    quoted = {name: quoteStringArgument(value) for name, value in os.environ.items()}
    where = f"port={quoted.get('PORT', '9001')}:interface={quoted.get('HOST', '127.0.0.1')}"
    if VARIANT != "defaults":
        where += ":backlog=1024"
    if "TLS_CERT" in quoted:
        return f"ssl:{where}:certKey={quoted['TLS_CERT']}:privateKey={quoted['TLS_KEY']}"
    return f"tcp:{where}"


Server(echo, [endpoint()], verbosity=0, **({} if VARIANT == "defaults" else OPTIONS)).run()
