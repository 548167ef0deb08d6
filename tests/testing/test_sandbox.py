"""The controls and the records of a sandbox, in process and on a socket."""

import os
import sys

import anyio
import httpx
import pytest

from greenapi_async import Client, DeliveryUnknownError, TransportError
from greenapi_async.testing import Sandbox

pytestmark = pytest.mark.anyio

SERVED = [
    pytest.param(marks=pytest.mark.sandbox(socket=socket), id=name)
    for socket, name in [(False, "in process"), (True, "on a socket")]
]

BOT = """
import asyncio
from greenapi_async import Client, IncomingMessageReceived

async def main():
    async with Client.from_env() as client:
        async with client.notifications(receive_timeout=5) as notifications:
            async for notification in notifications:
                if isinstance(notification, IncomingMessageReceived):
                    await notification.reply("hello " + notification.text)
                    break

asyncio.run(main())
"""


@pytest.mark.parametrize((), SERVED)
async def test_failed_calls_are_counted(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    sandbox.fail("sendMessage", status=502, after_effect=True)
    with pytest.raises(DeliveryUnknownError):
        await sandbox.client.send_message(anna.id, "once")
    assert await anna.hears("once")
    sandbox.fail("sendMessage", drop=True, times=5)
    with pytest.raises(TransportError):
        await sandbox.client.send_message(anna.id, "lost")
    sandbox.heal()
    await sandbox.client.send_message(anna.id, "twice")
    assert await anna.hears("twice")
    assert sandbox.count("sendMessage") == 3
    assert [call.status for call in sandbox.calls] == [502, None, 200]
    assert [message.text for message in sandbox.sent] == ["once", "twice"]


@pytest.mark.parametrize((), SERVED)
async def test_people_files_and_groups_work(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", "Anna")
    team = sandbox.group("Team", anna, admin=True)
    await sandbox.client.send_file_by_upload(team.id, b"content", file_name="a.txt")
    heard = await team.hears()
    assert heard
    assert heard.file
    assert heard.file.content == b"content"
    assert (await anna.says("thanks", to=team, quote=heard)).quoted == heard
    assert len(await sandbox.client.last_incoming_messages()) == 1


@pytest.mark.parametrize((), SERVED)
async def test_a_change_of_state_is_visible_to_the_client(sandbox: Sandbox) -> None:
    sandbox.set_state("sleepMode")
    state = await sandbox.client.get_state_instance()
    assert state
    assert state.state_instance == "sleepMode"
    assert sandbox.do(lambda: sandbox.instance.state) == "sleepMode"


async def test_more_calls_are_counted_than_the_log_holds(sandbox: Sandbox) -> None:
    for _ in range(1100):
        await sandbox.client.show_messages_queue()
    assert sandbox.count("showMessagesQueue") == 1100


@pytest.mark.parametrize("name", ["send_message", "sendMesage"])
async def test_an_unknown_method_is_refused_with_a_suggestion(sandbox: Sandbox, name: str) -> None:
    for use in (sandbox.count, sandbox.fail):
        with pytest.raises(ValueError, match=r"the API has no method '.+'\. Did you mean 'sendMessage'\?"):
            use(name)


async def test_each_instance_has_its_own_people(sandbox: Sandbox) -> None:
    second = sandbox.add_instance(state="notAuthorized", incomingWebhook="no")
    assert second.id_instance != sandbox.instance.id_instance
    assert second.settings["incomingWebhook"] == "no"
    assert sandbox.contact("79001234567") is not sandbox.contact("79001234567", instance=second)
    assert sandbox.connect(second, timeout=5).id_instance == second.id_instance


async def test_the_environment_points_to_the_sandbox(sandbox: Sandbox) -> None:
    assert os.environ["GREENAPI_ID_INSTANCE"] == str(sandbox.instance.id_instance)
    assert os.environ["GREENAPI_API_URL"] == os.environ["GREENAPI_MEDIA_URL"] == sandbox.url
    assert os.environ["NO_PROXY"].split(",")[-1] == "127.0.0.1"


@pytest.mark.sandbox(socket=True)
async def test_a_client_from_the_environment_works_on_a_socket(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with Client.from_env() as client:
        await client.send_message(anna.id, "hello")
    assert await anna.hears("hello")
    async with httpx.AsyncClient(trust_env=False) as page:
        assert (await page.get(f"{sandbox.url}/sandbox/instances")).status_code == 200


@pytest.mark.slow
@pytest.mark.sandbox(socket=True)
async def test_a_bot_in_its_own_process_can_be_tested(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with await anyio.open_process([sys.executable, "-c", BOT], env={**os.environ, **sandbox.environment}) as bot:
        await anna.says("Anna")
        assert await anna.hears("hello Anna", timeout=60)
        assert await bot.wait() == 0


@pytest.mark.sandbox(socket=True)
def test_a_sync_test_can_use_a_socket(sandbox: Sandbox) -> None:
    assert httpx.get(f"{sandbox.url}/sandbox/instances", trust_env=False).status_code == 200
    assert sandbox.calls == []
