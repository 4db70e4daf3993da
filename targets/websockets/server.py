"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os
import ssl

from websockets import serve
from websockets.exceptions import ConnectionClosed


VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {
    "compression": None if VARIANT == "no-deflate" else "deflate",
    "max_size": 2**28,
    "ping_interval": None,
    "backlog": 1024,
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
