"""Pushes to a webhook URL: one at a time, in order, until a 200."""

import json
import logging
import queue
import random
import threading
import time
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import anyio
import attrs
import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.network.webhook_client import WebhookClient
from greenapi_async.sandbox.network.webhook_delivery import deliver_webhooks
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.sandbox.simulation.pushes import Push

CHAT = "79001234567@c.us"
URL = "https://example.com/webhook/"


def tell(instance: Instance, *texts: object) -> None:
    for text in texts:
        instance.queue_notification({"typeWebhook": "told", "text": str(text)})


def text(body: bytes) -> str:
    return str(json.loads(body).get("text"))


def begin(instance: Instance) -> Push:
    begun = instance.pushes.begin_next()
    assert begun is not None
    return begun


class TestDecisions:
    """The pure decisions: what is pushed when."""

    @pytest.fixture
    def instance(self, sandbox: Sandbox) -> Instance:
        return sandbox.add_instance(webhookUrl=URL)

    def test_the_body_alone_is_pushed_as_json(self, instance: Instance) -> None:
        instance.contact_writes(CHAT, "Привет\ud83d")
        begun = begin(instance)
        assert json.loads(begun.body) == instance.notifications.bodies()[0]
        assert begun.headers == {"Content-Type": "application/json; charset=utf-8"}
        assert begun.url == URL

    @pytest.mark.parametrize(
        ("token", "header"),
        [
            ("abc", "Bearer abc"),
            ("Bearer abc", "Bearer abc"),
            ("Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"),
            ("Basics", "Bearer Basics"),
        ],
    )
    def test_the_token_is_sent_as_documented(self, instance: Instance, token: str, header: str) -> None:
        instance.lifecycle.save_settings({"webhookUrlToken": token})
        tell(instance, 1)
        begun = begin(instance)
        assert begun.headers["Authorization"] == header
        assert token not in repr(begun)

    def test_a_200_removes_it_and_the_next_follows_after_20_ms(self, instance: Instance, clock: ManualClock) -> None:
        tell(instance, 1, 2)
        first = begin(instance)
        assert instance.pushes.begin_next() is None
        instance.pushes.finish(first, 200)
        assert instance.pushes.begin_next() is None
        clock.advance(0.02)
        assert text(begin(instance).body) == "2"
        assert len(instance.notifications) == 1

    @pytest.mark.parametrize("status", [None, 201, 204, 302, 401, 404, 500, 503])
    def test_any_other_outcome_is_retried_after_60_s(
        self, instance: Instance, clock: ManualClock, status: int | None
    ) -> None:
        tell(instance, 1, 2)
        first = begin(instance)
        clock.advance(10)
        instance.pushes.finish(first, status)
        clock.advance(59.9)
        assert instance.pushes.begin_next() is None
        clock.advance(0.1)
        again = begin(instance)
        assert text(again.body) == "1"
        assert (first.attempt, again.attempt) == (1, 2)

    def test_expired_notifications_are_not_pushed(self, instance: Instance, clock: ManualClock) -> None:
        tell(instance, 1)
        first = begin(instance)
        clock.advance(86_400)
        tell(instance, 2)
        instance.pushes.finish(first, 200)
        assert text(begin(instance).body) == "2"

    def test_without_a_url_notifications_wait_for_polls(self, instance: Instance, clock: ManualClock) -> None:
        tell(instance, 1, 2)
        under_way = begin(instance)
        instance.lifecycle.save_settings({"webhookUrl": ""})
        assert instance.notifications.receive() == {"receiptId": 1, "body": {"typeWebhook": "told", "text": "1"}}
        instance.pushes.finish(under_way, 200)
        clock.advance(60)
        assert instance.pushes.begin_next() is None
        assert instance.notifications.receive() == {"receiptId": 2, "body": {"typeWebhook": "told", "text": "2"}}

    def test_a_new_url_applies_to_queued_notifications(self, instance: Instance, clock: ManualClock) -> None:
        tell(instance, 1)
        instance.pushes.finish(begin(instance), 500)
        instance.lifecycle.save_settings({"webhookUrl": f"{URL}new/"})
        clock.advance(60)
        again = begin(instance)
        assert (again.url, again.attempt) == (f"{URL}new/", 2)

    @pytest.mark.parametrize("end", ["expired", "deleted"])
    def test_an_expired_or_deleted_instance_pushes_nothing(self, instance: Instance, end: str) -> None:
        tell(instance, 1)
        setattr(instance.lifecycle, end, True)
        assert instance.pushes.begin_next() is None

    def test_the_push_timing_is_configurable(self, clock: ManualClock) -> None:
        sandbox = Sandbox(clock, push_timeout=1, push_interval=2, push_gap=0)
        instance = sandbox.add_instance(webhookUrl=URL)
        tell(instance, 1, 2)
        instance.pushes.finish(begin(instance), 200)
        instance.pushes.finish(begin(instance), 500)
        clock.advance(1.9)
        assert instance.pushes.begin_next() is None
        clock.advance(0.1)
        assert begin(instance).attempt == 2
        assert instance.pushes.timeout == 1


@attrs.define
class Receiver:
    """A fake user's server that responds after a delay with the next status."""

    statuses: list[int | Exception] = attrs.field(factory=list[int | Exception])
    takes: list[float] = attrs.field(factory=list[float])
    got: list[tuple[float, str]] = attrs.field(factory=list[tuple[float, str]])

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        self.got.append((anyio.current_time(), text(body)))
        await anyio.sleep(self.takes.pop(0) if self.takes else 0.001)
        status = self.statuses.pop(0) if self.statuses else 200
        if isinstance(status, Exception):
            raise status
        return status

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.got]


@pytest.mark.anyio
class TestDelivery:
    """The delivery loop in virtual time."""

    @pytest.fixture
    async def sandbox(self) -> Sandbox:
        return Sandbox(anyio.current_time, seed=1)

    @pytest.fixture
    async def instance(self, sandbox: Sandbox) -> Instance:
        return sandbox.add_instance(webhookUrl=URL)

    async def run(self, sandbox: Sandbox, receiver: Receiver, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await deliver_webhooks(sandbox, receiver)

    async def test_about_50_a_second_are_pushed_in_order(self, sandbox: Sandbox, instance: Instance) -> None:
        tell(instance, *range(100))
        receiver = Receiver()
        await self.run(sandbox, receiver, 5)
        assert receiver.texts == [str(number) for number in range(100)]
        assert receiver.got[-1][0] - receiver.got[0][0] == pytest.approx(99 * 0.02, rel=0.1)
        assert len(instance.notifications) == 0

    async def test_a_slow_response_delays_the_others(self, sandbox: Sandbox, instance: Instance) -> None:
        tell(instance, 1, 2)
        receiver = Receiver(takes=[170])
        await self.run(sandbox, receiver, 200)
        assert receiver.texts == ["1", "2"]
        assert receiver.got[1][0] - receiver.got[0][0] == pytest.approx(170, abs=0.1)

    async def test_no_response_within_180_s_is_a_failure(self, sandbox: Sandbox, instance: Instance) -> None:
        tell(instance, 1, 2)
        receiver = Receiver(takes=[1000])
        await self.run(sandbox, receiver, 300)
        assert receiver.texts == ["1", "1", "2"]
        assert receiver.got[1][0] - receiver.got[0][0] == pytest.approx(240, abs=0.1)
        assert [(one.attempt, one.status, one.error) for one in instance.pushes.log] == [
            (1, None, "no response within 180 s"),
            (2, 200, None),
            (1, 200, None),
        ]

    async def test_all_arrive_in_order_despite_failures(self, sandbox: Sandbox, instance: Instance) -> None:
        chance = random.Random(7)
        tell(instance, *range(200))
        failures: list[int | Exception] = [500, 302, OSError("refused"), ValueError("bad URL"), 204, 200, 200, 200]
        receiver = Receiver([chance.choice(failures) for _ in range(400)])
        await self.run(sandbox, receiver, 60_000)
        assert list(dict.fromkeys(receiver.texts)) == [str(number) for number in range(200)]
        assert receiver.texts == sorted(receiver.texts, key=int)
        assert len(instance.notifications) == 0

    async def test_instances_do_not_delay_each_other(self, sandbox: Sandbox, instance: Instance) -> None:
        tell(instance, 1)
        receiver = Receiver(takes=[170])

        async def later() -> None:
            await anyio.sleep(10)
            other = sandbox.create_instance(webhookUrl=URL, stateWebhook="no")
            await anyio.sleep(10)
            tell(other, 2)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(later)
            await self.run(sandbox, receiver, 30)
        assert receiver.texts == ["1", "2"]

    async def test_pushing_starts_when_the_settings_apply(self, sandbox: Sandbox) -> None:
        sandbox.settings_delay = 120
        instance = sandbox.add_instance()
        tell(instance, 1)
        instance.lifecycle.save_settings({"webhookUrl": URL})
        start = anyio.current_time()
        receiver = Receiver()
        await self.run(sandbox, receiver, 200)
        assert receiver.texts == ["1"]
        assert receiver.got[0][0] - start == pytest.approx(120, abs=0.1)

    async def test_a_push_in_flight_at_shutdown_is_not_lost(self, sandbox: Sandbox, instance: Instance) -> None:
        tell(instance, 1)
        await self.run(sandbox, Receiver(takes=[100]), 50)
        assert instance.pushes.log[0].error == "the sandbox stopped"
        receiver = Receiver()
        await self.run(sandbox, receiver, 100)
        assert receiver.texts == ["1"]

    async def test_the_push_log_is_returned_by_the_control_api(
        self, http: httpx.AsyncClient, sandbox: Sandbox, instance: Instance
    ) -> None:
        instance.lifecycle.save_settings({"webhookUrlToken": "aVerySecretWord"})
        id_message = instance.contact_writes(CHAT, "hi")
        reported = instance.clock()
        await self.run(sandbox, Receiver([503]), 30)
        answer = await http.get(f"/sandbox/{instance.id_instance}/pushes")
        assert answer.json() == [
            {
                "url": URL,
                "typeWebhook": "incomingMessageReceived",
                "idMessage": id_message,
                "attempt": 1,
                "status": 503,
                "error": None,
                "at": reported,
            }
        ]


class Site(ThreadingHTTPServer):
    """The user's server on a real socket; it does not respond while it is closed."""

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answering)
        self.got: queue.Queue[tuple[str, dict[str, str], bytes]] = queue.Queue()
        self.open = threading.Event()
        self.open.set()

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.open.set()
        self.shutdown()
        self._thread.join()
        self.server_close()


class Answering(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Site)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.put((self.path, dict(self.headers), body))
        self.server.open.wait(10)
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as declared
        pass


class TestOverHttp:
    """Over real sockets on both sides."""

    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return Sandbox(seed=1, push_interval=0.05)

    @pytest.fixture
    def server(self, sandbox: Sandbox, instance: Instance) -> Iterator[SandboxServer]:
        with SandboxServer(sandbox) as server:
            yield server

    def aim(self, server: SandboxServer, instance: Instance, url: str, token: str = "") -> None:
        server.call(lambda: instance.lifecycle.save_settings({"webhookUrl": url, "webhookUrlToken": token}))

    def failed(self, server: SandboxServer, instance: Instance) -> str:
        """Give the first error, once there is one."""
        seen = threading.Event()
        for _ in range(2000):
            if errors := server.call(lambda: [one.error for one in instance.pushes.log if one.error]):
                return errors[0]
            seen.wait(0.005)
        pytest.fail("no push failed")

    def test_a_push_is_a_post_with_the_documented_headers(self, server: SandboxServer, instance: Instance) -> None:
        with Site() as site:
            self.aim(server, instance, f"http://127.0.0.1:{site.server_port}/a/b?c=d", "тайна")
            server.call(lambda: tell(instance, "Привет"))
            path, headers, body = site.got.get(timeout=10)
        assert path == "/a/b?c=d"
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert headers["Authorization"].encode("latin-1").decode() == "Bearer тайна"
        assert json.loads(body) == {"typeWebhook": "told", "text": "Привет"}

    def test_a_push_is_retried_until_the_server_is_up(self, server: SandboxServer, instance: Instance) -> None:
        with Site() as site:
            port = site.server_port
        self.aim(server, instance, f"http://127.0.0.1:{port}/")
        server.call(lambda: tell(instance, 1, 2))
        assert "ConnectError" in self.failed(server, instance)
        with Site(port) as site:
            assert [text(site.got.get(timeout=10)[2]) for _ in range(2)] == ["1", "2"]

    @pytest.mark.parametrize("url", ["ftp://example.com/", "example.com", "http://[", "http://a b/", "http://:0/"])
    def test_an_unreachable_url_is_logged(
        self, server: SandboxServer, instance: Instance, url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        self.aim(server, instance, url)
        server.call(lambda: tell(instance, 1))
        assert self.failed(server, instance)
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []

    def test_a_late_response_is_a_failure(self, server: SandboxServer, instance: Instance) -> None:
        instance.pushes.timeout = 0.2
        with Site() as site:
            site.open.clear()
            self.aim(server, instance, f"http://127.0.0.1:{site.server_port}/")
            server.call(lambda: tell(instance, 1))
            assert self.failed(server, instance) == "no response within 0.2 s"
            site.open.set()
            assert [text(site.got.get(timeout=10)[2]) for _ in range(2)] == ["1", "1"]

    def test_stopping_does_not_wait_for_a_response(self, sandbox: Sandbox, instance: Instance) -> None:
        with Site() as site:
            site.open.clear()
            with SandboxServer(sandbox) as server:
                self.aim(server, instance, f"http://127.0.0.1:{site.server_port}/")
                server.call(lambda: tell(instance, 1))
                site.got.get(timeout=10)
                start = time.monotonic()
            assert time.monotonic() - start < 5
        assert len(instance.notifications) == 1

    @pytest.mark.anyio
    async def test_the_environment_is_ignored(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login a password b\n")
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
        with Site() as site:
            async with WebhookClient() as post:
                assert await post(f"http://127.0.0.1:{site.server_port}/", {}, b"{}") == 200
            assert "Authorization" not in site.got.get(timeout=10)[1]
