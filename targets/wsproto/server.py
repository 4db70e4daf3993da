"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import asyncio
import os
import ssl

from wsproto import ConnectionType, WSConnection

from conversation import converse


async def handle(reader, writer):
    try:
        await converse(WSConnection(ConnectionType.SERVER), reader, writer)
    except OSError:
        pass
    finally:
        writer.close()


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


async def main():
    server = await asyncio.start_server(
        handle,
        os.environ.get("HOST", "127.0.0.1"),
        int(os.environ.get("PORT", "9001")),
        ssl=tls(),
        backlog=1024,
    )
    await server.serve_forever()


asyncio.run(main())
