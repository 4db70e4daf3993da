"""Every message goes back with its type."""


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

