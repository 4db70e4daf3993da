"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import asyncio
import os
import sys
from urllib.parse import quote

from tornado.httpclient import HTTPError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClosedError, websocket_connect

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "tornado"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {
    "compression_options": None if VARIANT == "no-deflate" else {},
    "max_message_size": 2**28,
}


def visit(path):
    request = HTTPRequest(FUZZER_URL + path, ca_certs=os.environ.get("CA_CERT"))
    return websocket_connect(request, **({} if VARIANT == "defaults" else OPTIONS))


async def case_count():
    connection = await visit("/getCaseCount")
    return int(await connection.read_message())


async def run_case(number):
    try:
        connection = await visit(f"/runCase?case={number}&agent={AGENT}")
        while (message := await connection.read_message()) is not None:
            await connection.write_message(message, binary=isinstance(message, bytes))
    except (OSError, HTTPError, StreamClosedError, WebSocketClosedError, ValueError) as error:
        print(f"case {number}: {error}", file=sys.stderr)


async def worker(numbers):
    for number in numbers:
        await run_case(number)


async def main():
    count = await asyncio.wait_for(case_count(), 10)
    numbers = iter(range(1, count + 1))
    await asyncio.gather(*(worker(numbers) for _ in range(CONCURRENCY)))
    connection = await visit(f"/updateReports?agent={AGENT}")
    await connection.read_message()


asyncio.run(main())
