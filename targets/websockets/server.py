"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os
import ssl
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets import serve
from websockets.exceptions import ConnectionClosed


SUBPROTOCOLS = ["v2.echo", "v1.echo"]


def choose(first, second):
    """Without this, who offers none of them would be refused. Up to version 13 the client's list comes first."""
    offered = first if isinstance(first, list) else second
    return next((name for name in SUBPROTOCOLS if name in offered), None)


def route(first, second):
    """Refuses other paths than the root. Up to version 13 the path itself comes first."""
    path = first if isinstance(first, str) else second.path
    if urlsplit(path).path in ("", "/"):
        return None
    text = "There is no such path.\n"
    if isinstance(first, str):
        return HTTPStatus.NOT_FOUND, [], text.encode()
    return first.respond(HTTPStatus.NOT_FOUND, text)


VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {
    "compression": None if VARIANT == "no-deflate" else "deflate",
    "max_size": 2**28,
    "ping_interval": None,
    "backlog": 1024,
    "subprotocols": SUBPROTOCOLS,
    "select_subprotocol": choose,
    "process_request": route,
}


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


async def main():
    async with serve(
        echo,
        os.environ.get("HOST", "127.0.0.1"),
        int(os.environ.get("PORT", "9001")),
        ssl=tls(),
        **({} if VARIANT == "defaults" else OPTIONS),
    ) as server:
        await server.serve_forever()


asyncio.run(main())
