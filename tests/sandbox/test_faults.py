import json
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async.sandbox import ConnectionDropped, Fault, Instance, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
MESSAGE = {"chatId": CHAT, "message": "hi"}
pytestmark = pytest.mark.anyio


async def test_the_next_calls_fail_and_the_ones_after_do_not(api: Api, instance: Instance, sandbox: Sandbox) -> None:
    instance.fail("sendMessage", Fault(status=502, body="<html>Bad Gateway</html>"), times=2)
    assert (await api("GET", "getSettings")).status_code == 200
    answers = [await api("POST", "sendMessage", json=MESSAGE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [502, 502, 200]
    assert answers[0].headers["content-type"] == "text/html"
    assert len(instance.chat(CHAT)) == 1


async def test_a_fault_may_replace_the_date(api: Api, instance: Instance, sandbox: Sandbox) -> None:
    date = (await api("GET", "getSettings")).headers["date"]
    assert parsedate_to_datetime(date).timestamp() == int(sandbox.clock())
    instance.fail("getSettings", Fault(headers={"Date": "soon"}))
    assert (await api("GET", "getSettings")).headers.get_list("date") == ["soon"]


async def test_a_fault_for_any_method_hits_the_next_call(api: Api, instance: Instance) -> None:
    instance.fail("*", Fault(status=500))
    answer = await api("GET", "getSettings")
    assert (answer.status_code, answer.json()["message"]) == (500, "Internal Server Error")


async def test_a_fault_after_the_effect_hides_a_success(api: Api, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=504, after_effect=True))
    assert (await api("POST", "sendMessage", json=MESSAGE)).status_code == 504
    assert len(instance.chat(CHAT)) == 1


@pytest.mark.parametrize(("after_effect", "arrived"), [(False, 0), (True, 1)])
async def test_a_connection_is_dropped_before_or_after_the_effect(
    api: Api, instance: Instance, after_effect: bool, arrived: int
) -> None:
    instance.fail("sendMessage", Fault(drop=True, after_effect=after_effect))
    with pytest.raises(ConnectionDropped):
        await api("POST", "sendMessage", json=MESSAGE)
    assert len(instance.chat(CHAT)) == arrived
    assert instance.calls[-1].status is None


async def test_a_truncated_response_is_valid_http_with_broken_json(api: Api, instance: Instance) -> None:
    instance.fail("getSettings", Fault(truncate=True))
    answer = await api("GET", "getSettings")
    assert int(answer.headers["content-length"]) == len(answer.content) > 0
    with pytest.raises(json.JSONDecodeError):
        answer.json()


async def test_a_cut_response_loses_its_connection(api: Api, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(cut=True))
    with pytest.raises(ConnectionDropped):
        await api("POST", "sendMessage", json=MESSAGE)
    assert len(instance.chat(CHAT)) == 1


async def test_a_delayed_response_is_correct_but_late(api: Api, instance: Instance) -> None:
    instance.fail("getSettings", Fault(delay=30, headers={"X-Slow": "yes"}))
    start = anyio.current_time()
    answer = await api("GET", "getSettings")
    assert answer.status_code == 200
    assert answer.headers["x-slow"] == "yes"
    assert anyio.current_time() - start == pytest.approx(30, abs=0.5)


async def test_headers_of_a_fault_replace_the_normal_ones(api: Api, instance: Instance) -> None:
    instance.fail("*", Fault(status=429, headers={"Retry-After": "7", "Content-Type": "text/plain"}))
    answer = await api("GET", "getSettings")
    assert answer.headers["retry-after"] == "7"
    assert answer.headers["content-type"] == "text/plain"


async def test_the_chooser_is_called_at_every_call(api: Api, sandbox: Sandbox) -> None:
    asked: list[str] = []

    def choose(method: str) -> Fault | None:
        asked.append(method)
        return Fault(status=503) if len(asked) == 2 else None

    sandbox.chooser = choose
    answers = [await api("POST", "sendMessage", json=MESSAGE) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert asked == ["sendMessage"] * 3


async def test_latency_applies_before_and_after_the_effect(api: Api, sandbox: Sandbox, instance: Instance) -> None:
    sandbox.latency = lambda: (2.0, 4.0)
    start = anyio.current_time()
    seen: list[tuple[float, int]] = []

    async def look() -> None:
        for _ in range(3):
            await anyio.sleep(1.5)
            seen.append((round(anyio.current_time() - start, 1), len(instance.chat(CHAT))))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look)
        await api("POST", "sendMessage", json=MESSAGE)
    assert [arrived for _, arrived in seen] == [0, 1, 1]
    assert anyio.current_time() - start == pytest.approx(6, abs=0.5)


async def test_cleared_faults_do_not_happen(api: Api, instance: Instance) -> None:
    instance.fail("*", Fault(status=500), times=10)
    instance.clear_faults()
    assert (await api("GET", "getSettings")).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": 99},
        {"status": 600},
        {"delay": -1},
        {"delay": float("nan")},
        {"headers": {"X-A": "a\r\nb"}},
        {"headers": {"bad name": "a"}},
        {"headers": {"Content-Length": "1"}},
    ],
)
def test_an_invalid_fault_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Fault(**wrong)


def test_a_fault_must_happen_at_least_once(instance: Instance) -> None:
    with pytest.raises(ValueError, match="'times' must be at least 1"):
        instance.fail("*", Fault(status=500), times=0)
