"""Echo server: every message goes back with its type. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os

from gevent.pywsgi import WSGIServer
from geventwebsocket import WebSocketError
from geventwebsocket.handler import WebSocketHandler


def echo(environ, _start_response):
    socket = environ["wsgi.websocket"]
    try:
        while (message := socket.receive()) is not None:
            socket.send(message)
    except (OSError, WebSocketError):
        pass
    return []


def tls():
    if "TLS_CERT" not in os.environ:
        return {}
    return {"certfile": os.environ["TLS_CERT"], "keyfile": os.environ["TLS_KEY"]}


WSGIServer(
    (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "9001"))),
    echo,
    handler_class=WebSocketHandler,
    backlog=1024,
    log=None,
    **tls(),
).serve_forever()
