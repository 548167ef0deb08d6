"""Linking a phone over the WebSocket, waiting for a state, readiness, and new tokens."""

import base64
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import anyio
import pytest

from greenapi_async import (
    Client,
    DeliveryUnknownError,
    InstanceState,
    NotAuthorizedError,
    TimeoutExpiredError,
    UnauthorizedError,
    WebhookUrlSetError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.types import QRType, Readiness
from tests.http_libraries import connection_options


@pytest.fixture
def unlinked() -> Iterator[SandboxServer]:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    sandbox.add_instance(state="notAuthorized")
    with SandboxServer(sandbox) as server:
        yield server


def the_instance(server: SandboxServer) -> Instance:
    return server.sandbox.instances[1101000001]


@pytest.fixture(params=["own", "httpx2"])
async def real_client(request: pytest.FixtureRequest, unlinked: SandboxServer) -> AsyncIterator[Client]:
    instance = the_instance(unlinked)
    options = connection_options(request.param)
    async with Client(
        instance.id_instance, instance.token, unlinked.url, unlinked.url, rate_limiter=None, **options
    ) as client:
        yield client


class TestScanning:
    """Over a real socket, in real time."""

    @pytest.fixture(params=["asyncio", "trio"])
    def anyio_backend(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.mark.anyio
    async def test_codes_are_yielded_until_the_phone_links(self, unlinked: SandboxServer, real_client: Client) -> None:
        seen: list[object] = []
        async with real_client.scan_qr_code() as codes:
            async for event in codes:
                seen.append(event.type)
                if event.type == QRType.QR_CODE:
                    assert base64.b64decode(event.message or "").startswith(b"\x89PNG")
                    unlinked.call(lambda: the_instance(unlinked).set_state("authorized"))
        assert seen[0] == QRType.QR_CODE
        assert seen[-1] in {QRType.ACCOUNT_DATA, QRType.ALREADY_LOGGED}

    @pytest.mark.anyio
    async def test_a_linked_instance_yields_only_the_result(self, unlinked: SandboxServer, real_client: Client) -> None:
        unlinked.call(lambda: the_instance(unlinked).set_state("authorized"))
        assert [event.type async for event in real_client.scan_qr_code()] == [QRType.ALREADY_LOGGED]

    @pytest.mark.anyio
    async def test_the_loop_can_be_left_at_any_code(self, real_client: Client) -> None:
        for _ in range(12):  # more than the pool has connections
            async for event in real_client.scan_qr_code():
                assert event.type == QRType.QR_CODE
                break
        assert (await real_client.get_state_instance()) is not None

    @pytest.mark.anyio
    async def test_a_wrong_token_raises(self, unlinked: SandboxServer) -> None:
        async with Client(1101000001, "anotherToken", unlinked.url, unlinked.url) as client:
            with pytest.raises(UnauthorizedError) as raised:
                await anext(client.scan_qr_code())
        assert raised.value.method == "scanqrcode"


@pytest.mark.anyio
async def test_wait_until_returns_when_the_state_is_reached(client: Client, instance: Instance) -> None:
    instance.set_state("starting")

    async def later() -> None:
        await anyio.sleep(60)
        instance.set_state("authorized")

    start = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(later)
        await client.wait_until(InstanceState.AUTHORIZED, timeout=300)
    assert 60 <= anyio.current_time() - start < 65


@pytest.mark.anyio
async def test_wait_until_survives_server_errors(client: Client, instance: Instance) -> None:
    instance.fail("getStateInstance", Fault(status=502), times=9)
    await client.wait_until(InstanceState.AUTHORIZED, timeout=300)


@pytest.mark.anyio
async def test_wait_until_times_out_with_the_current_state(client: Client, instance: Instance) -> None:
    instance.set_state("blocked")
    with pytest.raises(TimeoutExpiredError, match="is blocked and did not become authorized within 10 s"):
        await client.wait_until(InstanceState.AUTHORIZED, timeout=10)


@pytest.mark.anyio
async def test_a_ready_instance_has_no_problems(client: Client) -> None:
    ready = await client.ensure_ready()
    assert ready == Readiness(state=InstanceState.AUTHORIZED)
    assert ready.ok
    assert ready.raise_for_problems() is ready


@pytest.mark.anyio
async def test_problems_are_reported_and_fixed_on_request(client: Client, instance: Instance) -> None:
    instance.settings |= {"webhookUrl": "https://example.com/", "incomingWebhook": "no"}
    found = await client.ensure_ready()
    assert len(found.problems) == 2
    assert "webhook URL" in found.problems[0]
    assert "incoming messages" in found.problems[1]
    with pytest.raises(WebhookUrlSetError, match="pushed to a webhook URL") as raised:
        found.raise_for_problems()
    assert str(raised.value) == f"ensure_ready: {' '.join(found.problems)}"
    assert instance.settings["webhookUrl"] == "https://example.com/"
    fixed = await client.ensure_ready(fix=True)
    assert (fixed.problems, fixed.fixed) == ((), ("webhook_url", "incoming_webhook"))
    assert (await client.ensure_ready()).ok
    assert (instance.settings["webhookUrl"], instance.settings["incomingWebhook"]) == ("", "yes")


@pytest.mark.anyio
async def test_settings_that_the_server_did_not_save_are_not_reported_as_fixed(
    client: Client, instance: Instance
) -> None:
    instance.settings["webhookUrl"] = "https://example.com/"
    instance.fail("setSettings", Fault(status=200, body='{"saveSettings": false}'))
    found = await client.ensure_ready(fix=True)
    assert (found.fixed, found.ok) == ((), False)
    assert "did not save the settings webhook_url" in found.problems[0]
    assert "webhook URL" in found.problems[1]


@pytest.mark.anyio
@pytest.mark.parametrize(("state", "words"), [(None, "being created"), ("starting", "is starting")])
async def test_settings_are_not_changed_while_the_instance_is_created_or_starts(
    client: Client, instance: Instance, state: Literal["starting"] | None, words: str
) -> None:
    instance.settings["webhookUrl"] = "https://example.com/"
    instance.lifecycle.state = state
    start = anyio.current_time()
    found = await client.ensure_ready(fix=True)
    assert (found.state, found.fixed, found.ok) == (state, (), False)
    assert words in found.problems[0]
    assert anyio.current_time() == start
    assert {call.method for call in instance.calls} == {"getStateInstance"}
    instance.set_state("authorized")
    assert (await client.ensure_ready(fix=True)).fixed == ("webhook_url",)


@pytest.mark.anyio
async def test_settings_are_changed_once_the_instance_waits_for_a_phone(client: Client, instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.set_state("notAuthorized")
    found = await client.ensure_ready(fix=True)
    assert found.fixed == ("incoming_webhook",)
    assert len(found.problems) == 1


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, "being created"),
        ("notAuthorized", "scan_qr_code"),
        ("blocked", "banned"),
        ("yellowCard", "reboot"),
        ("suspended", "suspended_until"),
        ("sleepMode", "switch it on"),
    ],
)
async def test_a_state_that_prevents_sending_is_a_problem(
    client: Client, instance: Instance, state: str | None, expected: str
) -> None:
    instance.lifecycle.state = state  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # one of the states
    found = (
        await client.ensure_ready() if state else Readiness(state=None, problems=("The instance is being created.",))
    )
    assert expected in found.problems[0]
    with pytest.raises(NotAuthorizedError):
        found.raise_for_problems()


@pytest.mark.anyio
async def test_a_new_token_is_used_immediately(client: Client, instance: Instance) -> None:
    old = instance.token
    renewed = await client.update_api_token()
    assert renewed.api_token_instance == instance.token != old
    assert renewed.api_token_instance not in repr(renewed)
    assert (await client.get_settings()).wid


@pytest.mark.anyio
async def test_concurrent_calls_survive_a_new_token(client: Client, sandbox: Sandbox, instance: Instance) -> None:
    sandbox.enforce_rates = False
    sandbox.latency = lambda: (0.3, 0.3)  # the old token is invalid before the new one is known
    async with anyio.create_task_group() as tasks:
        for number in range(10):
            tasks.start_soon(client.with_options().get_settings)
            await anyio.sleep(0.1)
            if number == 4:
                tasks.start_soon(client.update_api_token)


@pytest.mark.anyio
async def test_the_request_for_a_new_token_is_not_repeated(client: Client, instance: Instance) -> None:
    instance.fail("updateApiToken", Fault(drop=True, after_effect=True))
    with pytest.raises(DeliveryUnknownError):
        await client.update_api_token()
    assert [call.method for call in instance.calls].count("updateApiToken") == 1
