"""Echo server behind the proxy: every message goes back with its type."""

import asyncio

from websockets.exceptions import ConnectionClosed
from websockets.server import unix_serve


async def echo(connection):
    try:
        async for message in connection:
            await connection.send(message)
    except ConnectionClosed:
        pass


async def main():
    settings = {"compression": "deflate", "max_size": 2**28, "ping_interval": None, "backlog": 1024}
    async with unix_serve(echo, "/tmp/echo.sock", **settings):
        await asyncio.Future()


asyncio.run(main())
