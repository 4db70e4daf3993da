"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os
import ssl

import trio
from trio_websocket import ConnectionClosed, serve_websocket

VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {} if VARIANT == "defaults" else {"max_message_size": 2**28}


async def echo(request):
    connection = await request.accept()
    try:
        while True:
            await connection.send_message(await connection.get_message())
    except ConnectionClosed:
        pass


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


async def main():
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "9001"))
    await serve_websocket(echo, host, port, tls(), **OPTIONS)


trio.run(main)
