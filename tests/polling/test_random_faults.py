"""A server that fails at random: every notification is yielded at least once, in order, and deleted."""

import logging
import random

import anyio
import pytest

from greenapi_async import Client, Retry
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

ANNA = "79001234567@c.us"
IN_A_HUNDRED = 6

FAULTS = [
    Fault(drop=True),
    Fault(drop=True, after_effect=True),
    Fault(cut=True),
    Fault(status=500, body='{"message": "Internal Server Error"}'),
    Fault(status=500, body='{"message": "Internal Server Error"}', after_effect=True),
    Fault(status=502, body="<html>Bad Gateway</html>"),
    Fault(status=502, body="<html>Bad Gateway</html>", after_effect=True),
    Fault(status=429, headers={"Retry-After": "0"}),
    Fault(status=200, body="<html>maintenance</html>"),
    Fault(status=200, body="<html>maintenance</html>", after_effect=True),
    Fault(truncate=True),
]


def rain(seed: int) -> random.Random:
    return random.Random(seed)


def write(instance: Instance, count: int) -> None:
    for number in range(count):
        instance.contact_writes(ANNA, str(number))


async def read(client: Client, count: int, *, overlap: bool = False) -> list[int]:
    notifications = client.notifications(overlap=overlap)
    seen: list[int] = []
    async for notification in notifications:
        seen.append(int(notification.text or -1))
        if seen[-1] == count - 1:
            notifications.stop()
    return seen


def proven(seen: list[int], count: int, instance: Instance, caplog: pytest.LogCaptureFixture) -> None:
    assert seen == sorted(seen)
    assert set(seen) == set(range(count))
    assert len(instance.notifications) == 0
    assert all(record.exc_info is None for record in caplog.records)
    failed = sum(call.status != 200 for call in instance.calls)
    assert failed > len(instance.calls) * 0.02  # it did rain


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("anyio_backend", "count", "overlap"),
    [
        pytest.param("asyncio", 10_000, False, marks=pytest.mark.slow),
        ("asyncio", 3000, True),
        ("trio", 3000, True),
    ],
    indirect=["anyio_backend"],
)
async def test_notifications_through_a_failing_server(
    client: Client, sandbox: Sandbox, instance: Instance, caplog: pytest.LogCaptureFixture, count: int, overlap: bool
) -> None:
    caplog.set_level(logging.INFO)
    chance = rain(20)
    sandbox.chooser = lambda _: chance.choice(FAULTS) if chance.random() * 100 < IN_A_HUNDRED else None
    write(instance, count)
    seen = await read(client, count, overlap=overlap)
    proven(seen, count, instance, caplog)
    assert len(seen) == count  # in one process not one comes twice


def test_the_same_over_a_real_socket(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    sandbox = Sandbox(seed=1, enforce_rates=False)
    instance = sandbox.add_instance()
    chance = rain(21)
    sandbox.chooser = lambda _: chance.choice(FAULTS) if chance.random() * 100 < IN_A_HUNDRED else None
    write(instance, 500)

    async def main(url: str) -> list[int]:
        retry = Retry(wait_initial=0.001, wait_max=0.01)
        async with Client(instance.id_instance, instance.token, url, url, rate_limiter=None, retry=retry) as client:
            return await read(client, 500)

    with SandboxServer(sandbox) as server:
        seen = anyio.run(main, server.url)
    proven(seen, 500, instance, caplog)
