"""Client driver: plays the fuzzer's cases one after the other, echoing every message.

`websockets` stands where your library will.
"""

import asyncio
import os
import ssl
import sys
from urllib.parse import quote

from websockets import connect
from websockets.exceptions import ConnectionClosed, WebSocketException

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "__NAME__"), safe="")
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT")) if FUZZER_URL.startswith("wss:") else None


def visit(path):
    return connect(FUZZER_URL + path, ssl=TLS, max_size=2**28, ping_interval=None, proxy=None)


async def run_case(number):
    try:
        async with visit(f"/runCase?case={number}&agent={AGENT}") as connection:
            async for message in connection:
                await connection.send(message)
    except ConnectionClosed:
        pass
    except (OSError, WebSocketException) as error:
        print(f"case {number}: {error}", file=sys.stderr)


async def main():
    async with visit("/getCaseCount") as connection:
        count = int(await connection.recv())
    for number in range(1, count + 1):
        await run_case(number)
    async with visit(f"/updateReports?agent={AGENT}") as connection:
        await connection.wait_closed()


asyncio.run(main())
