"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os

import uvicorn

VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {
    "ws_per_message_deflate": VARIANT != "no-deflate",
    "ws_max_size": 2**28,
    "ws_ping_interval": None,
}


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


uvicorn.run(
    echo,
    host=os.environ.get("HOST", "127.0.0.1"),
    port=int(os.environ.get("PORT", "9001")),
    ws="websockets-sansio",
    lifespan="off",
    log_level="warning",
    ssl_certfile=os.environ.get("TLS_CERT"),
    ssl_keyfile=os.environ.get("TLS_KEY"),
    **({} if VARIANT == "defaults" else OPTIONS),
)
