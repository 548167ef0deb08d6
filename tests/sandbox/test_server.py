import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

CHAT = "79001234567@c.us"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=1)


@pytest.fixture
def server(sandbox: Sandbox, instance: Instance) -> Iterator[SandboxServer]:
    with SandboxServer(sandbox) as running:
        yield running


@pytest.fixture
def wire(server: SandboxServer, instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def path(instance: Instance, method: str) -> str:
    return f"/waInstance{instance.id_instance}/{method}/{instance.token}"


@pytest.mark.parametrize("fault", [Fault(), Fault(status=502), Fault(status=200, body="<html>")], ids=repr)
def test_responses_have_the_date_of_the_sandboxs_clock(fault: Fault) -> None:
    sandbox = Sandbox(clock=lambda: 1_700_000_000.9)
    instance = sandbox.add_instance()
    instance.fail("getSettings", fault)
    with SandboxServer(sandbox) as running, httpx.Client(base_url=running.url) as client:
        for url in (path(instance, "getSettings"), "/unknown", "/"):
            assert client.get(url).headers.get_list("date") == ["Tue, 14 Nov 2023 22:13:20 GMT"]


def test_a_poll_over_http_receives_a_contacts_message(
    server: SandboxServer, wire: httpx.Client, instance: Instance
) -> None:
    timer = threading.Timer(0.05, lambda: server.call(lambda: instance.contact_writes(CHAT, "hi")))
    timer.start()
    received = wire.get(path(instance, "receiveNotification")).json()
    timer.join()
    assert received["body"]["messageData"]["textMessageData"] == {"textMessage": "hi"}


def test_a_dropped_connection_causes_no_traceback(
    server: SandboxServer, wire: httpx.Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    server.call(lambda: instance.fail("sendMessage", Fault(drop=True, after_effect=True)))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        wire.post(path(instance, "sendMessage"), json={"chatId": CHAT, "message": "hi"})
    assert len(server.call(lambda: instance.chat(CHAT))) == 1
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_cut_response_ends_early(
    server: SandboxServer, wire: httpx.Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    server.call(lambda: instance.fail("getSettings", Fault(cut=True)))
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        wire.get(path(instance, "getSettings"))
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_disconnect_ends_the_poll(server: SandboxServer, wire: httpx.Client, instance: Instance) -> None:
    ended = threading.Event()
    with pytest.raises(httpx.ReadTimeout):
        wire.get(path(instance, "receiveNotification"), timeout=httpx.Timeout(30, read=0.1))

    def look() -> None:
        if len(instance.calls) and instance.calls[-1].status == 499:
            ended.set()

    for _ in range(6000):
        server.call(look)
        if ended.wait(0.005):
            break
    assert ended.is_set()
    server.call(lambda: instance.contact_writes(CHAT, "hi"))
    assert not server.call(lambda: instance.notifications.delete(1))


def test_stopping_ends_a_waiting_poll_at_once(
    sandbox: Sandbox, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    outcome: list[BaseException] = []

    def poll(url: str) -> None:
        try:
            httpx.get(url, params={"receiveTimeout": 60}, timeout=70)
        except httpx.HTTPError as error:
            outcome.append(error)

    with SandboxServer(sandbox) as server:
        thread = threading.Thread(target=poll, args=(server.url + path(instance, "receiveNotification"),))
        thread.start()
        while not server.call(lambda: len(instance.calls)):
            pass
        start = time.monotonic()
    thread.join(60)
    assert time.monotonic() - start < 50
    assert isinstance(outcome[0], httpx.RemoteProtocolError)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_call_raises_in_the_calling_thread(server: SandboxServer, instance: Instance) -> None:
    with pytest.raises(ValueError, match="'chatId'"):
        server.call(lambda: instance.contact_writes("nobody", "hi"))


def test_a_stopped_server_rejects_calls(sandbox: Sandbox) -> None:
    server = SandboxServer(sandbox)
    with server:
        assert server.url == f"http://127.0.0.1:{server.port}"
    with pytest.raises(RuntimeError, match="not running"):
        server.call(sandbox.settle)


def test_a_port_in_use_raises_at_start(sandbox: Sandbox) -> None:
    with (
        SandboxServer(sandbox) as first,
        pytest.raises(OSError, match="in use"),
        SandboxServer(sandbox, port=first.port),
    ):
        pass


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
def test_remote_access_must_be_allowed_explicitly(sandbox: Sandbox, host: str) -> None:
    with pytest.raises(ValueError, match="allow_remote"):
        SandboxServer(sandbox, host)
    SandboxServer(sandbox, host, allow_remote=True)


@pytest.mark.skipif(os.name == "nt", reason="SIGINT cannot be sent to a child there")
def test_ctrl_c_ends_a_server_that_waits_without_a_traceback(tmp_path: os.PathLike[str]) -> None:
    program = (
        "from greenapi_async.sandbox import Sandbox\n"
        "from greenapi_async.sandbox.server import SandboxServer\n"
        "try:\n"
        "    with SandboxServer(Sandbox()) as server:\n"
        "        print(server.port, flush=True)\n"
        "        server.wait()\n"
        "except KeyboardInterrupt:\n"
        "    print('bye')\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        url = f"http://127.0.0.1:{int(child.stdout.readline())}/sandbox/instances"
        assert httpx.get(url).json() == []
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=20)
    assert (child.returncode, out, err) == (0, "bye\n", "")
