"""What the server and the client do with a connection: wsproto does no I/O, so this is the asyncio around it."""

import os

from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Message, Ping, RejectConnection, Request
from wsproto.extensions import PerMessageDeflate
from wsproto.utilities import RemoteProtocolError

COMPRESSED = os.environ.get("VARIANT", "plain") not in ("defaults", "no-deflate")
SENDABLE = (ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING)


def extensions():
    return [PerMessageDeflate()] if COMPRESSED else []


async def converse(connection, reader, writer, answer=lambda message: message):
    """Sends an answer to every message, by default the message itself, until either side has closed."""
    parts = []
    while data := await reader.read(65536):
        try:
            connection.receive_data(data)
        except RemoteProtocolError as error:
            if error.event_hint:
                writer.write(connection.send(error.event_hint))
            return
        for event in connection.events():
            if isinstance(event, Request):
                writer.write(connection.send(AcceptConnection(extensions=extensions())))
            elif isinstance(event, Message):
                parts.append(event.data)
                if event.message_finished:
                    reply = answer(type(event)(data=type(parts[0])().join(parts)))
                    if reply:
                        writer.write(connection.send(reply))
                    parts.clear()
            elif isinstance(event, Ping):
                writer.write(connection.send(event.response()))
            elif isinstance(event, CloseConnection):
                if connection.state in SENDABLE:
                    writer.write(connection.send(event.response()))
                return
            elif isinstance(event, RejectConnection):
                return
        await writer.drain()
