"""What the judges in Python share: where the service is, who they are, and customers that write."""

import asyncio
import json
import os
import random
import urllib.request
from contextlib import asynccontextmanager

URL = os.environ["RECADO_ADDRESS"].rstrip("/") + "/graphql"
PHONE = os.environ["RECADO_PHONE"].rstrip("/")
EMAIL = os.environ["RECADO_EMAIL"]
PASSWORD = os.environ["RECADO_PASSWORD"]


def new_number():
    """A phone number of this run's own."""
    return f"34698{random.randrange(10**6):06}"


def customer_writes(number, body):
    """Makes a customer write."""
    data = json.dumps({"type": "text", "text": {"body": body}}).encode()
    url = f"{PHONE}/simulator/customers/{number}/messages"
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    urllib.request.urlopen(request).close()


@asynccontextmanager
async def write_until(number, body):
    """A customer that writes again and again, for the first may come before the subscription runs."""

    async def again():
        while True:
            await asyncio.to_thread(customer_writes, number, body)
            await asyncio.sleep(0.5)

    task = asyncio.create_task(again())
    try:
        yield
    finally:
        task.cancel()


async def within(seconds, awaitable):
    """Fails if it takes longer."""
    return await asyncio.wait_for(awaitable, seconds)
