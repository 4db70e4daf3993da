"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from websocket import (
    ABNF,
    STATUS_INVALID_PAYLOAD,
    STATUS_PROTOCOL_ERROR,
    WebSocketConnectionClosedException,
    WebSocketException,
    WebSocketPayloadException,
    WebSocketProtocolException,
    create_connection,
)

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "websocket-client"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
VARIANT = os.environ.get("VARIANT", "plain")
TLS = {"ca_certs": os.environ["CA_CERT"]} if "CA_CERT" in os.environ else None


def visit(path, timeout=None):
    return create_connection(FUZZER_URL + path, sslopt=TLS, timeout=timeout)


def echo(connection):
    """Sends every message back with its type until a close frame comes; then waits for the server to end TCP."""
    closed = False
    while True:
        opcode, data = connection.recv_data()
        closed = closed or opcode == ABNF.OPCODE_CLOSE
        if closed:
            continue
        if opcode == ABNF.OPCODE_TEXT:
            connection.send_text(data.decode())
        elif opcode == ABNF.OPCODE_BINARY:
            connection.send_bytes(data)


def fail(connection, code):
    """The library says with an exception what is wrong; telling the server is left to its user."""
    if VARIANT == "defaults":
        connection.close()
    else:
        connection.close(code)


def run_case(number):
    try:
        connection = visit(f"/runCase?case={number}&agent={AGENT}")
    except (OSError, WebSocketException) as error:
        print(f"case {number}: {error}", file=sys.stderr)
        return
    try:
        echo(connection)
    except WebSocketConnectionClosedException:
        pass
    except WebSocketProtocolException:
        fail(connection, STATUS_PROTOCOL_ERROR)
    except (UnicodeDecodeError, WebSocketPayloadException):
        fail(connection, STATUS_INVALID_PAYLOAD)
    except (OSError, WebSocketException) as error:
        print(f"case {number}: {error}", file=sys.stderr)
    finally:
        connection.shutdown()


def case_count():
    connection = visit("/getCaseCount", timeout=10)
    try:
        return int(connection.recv())
    finally:
        connection.close()


def main():
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(run_case, range(1, case_count() + 1)))
    connection = visit(f"/updateReports?agent={AGENT}", timeout=60)
    try:
        echo(connection)
    except WebSocketConnectionClosedException:
        connection.shutdown()


main()
