"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os
import ssl

from aiohttp import ClientConnectionResetError, WSMsgType, web


VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {"max_msg_size": 2**28, "compress": VARIANT != "no-deflate"}


async def echo(request):
    socket = web.WebSocketResponse(**({} if VARIANT == "defaults" else OPTIONS))
    await socket.prepare(request)
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await socket.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
    except ClientConnectionResetError:
        pass
    return socket


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(os.environ["TLS_CERT"], os.environ["TLS_KEY"])
    return context


app = web.Application()
app.router.add_get("/{path:.*}", echo)
web.run_app(
    app,
    host=os.environ.get("HOST", "127.0.0.1"),
    port=int(os.environ.get("PORT", "9001")),
    ssl_context=tls(),
    **({} if VARIANT == "defaults" else {"backlog": 1024}),
    print=None,
    access_log=None,
    handle_signals=False,
)
