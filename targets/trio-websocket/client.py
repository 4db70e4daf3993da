"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import gc
import os
import ssl
import sys
from urllib.parse import quote

import trio
from trio_websocket import ConnectionClosed, open_websocket_url

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "trio-websocket"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {} if VARIANT == "defaults" else {"max_message_size": 2**28}
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT")) if FUZZER_URL.startswith("wss:") else None


def visit(path):
    return open_websocket_url(FUZZER_URL + path, ssl_context=TLS, **OPTIONS)


async def case_count():
    with trio.fail_after(10):
        async with visit("/getCaseCount") as connection:
            return int(await connection.get_message())


async def run_case(number):
    try:
        async with visit(f"/runCase?case={number}&agent={AGENT}") as connection:
            while True:
                await connection.send_message(await connection.get_message())
    except ConnectionClosed:
        pass
    except Exception as error:
        # Not only its own errors come out of the library: some answers make h11 or the parsing of extensions fail.
        print(f"case {number}: {error!r}", file=sys.stderr)
    # After a violation the library leaves its TCP connection to the garbage collector.
    gc.collect()


async def worker(numbers):
    for number in numbers:
        await run_case(number)


async def main():
    numbers = iter(range(1, await case_count() + 1))
    async with trio.open_nursery() as nursery:
        for _ in range(CONCURRENCY):
            nursery.start_soon(worker, numbers)
    async with visit(f"/updateReports?agent={AGENT}") as connection:
        try:
            await connection.get_message()
        except ConnectionClosed:
            pass


trio.run(main)
