"""The status page without a browser: its password, its data, and the release of a quarantined notification."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, MemoryInbox, Notification
from greenapi_async._internal.concurrency import Background
from greenapi_async.monitoring import HealthApp
from greenapi_async.sandbox import Instance

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
PASSWORD = "a long password"
CHANGE = {"x-status-page": "1"}


class Bot:
    fails = True
    waits = False

    async def handle(self, notification: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        if isinstance(notification, IncomingMessageReceived) and notification.text == "boom" and self.fails:
            raise LookupError("a reason")
        if self.waits:
            await anyio.sleep(1000)


@asynccontextmanager
async def served(client: Client, bot: Bot) -> AsyncGenerator[httpx.AsyncClient]:
    health = HealthApp(password=PASSWORD, max_age=0.1)
    processing = client.process(bot.handle, inbox=MemoryInbox(), monitor=health, attempts=1)

    async def run() -> None:
        await processing.run(signals=False)

    transport = httpx.ASGITransport(health)
    async with (
        Background(run),
        httpx.AsyncClient(transport=transport, base_url="http://bot", auth=("any", PASSWORD)) as http,
    ):
        await anyio.sleep(1)
        yield http
        processing.stop()


async def data(http: httpx.AsyncClient, after: float = 0) -> dict[str, Any]:
    answer = await http.get("/status/data", params={"after": after})
    found: dict[str, Any] = answer.json()
    return found


async def test_nothing_is_shown_without_the_password(client: Client) -> None:
    async with served(client, Bot()) as http:
        for path in ("/status", "/status/status.js", "/status/data", "/status/quarantine"):
            http.auth = httpx.BasicAuth("any", PASSWORD)
            assert (await http.get(path)).status_code == 200
            http.auth = httpx.BasicAuth("any", "another password")
            answer = await http.get(path)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic")
            assert not answer.content
        assert (await http.get("/readyz")).status_code == 200
        asked = {"run": 0, "id": 1}
        for action in "release", "drop":
            assert (await http.post(f"/status/{action}", headers=CHANGE, json=asked)).status_code == 401


async def test_an_address_with_a_slash_leads_to_the_page(client: Client) -> None:
    async with served(client, Bot()) as http:
        answer = await http.get("/status/", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, "/status")
        assert "Bot status" in answer.text


async def test_nonsense_is_a_bad_request(client: Client) -> None:
    async with served(client, Bot()) as http:
        for body in ("[]", '{"run": 0, "id": 1e999}', '{"run": 7, "id": 1}', "[" * 999, "1"):
            assert (await http.post("/status/release", headers=CHANGE, content=body)).status_code == 400
        assert (await http.post("/status/release", json={"run": 0, "id": 1})).status_code == 400  # of another site
        for after in ("nan", "inf", "x"):
            json.loads((await http.get("/status/data", params={"after": after})).text, parse_constant=pytest.fail)


async def test_a_guess_takes_a_second(client: Client) -> None:
    async with served(client, Bot()) as http:
        begin = anyio.current_time()
        await http.get("/status", auth=("any", "guess"))
        assert anyio.current_time() - begin >= 1


async def test_guesses_at_the_same_time_are_not_looked_at(client: Client) -> None:
    statuses: list[int] = []
    async with served(client, Bot()) as http:

        async def guess(password: str) -> None:
            statuses.append((await http.get("/status", auth=("any", password))).status_code)

        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(guess, f"guess {number}")
        assert sorted(statuses) == [401] * 10 + [429] * 20
        assert (await http.get("/status")).status_code == 200


def from_address(health: HealthApp, peer: str, forwarded: str = "") -> httpx.AsyncClient:
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    transport = httpx.ASGITransport(health, client=(peer, 1234))
    return httpx.AsyncClient(transport=transport, base_url="http://bot", headers=headers)


@pytest.mark.parametrize(
    ("guesser", "operator"),
    [
        (("8.8.8.8", ""), ("8.8.4.4", "")),
        (("8.8.8.8", "8.8.4.4"), ("8.8.4.4", "")),  # an address that the guesser has invented
        (("172.17.0.1", "8.8.4.4"), ("8.8.4.4", "")),
        (("127.0.0.1", "8.8.8.8"), ("127.0.0.1", "8.8.4.4")),
        (("127.0.0.1", "8.8.4.4, 8.8.8.8"), ("127.0.0.1", "8.8.4.4")),
        (("127.0.0.1", "8.8.8.8:5555"), ("127.0.0.1", "8.8.4.4:5555")),
        (("::ffff:127.0.0.1", "8.8.8.8"), ("::ffff:127.0.0.1", "8.8.4.4")),
        (("::1", "2001:4860::1"), ("::1", "2001:4860:0:1::1")),
        (("::1", "[2001:4860::1]:443"), ("::1", "[2001:4860:0:1::1]:443")),
        (("", "8.8.8.8"), ("", "8.8.4.4")),  # through a Unix socket
    ],
)
async def test_guesses_of_one_address_keep_nobody_else_out(guesser: tuple[str, str], operator: tuple[str, str]) -> None:
    health = HealthApp(password=PASSWORD)
    async with from_address(health, *guesser) as bad, from_address(health, *operator) as good:

        async def guess(number: int) -> None:
            await bad.get("/status", auth=("any", f"guess {number}"))

        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(guess, number)
            await anyio.sleep(0.5)
            assert (await bad.get("/status", auth=("any", PASSWORD))).status_code == 429
            assert (await good.get("/status", auth=("any", PASSWORD))).status_code == 200
        assert (await bad.get("/status", auth=("any", PASSWORD))).status_code == 200


@pytest.mark.parametrize("peer", ["172.17.0.1", "192.168.1.7", "100.64.0.5", "fd00::7", "8.8.8.8"])
async def test_invented_addresses_do_not_make_more_guesses_possible(peer: str) -> None:
    health, statuses = HealthApp(password=PASSWORD), list[int]()

    async def guess(number: int) -> None:
        async with from_address(health, peer, f"10.9.0.{number}") as http:
            statuses.append((await http.get("/status", auth=("any", "a wrong guess"))).status_code)

    async with anyio.create_task_group() as tasks:
        for number in range(30):
            tasks.start_soon(guess, number)
    assert sorted(statuses) == [401] * 10 + [429] * 20


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_proxies_on_other_machines_are_named_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "127.0.0.1,10.0.0.7")
    statuses: list[int] = []
    async with (
        HealthApp(password=PASSWORD).serve(port=0) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):

        async def guess(number: int) -> None:
            headers = {"x-forwarded-for": f"8.8.8.{number}, 10.0.0.7"}
            statuses.append((await http.get("/status", auth=("any", "a guess"), headers=headers)).status_code)

        async with anyio.create_task_group() as tasks:
            for number in range(30):
                tasks.start_soon(guess, number)
    assert statuses == [401] * 30


async def test_guesses_of_many_addresses_are_bounded() -> None:
    health, statuses = HealthApp(password=PASSWORD), list[int]()

    async def guess(number: int) -> None:
        # the addresses of the same network count as one
        address = f"2001:4860:0:{number:x}::{number:x}" if number % 2 else f"2001:4860:ffff::{number:x}"
        async with from_address(health, "127.0.0.1", address) as http:
            statuses.append((await http.get("/status", auth=("any", "a wrong guess"))).status_code)

    async with anyio.create_task_group() as tasks:
        for number in range(300):
            tasks.start_soon(guess, number)
    assert sorted(statuses) == [401] * 100 + [429] * 200


async def test_there_is_no_page_unless_it_has_a_password(client: Client) -> None:
    transport = httpx.ASGITransport(HealthApp())
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as http:
        assert (await http.get("/status")).status_code == 404
    with pytest.raises(InvalidArgumentError, match="at least 8"):
        HealthApp(password="short")


async def test_the_data_show_instances_counts_waiting_chats_and_the_last_runs(
    client: Client, instance: Instance
) -> None:
    bot = Bot()
    async with served(client, bot) as http:
        instance.contact_writes(ANNA, "a secret text")
        await anyio.sleep(5)
        bot.waits = True
        instance.contact_writes(ANNA, "a secret text")
        instance.contact_writes(ANNA, "a secret text")
        await anyio.sleep(5)
        found = await data(http)
        assert found["ready"]
        [shown] = found["instances"]
        assert (shown["id_instance"], shown["state"], shown["problems"]) == (1101000001, "authorized", [])
        assert found["counts"]["received"] == 3
        [chat] = found["chats"]
        assert (chat["id_instance"], chat["chat"], chat["waiting"]) == (1101000001, ANNA, 2)
        [run] = found["tail"]
        assert (run["chat"], run["type"], run["error"]) == (ANNA, "incomingMessageReceived", None)
        assert (await data(http, found["latest"]))["tail"] == []
        assert "secret" not in str(found)
        instance.set_state("blocked")
        await anyio.sleep(2)
        found = await data(http)
        assert not found["ready"]
        assert "banned" in found["problems"][0]


async def test_a_quarantined_notification_is_released_and_handled_again(client: Client, instance: Instance) -> None:
    bot = Bot()
    async with served(client, bot) as http:
        instance.contact_writes(ANNA, "boom")
        await anyio.sleep(5)
        [entry] = (await http.get("/status/quarantine")).json()["entries"]
        assert (entry["chat"], entry["type"], entry["attempts"]) == (ANNA, "incomingMessageReceived", 1)
        assert "LookupError: a reason" in entry["failure"]
        asked = {"run": entry["run"], "id": entry["id"]}
        assert (await http.post("/status/release", json=asked)).status_code == 400  # as from another site
        assert (await http.post("/status/release", headers=CHANGE, json={"run": 9, "id": "x"})).status_code == 400
        bot.fails = False
        assert (await http.post("/status/release", headers=CHANGE, json=asked)).json() == {"released": entry["id"]}
        again = await http.post("/status/release", headers=CHANGE, json=asked)
        assert again.status_code == 400
        assert "not in quarantine" in again.json()["error"]
        await anyio.sleep(5)
        assert (await http.get("/status/quarantine")).json() == {"entries": [], "total": 0}
        assert [run["error"] for run in (await data(http))["tail"]] == ["LookupError", None]


async def test_a_quarantined_notification_is_dropped(client: Client, instance: Instance) -> None:
    async with served(client, Bot()) as http:
        instance.contact_writes(ANNA, "boom")
        await anyio.sleep(5)
        [entry] = (await http.get("/status/quarantine")).json()["entries"]
        asked = {"run": entry["run"], "id": entry["id"]}
        assert (await http.post("/status/drop", json=asked)).status_code == 400  # as from another site
        assert (await http.post("/status/drop", headers=CHANGE, json=asked)).json() == {"dropped": entry["id"]}
        assert (await http.post("/status/drop", headers=CHANGE, json=asked)).status_code == 400
        await anyio.sleep(5)
        assert (await http.get("/status/quarantine")).json() == {"entries": [], "total": 0}
        assert [run["error"] for run in (await data(http))["tail"]] == ["LookupError"]


async def test_a_page_of_a_run_that_has_ended_releases_nothing_of_the_next(client: Client, instance: Instance) -> None:
    bot, health = Bot(), HealthApp(password=PASSWORD, max_age=0.1)
    transport = httpx.ASGITransport(health)
    shown: list[dict[str, Any]] = []
    async with httpx.AsyncClient(transport=transport, base_url="http://bot", auth=("any", PASSWORD)) as http:
        for _ in range(2):
            processing = client.process(bot.handle, inbox=MemoryInbox(), monitor=health, attempts=1)
            async with Background(processing.run):
                instance.contact_writes(ANNA, "boom")
                await anyio.sleep(5)
                shown += (await http.get("/status/quarantine")).json()["entries"]
                asked = {"run": shown[0]["run"], "id": shown[-1]["id"]}
                if len(shown) == 2:
                    answer = await http.post("/status/release", headers=CHANGE, json=asked)
                    assert answer.status_code == 400
                    assert (await http.get("/status/quarantine")).json()["total"] == 1
                processing.stop()
    assert len(shown) == 2


async def test_the_page_loads_nothing_from_elsewhere(client: Client) -> None:
    async with served(client, Bot()) as http:
        answer = await http.get("/status")
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert (await http.get("/status/../health_app.py")).status_code == 404
