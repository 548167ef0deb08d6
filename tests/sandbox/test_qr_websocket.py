import json
from typing import Any

import anyio
import pytest

from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.sandbox.server import SandboxServer


@pytest.fixture
async def sandbox() -> Sandbox:
    return Sandbox(anyio.current_time, seed=1)


@pytest.fixture
async def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(state="notAuthorized")


class Browser:
    """A websocket client without a network."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.leaves = anyio.Event()
        self.events: list[dict[str, Any]] = []
        self.payloads: list[Any] = []
        self.on_event: Any = lambda: None

    async def open(self, path: str) -> None:
        received = iter([{"type": "websocket.connect"}])

        async def receive() -> Any:
            for message in received:
                return message
            await self.leaves.wait()
            return {"type": "websocket.disconnect", "code": 1001}

        async def send(message: Any) -> None:
            self.events.append(message)
            if message["type"] == "websocket.send":
                self.payloads.append(json.loads(message["text"]))
                self.on_event()

        extensions: dict[str, Any] = {"websocket.http.response": {}}
        scope: dict[str, Any] = {"type": "websocket", "path": path, "headers": [], "extensions": extensions}
        await create_app(self._sandbox)(scope, receive, send)

    @property
    def types(self) -> list[str]:
        return [message["type"] for message in self.payloads]


def path(instance: Instance) -> str:
    return f"/waInstance{instance.id_instance}/scanqrcode/{instance.token}"


@pytest.mark.anyio
async def test_a_qr_code_is_sent_every_two_seconds_until_the_timeout(sandbox: Sandbox, instance: Instance) -> None:
    browser = Browser(sandbox)
    start = anyio.current_time()
    await browser.open(path(instance))
    assert anyio.current_time() - start == pytest.approx(100, abs=0.5)
    assert browser.types == ["qrCode"] * 50 + ["timeout"]
    assert browser.payloads[-1] == {"type": "timeout", "message": "timeout"}
    assert browser.events[-1]["type"] == "websocket.close"
    assert [(call.method, call.status) for call in instance.calls] == [("scanqrcode", 101)]


@pytest.mark.anyio
async def test_a_scan_ends_the_stream_with_the_account(sandbox: Sandbox, instance: Instance) -> None:
    browser = Browser(sandbox)
    browser.on_event = lambda: instance.set_state("authorized")
    await browser.open(path(instance))
    assert browser.types == ["qrCode", "accountData"]
    assert browser.payloads[1]["message"]["wid"] == instance.wid


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("state", "event"),
    [
        ("authorized", {"type": "alreadyLogged", "message": "instance account already authorized"}),
        ("blocked", {"type": "error", "message": "Instance has auth. You need to make log out"}),
        ("starting", {"type": "error", "message": "instance in starting process try later"}),
    ],
)
async def test_other_states_end_the_stream_at_once(
    sandbox: Sandbox, instance: Instance, state: Any, event: Any
) -> None:
    instance.set_state(state)
    browser = Browser(sandbox)
    await browser.open(path(instance))
    assert browser.payloads == [event]


@pytest.mark.anyio
async def test_a_disconnect_ends_the_stream(sandbox: Sandbox, instance: Instance) -> None:
    browser = Browser(sandbox)
    browser.on_event = browser.leaves.set
    await browser.open(path(instance))
    assert browser.types == ["qrCode"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ("/waInstance1101000001/scanqrcode/wrong", 401),
        ("/waInstance7/scanqrcode/x", 403),
        ("/waInstance1101000001/scanQrCode/x", 404),
        ("/", 404),
    ],
)
async def test_wrong_credentials_are_rejected(sandbox: Sandbox, instance: Instance, wrong: str, status: int) -> None:
    browser = Browser(sandbox)
    await browser.open(wrong)
    assert browser.events[0]["status"] == status


@pytest.mark.anyio
async def test_connections_are_rate_limited(sandbox: Sandbox, instance: Instance) -> None:
    instance.set_state("authorized")
    for status in (None, 429):
        browser = Browser(sandbox)
        await browser.open(path(instance))
        assert browser.events[0].get("status") == status


def test_over_a_real_socket() -> None:
    httpx_ws = pytest.importorskip("httpx_ws")
    sandbox = Sandbox(seed=1)
    sandbox.qr_interval = 0.01
    instance = sandbox.add_instance(state="notAuthorized")
    with SandboxServer(sandbox) as server, httpx_ws.connect_ws(server.url + path(instance)) as socket:
        assert [socket.receive_json()["type"] for _ in range(2)] == ["qrCode", "qrCode"]
        server.call(lambda: instance.set_state("authorized"))
        types: list[str] = []
        while "accountData" not in types:
            types.append(socket.receive_json()["type"])


def test_over_a_real_socket_a_wrong_token_is_a_401() -> None:
    httpx_ws = pytest.importorskip("httpx_ws")
    sandbox = Sandbox(seed=1)
    sandbox.add_instance()
    with SandboxServer(sandbox) as server:
        with (
            pytest.raises(httpx_ws.WebSocketUpgradeError) as refused,
            httpx_ws.connect_ws(f"{server.url}/waInstance1101000001/scanqrcode/x"),
        ):
            pass
        assert refused.value.response.status_code == 401


def test_stopping_the_server_ends_an_open_socket() -> None:
    httpx_ws = pytest.importorskip("httpx_ws")
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance(state="notAuthorized")
    with (
        pytest.raises((httpx_ws.WebSocketDisconnect, httpx_ws.WebSocketNetworkError)),
        SandboxServer(sandbox) as server,
        httpx_ws.connect_ws(server.url + path(instance)) as socket,
    ):
        assert socket.receive_json()["type"] == "qrCode"
        server.__exit__(None, None, None)
        while True:
            socket.receive_json()
