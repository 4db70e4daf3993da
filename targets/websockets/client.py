"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import asyncio
import inspect
import os
import ssl
import sys
from urllib.parse import quote

from websockets import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "websockets"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT")) if FUZZER_URL.startswith("wss:") else None
VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {
    "compression": None if VARIANT == "no-deflate" else "deflate",
    "max_size": 2**28,
    "ping_interval": None,
}
# The option came with the support of proxies, in 15.0.
if "proxy" in inspect.signature(connect.__init__).parameters:
    OPTIONS["proxy"] = None


def visit(path):
    return connect(FUZZER_URL + path, ssl=TLS, **({} if VARIANT == "defaults" else OPTIONS))


async def case_count():
    async with visit("/getCaseCount") as connection:
        return int(await connection.recv())


async def run_case(number):
    try:
        async with visit(f"/runCase?case={number}&agent={AGENT}") as connection:
            async for message in connection:
                await connection.send(message)
    except ConnectionClosed:
        pass
    except (OSError, WebSocketException) as error:
        print(f"case {number}: {error}", file=sys.stderr)


async def worker(numbers):
    for number in numbers:
        await run_case(number)


async def main():
    count = await asyncio.wait_for(case_count(), 10)
    numbers = iter(range(1, count + 1))
    await asyncio.gather(*(worker(numbers) for _ in range(CONCURRENCY)))
    async with visit(f"/updateReports?agent={AGENT}") as connection:
        await connection.wait_closed()


asyncio.run(main())
