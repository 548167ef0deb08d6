"""The answers of voice calls in every documented form."""

import json
from typing import Any

import httpx
import pytest

from greenapi_async import Client, InstanceState
from greenapi_async.types import CallInfo, CallState, CurrentCall, DialedCall, QRType

pytestmark = pytest.mark.anyio

ME = "11001234567@c.us"


def answering(value: Any, status: int = 200) -> Client:
    content = b"" if value is None else json.dumps(value).encode()
    return Client(1, "t", transport=httpx.MockTransport(lambda _: httpx.Response(status, content=content)))


@pytest.mark.parametrize(
    ("status", "answer", "call_id"),
    [(204, None, None), (200, None, None), (200, {"callId": "89EB"}, "89EB"), (200, {}, None)],
)
async def test_dialling_succeeds_with_and_without_an_id(status: int, answer: Any, call_id: str | None) -> None:
    async with answering(answer, status) as client:
        assert await client.calls_dial(ME) == DialedCall(call_id=call_id)


@pytest.mark.parametrize(("status", "answer"), [(200, None), (204, None), (200, {})])
@pytest.mark.parametrize("method", ["calls_accept", "calls_reject", "calls_hang_up"])
async def test_commands_answer_nothing(method: str, status: int, answer: Any) -> None:
    async with answering(answer, status) as client:
        assert await getattr(client, method)() is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"state": "idle", "reason": "hangup"}, CurrentCall(state=CallState.IDLE, reason="hangup")),
        (
            {"state": "on-call", "info": {"id": "89EB", "wid": "7@lid", "name": ""}},
            CurrentCall(state=CallState.TALKING, info=CallInfo(id="89EB", wid="7@lid", name="")),
        ),
        ({"state": "on-hold", "info": None}, CurrentCall(state="on-hold")),
    ],
)
async def test_states(answer: Any, expected: CurrentCall) -> None:
    async with answering(answer) as client:
        assert await client.calls_state() == expected


async def test_the_urls_of_an_ice_server_are_a_list_and_its_password_is_not_shown() -> None:
    servers = [{"urls": "stun:a"}, {"urls": ["turn:b", "turn:c"], "username": "u", "credential": "hidden"}]
    async with answering(servers) as client:
        found = await client.calls_get_ice_servers()
    assert [server.urls for server in found] == [["stun:a"], ["turn:b", "turn:c"]]
    assert (found[1].credential, "hidden" in repr(found)) == ("hidden", False)


@pytest.mark.parametrize(
    "answer",
    [
        {"callsStateInstance": "authorized"},
        [{"stateInstance": "authorized", "timestamp": 1706522163, "phoneNumber": "79876543210"}],
    ],
)
async def test_the_states_of_the_account_in_both_forms(answer: Any) -> None:
    async with answering(answer) as client:
        assert [each.state_instance for each in await client.calls_get_state_instance()] == [InstanceState.AUTHORIZED]


async def test_a_passkey_may_be_required() -> None:
    async with answering({"type": "passkeyRequired", "message": ""}) as client:
        assert (await client.calls_qr()).type is QRType.PASSKEY_REQUIRED


@pytest.mark.parametrize("chat_id", [ME, "123456789012345@lid", "79001234567@s.whatsapp.net"])
async def test_every_documented_id_of_a_person_can_be_called(chat_id: str) -> None:
    async with answering({"callId": "89EB"}) as client:
        assert (await client.calls_dial(chat_id)).call_id == "89EB"
