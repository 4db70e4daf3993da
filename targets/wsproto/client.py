"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import asyncio
import os
import ssl
import sys
from contextlib import suppress
from urllib.parse import quote, urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import Request

from conversation import converse, extensions

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "wsproto"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
FUZZER = urlsplit(FUZZER_URL)
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT")) if FUZZER.scheme == "wss" else None
# For the server to close the TCP connection, which is its part (RFC 6455, section 7.1.1).
LINGER_S = 10


async def visit(path, *answer):
    reader, writer = await asyncio.open_connection(FUZZER.hostname, FUZZER.port, ssl=TLS)
    try:
        connection = WSConnection(ConnectionType.CLIENT)
        request = Request(host=FUZZER.netloc, target=FUZZER.path + path, extensions=extensions())
        writer.write(connection.send(request))
        await converse(connection, reader, writer, *answer)
        await writer.drain()
        with suppress(OSError):
            async with asyncio.timeout(LINGER_S):
                while await reader.read(65536):
                    pass
    finally:
        writer.close()


async def case_count():
    messages = []
    await visit("/getCaseCount", messages.append)
    return int(messages[0].data)


async def run_case(number):
    try:
        await visit(f"/runCase?case={number}&agent={AGENT}")
    except Exception as error:
        # One connection that fails is not the end of the others, whatever the library raises on what it cannot read.
        print(f"case {number}: {error!r}", file=sys.stderr)


async def worker(numbers):
    for number in numbers:
        await run_case(number)


async def main():
    count = await asyncio.wait_for(case_count(), 10)
    numbers = iter(range(1, count + 1))
    await asyncio.gather(*(worker(numbers) for _ in range(CONCURRENCY)))
    await visit(f"/updateReports?agent={AGENT}")


asyncio.run(main())
