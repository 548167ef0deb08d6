"""The health app: its endpoints, mounted and served by itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel
import httpx
import pytest
from fastapi import FastAPI

from greenapi_async import Client, InvalidArgumentError, MemoryInbox, Notification, Processing, process
from greenapi_async._internal.concurrency import Background
from greenapi_async.monitoring import HealthApp
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


async def ignore(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


@asynccontextmanager
async def running(*clients: Client, monitor: HealthApp) -> AsyncGenerator[Processing]:
    processing = process(ignore, clients=clients, inbox=MemoryInbox(), monitor=monitor)

    async def run() -> None:
        await processing.run(signals=False)

    async with Background(run):
        await anyio.sleep(1)
        yield processing
        processing.stop()


def browser(app: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://bot")  # type: ignore[arg-type]  # ASGI


async def test_a_bot_that_has_not_started_is_alive_but_not_ready(client: Client) -> None:
    async with browser(HealthApp()) as http:
        assert (await http.get("/livez")).status_code == 200
        answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["Nothing is watched yet: the bot is starting."]
    assert answer.headers["cache-control"] == "no-store"


async def test_a_running_bot_is_ready_and_an_ended_one_is_dead(client: Client) -> None:
    health = HealthApp()
    async with browser(health) as http:
        async with running(client, monitor=health):
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["problems"]) == (200, [])
            assert (await http.get("/livez")).status_code == 200
        assert (await http.get("/livez")).status_code == 503
        assert (await http.get("/readyz")).status_code == 503
        async with running(client, monitor=health):
            assert (await http.get("/livez")).status_code == 200
            assert (await http.get("/readyz")).status_code == 200


async def test_other_paths_and_methods(client: Client) -> None:
    async with browser(HealthApp()) as http:
        assert (await http.get("/secret")).status_code == 404
        assert (await http.post("/readyz")).status_code == 405
        assert (await http.head("/livez")).status_code == 200


async def test_mounted_below_a_path(client: Client) -> None:
    app = FastAPI()
    app.mount("/health", HealthApp(client))
    async with browser(app) as http:
        assert (await http.get("/health/readyz")).status_code == 200


async def test_a_client_without_a_run(client: Client, instance: Instance) -> None:
    async with browser(HealthApp(client)) as http:
        assert (await http.get("/readyz")).status_code == 200
        instance.set_state("notAuthorized")
        await anyio.sleep(6)
        assert "No phone is linked" in (await http.get("/readyz")).text


async def test_one_working_instance_can_be_enough(client: Client, instance: Instance, sandbox: Sandbox) -> None:
    second = sandbox.add_instance(1101000002, "2" * 50)
    transport = InProcessTransport(create_app(sandbox))
    every, some = HealthApp(), HealthApp(require="any", max_age=0.1)
    async with (
        Client(second.id_instance, second.token, "http://sandbox", transport=transport) as other,
        running(client, other, monitor=some) as run,
    ):
        every.watch(run)
        second.set_state("blocked")
        assert not (await every.ready()).ready
        verdict = await some.ready()
        assert verdict.ready
        assert "Instance 1101000002: WhatsApp has banned" in verdict.warnings[0]
        instance.set_state("blocked")
        await anyio.sleep(6)
        assert not (await some.ready()).ready


async def test_a_wrong_option_is_rejected(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="expected 'all' or 'any'"):
        HealthApp(require="most")  # type: ignore[arg-type]  # the wrong option


async def test_metrics_are_in_the_format_of_prometheus(client: Client, instance: Instance) -> None:
    health = HealthApp()
    for text in ("one", "two"):
        instance.contact_writes(ANNA, text)
    async with running(client, monitor=health), browser(health) as http:
        await anyio.sleep(5)
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert 'greenapi_notifications_received_total{greenapi_instances="1101000001"} 2' in lines
    assert 'greenapi_handlers_duration_seconds_count{greenapi_instances="1101000001",outcome="succeeded"} 2' in lines
    polls = 'greenapi_api_attempts_total{greenapi_instance="1101000001",greenapi_method="receiveNotification",'
    assert any(line.startswith(polls) for line in lines)
    assert "# TYPE greenapi_notifications_received_total counter" in lines
    assert instance.token not in answer.text


async def test_a_client_that_a_run_serves_is_shown_once(client: Client, instance: Instance) -> None:
    """Prometheus wants each series once."""
    health = HealthApp(client)
    async with running(client, monitor=health):
        instance.set_state("blocked")
        lines = health.metrics().splitlines()
        assert len((await health.ready()).problems) == 1
    series = [line.rpartition(" ")[0] for line in lines if not line.startswith("#")]
    assert sorted(series) == sorted(set(series))
