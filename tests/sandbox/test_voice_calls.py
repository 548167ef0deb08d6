"""Voice calls of the sandbox: the state machine, its notifications, the websocket and the control API."""

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox, create_app

Api = Callable[..., Awaitable[httpx.Response]]
ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"
ID = 1101000001
pytestmark = pytest.mark.anyio


@pytest.fixture
def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(incomingCallWebhook="yes", outgoingCallWebhook="yes")


def statuses(instance: Instance) -> list[tuple[str, str]]:
    """Return what the notifications about calls said so far."""
    seen: list[tuple[str, str]] = []
    while (received := instance.notifications.receive()) is not None:
        body = received["body"]
        if body["typeWebhook"].endswith("Call"):
            seen.append((body["typeWebhook"], body["status"]))
        instance.notifications.delete(received["receiptId"])
    return seen


@pytest.mark.parametrize(
    ("steps", "reason", "status"),
    [
        (["callsAccept", "callsHangUp"], "hangup", "pickUp"),
        (["callsReject"], "rejected:user", "hangUp"),
        (["callsHangUp"], "rejected:user", "hangUp"),
        (["gives up"], "hangup", "missed"),
        (["timeout"], "timeout", "declined"),
        (["accepted_elsewhere"], "accepted_elsewhere", "pickUp"),
    ],
)
async def test_incoming_calls(api: Api, instance: Instance, steps: list[str], reason: str, status: str) -> None:
    id_call = instance.voice_calls.contact_calls(ANNA)
    assert (await api("GET", "callsState")).json() == {"state": "inc-call", "info": {"id": id_call, "wid": ANNA}}
    for step in steps:
        if step.startswith("calls"):
            assert (await api("POST", step)).status_code == 200
        elif step == "gives up":
            instance.voice_calls.contact_hangs_up(ANNA)
        else:
            instance.voice_calls.end(step)
    assert (await api("GET", "callsState")).json() == {"state": "idle", "reason": reason}
    assert statuses(instance) == [("incomingCall", "offer"), ("incomingCall", status)]
    assert (await api("GET", "lastIncomingCalls")).json()[0]["idMessage"] == id_call


async def test_outgoing_calls(api: Api, instance: Instance, clock: ManualClock) -> None:
    assert (await api("GET", "callsState")).json() == {"state": "idle"}
    id_call = (await api("POST", "callsDial", json={"chatId": ANNA})).json()["callId"]
    assert len(id_call) == 32
    assert (await api("GET", "callsState")).json()["state"] == "out-call"
    instance.voice_calls.contact_answers(ANNA)
    assert (await api("GET", "callsState")).json()["state"] == "on-call"
    clock.advance(42)
    instance.voice_calls.contact_hangs_up(ANNA)
    assert statuses(instance) == [("outgoingCall", "pickUp")]
    row = (await api("GET", "lastOutgoingCalls")).json()[0]
    assert (row["idMessage"], row["status"], row["duration"]) == (id_call, "pickUp", 42)
    await api("POST", "callsDial", json={"chatId": ANNA})
    instance.voice_calls.contact_hangs_up(ANNA)
    assert (await api("GET", "callsState")).json() == {"state": "idle", "reason": "rejected:busy"}


@pytest.mark.parametrize(
    ("method", "body", "status", "words"),
    [
        ("callsDial", {"chatId": "7900"}, 400, "chatId must look like"),
        ("callsDial", {}, 400, "'chatId' is required"),
        ("callsDial", {"chatId": BORIS}, 503, "call refused: call_failed"),
        ("callsAccept", None, 400, "no incoming call"),
        ("callsReject", None, 400, "no incoming call"),
        ("callsHangUp", None, 400, "no active call"),
    ],
)
async def test_commands_that_cannot_be_done(
    api: Api, instance: Instance, method: str, body: Any, status: int, words: str
) -> None:
    instance.people.no_account.add(BORIS)
    answer = await api("POST", method, json=body) if body is not None else await api("POST", method)
    assert (answer.status_code, words in answer.json()["message"]) == (status, True)


async def test_one_call_at_a_time(api: Api, instance: Instance) -> None:
    instance.voice_calls.contact_calls(ANNA)
    assert (await api("POST", "callsDial", json={"chatId": BORIS})).json()["message"] == "another call is in progress"
    second = instance.voice_calls.contact_calls(BORIS)
    instance.voice_calls.phone_ends(second, "missed")
    assert instance.voice_calls.call_of().chat_id == ANNA
    instance.voice_calls.hang_up()
    instance.voice_calls.contact_calls(ANNA, is_video=True)
    assert instance.voice_calls.current is None


class Caller:
    """A client of the websocket."""

    def __init__(self, sandbox: Sandbox, frames: list[str]) -> None:
        self.events: list[dict[str, Any]] = []
        self.on_event: Callable[[], None] = lambda: None
        self._sandbox = sandbox
        self._incoming = [{"type": "websocket.receive", "text": frame} for frame in frames]

    async def connect(self, token: str) -> None:
        extensions: dict[str, Any] = {"websocket.http.response": {}}
        path = f"/waInstance{ID}/callsRtc/{token}"
        scope: dict[str, Any] = {"type": "websocket", "path": path, "headers": [], "extensions": extensions}
        started = False

        async def receive() -> Any:
            nonlocal started
            if not started:
                started = True
                return {"type": "websocket.connect"}
            await anyio.lowlevel.checkpoint()
            return self._incoming.pop(0) if self._incoming else {"type": "websocket.disconnect", "code": 1001}

        async def send(message: Any) -> None:
            self.events.append(message)
            self.on_event()

        await create_app(self._sandbox)(scope, receive, send)

    @property
    def frames(self) -> list[Any]:
        return [json.loads(event["text"]) for event in self.events if event["type"] == "websocket.send"]


async def test_the_state_comes_first_and_an_offer_needs_a_call(sandbox: Sandbox, instance: Instance) -> None:
    offer = json.dumps({"type": "offer", "offer": {"type": "offer", "sdp": "v=0"}})
    caller = Caller(sandbox, ["nonsense", "[]", '{"type": "stop"}', offer])
    await caller.connect(instance.token)
    assert {"type": "error", "message": "no active call"} in caller.frames
    assert {"type": "state", "state": {"state": "idle"}} in caller.frames
    assert [(call.method, call.status) for call in instance.calls] == [("callsRtc", 101)]


async def test_a_plan_without_calls_gets_an_error_and_4001(sandbox: Sandbox, instance: Instance) -> None:
    instance.voice_calls.enabled = False
    caller = Caller(sandbox, ['{"type": "stop"}'] * 9)
    await caller.connect(instance.token)
    assert caller.frames == [{"type": "error", "message": "calls are not part of this plan"}]
    assert caller.events[-1] == {
        "type": "websocket.close",
        "code": 4001,
        "reason": "calls are not part of this plan",
    }


async def test_a_wrong_token_is_a_401(sandbox: Sandbox, instance: Instance) -> None:
    caller = Caller(sandbox, [])
    await caller.connect("wrong")
    assert caller.events[0]["status"] == 401


async def test_the_control_api(http: httpx.AsyncClient, instance: Instance) -> None:
    async def act(**body: Any) -> Any:
        return (await http.post(f"/sandbox/{ID}/voice-call", json=body)).json()

    ring = {"chatId": ANNA, "call": {"status": "offer"}}
    id_call = (await http.post(f"/sandbox/{ID}/messages", json=ring)).json()["idMessage"]
    state = (await http.get(f"/sandbox/{ID}/voice-call")).json()
    assert (state["state"], state["info"]["id"], state["audioConnected"]) == ("inc-call", id_call, False)
    assert "not being called" in (await act(action="answer"))["message"]
    assert (await act(action="say", data=base64.b64encode(b"\0\1" * 960).decode()))["saysMore"]
    for wrong in ("***", base64.b64encode(b"odd").decode(), base64.b64encode(b"x").decode()):
        assert "'data' must be PCM" in (await act(action="say", data=wrong))["message"]
    instance.voice_calls.call_of().line.heard += b"\1\2" * 4800
    assert (await http.get(f"/sandbox/{ID}/voice-call")).json()["heardSeconds"] == pytest.approx(0.1)
    assert (await act(action="end", reason="timeout"))["reason"] == "timeout"
    heard = (await http.get(f"/sandbox/{ID}/voice-call/heard")).json()
    assert base64.b64decode(heard["data"]) == b"\1\2" * 4800
    assert (await act(action="hangUp"))["message"] == "no active call"
    assert (await act(action="disconnect", code=1012))["state"] == "idle"
    await http.put(f"/sandbox/{ID}/state", json={"callsEnabled": False})
    assert not instance.voice_calls.enabled
