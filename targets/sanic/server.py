"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os

from sanic import Sanic

app = Sanic("echo", configure_logging=False)
if os.environ.get("VARIANT", "plain") != "defaults":
    app.config.WEBSOCKET_MAX_SIZE = 2**28
    app.config.WEBSOCKET_PING_INTERVAL = None


@app.websocket("/<path:path>")
@app.websocket("/", name="root")
async def echo(_request, connection, path=""):
    async for message in connection:
        await connection.send(message)


def tls():
    if "TLS_CERT" not in os.environ:
        return None
    return {"cert": os.environ["TLS_CERT"], "key": os.environ["TLS_KEY"]}


if __name__ == "__main__":
    app.run(
        os.environ.get("HOST", "127.0.0.1"),
        int(os.environ.get("PORT", "9001")),
        single_process=True,
        access_log=False,
        motd=False,
        ssl=tls(),
    )
