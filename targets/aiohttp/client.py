"""Client driver: plays the fuzzer's cases one after the other (or CONCURRENCY at once), echoing every message."""

import asyncio
import os
import ssl
import sys
from urllib.parse import quote

from aiohttp import ClientError, ClientSession, WSMsgType
from yarl import URL

FUZZER_URL = os.environ["FUZZER_URL"]
AGENT = quote(os.environ.get("AGENT", "aiohttp"), safe="")
CONCURRENCY = int(os.environ.get("CONCURRENCY", "1"))
TLS = ssl.create_default_context(cafile=os.environ.get("CA_CERT"))
VARIANT = os.environ.get("VARIANT", "plain")
OPTIONS = {"max_msg_size": 2**28, "compress": 0 if VARIANT == "no-deflate" else 15}


def visit(session, path):
    url = URL(FUZZER_URL + path, encoded=True)
    return session.ws_connect(url, ssl=TLS, **({} if VARIANT == "defaults" else OPTIONS))


async def case_count(session):
    async with visit(session, "/getCaseCount") as socket:
        return int(await socket.receive_str())


async def run_case(session, number):
    try:
        async with visit(session, f"/runCase?case={number}&agent={AGENT}") as socket:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await socket.send_str(message.data)
                elif message.type is WSMsgType.BINARY:
                    await socket.send_bytes(message.data)
    except (OSError, ClientError, asyncio.TimeoutError) as error:
        print(f"case {number}: {error}", file=sys.stderr)


async def worker(session, numbers):
    for number in numbers:
        await run_case(session, number)


async def main():
    async with ClientSession() as session:
        count = await asyncio.wait_for(case_count(session), 10)
        numbers = iter(range(1, count + 1))
        await asyncio.gather(*(worker(session, numbers) for _ in range(CONCURRENCY)))
        async with visit(session, f"/updateReports?agent={AGENT}") as socket:
            await socket.receive()


asyncio.run(main())
