"""The page, its event stream, and the protection of both."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.control.event_stream import CPU_SHARE, pause_after
from greenapi_async.sandbox.server import SandboxServer

ANNA = "79001234567@c.us"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=1)


@pytest.fixture
def wire(sandbox: Sandbox, instance: Instance) -> Iterator[httpx.Client]:
    with SandboxServer(sandbox) as running, httpx.Client(base_url=running.url, timeout=30) as client:
        yield client


def events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    return (json.loads(line.removeprefix("data:")) for line in lines if line.startswith("data:"))


def test_the_page_loads_everything_from_the_sandbox(wire: httpx.Client) -> None:
    page = wire.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text
    assert wire.get("/page/main.js").headers["content-type"].startswith("text/javascript")


@pytest.mark.parametrize("path", ["/page/none.js", "/page/../view.py", "/page/%2e%2e/view.py", "/page/"])
def test_files_outside_the_page_are_not_served(wire: httpx.Client, path: str) -> None:
    assert wire.get(path).status_code == 404


def test_the_stream_sends_everything_then_changes(wire: httpx.Client, instance: Instance) -> None:
    with wire.stream("GET", f"/sandbox/{instance.id_instance}/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        updates = events(answer.iter_lines())
        assert next(updates)["first"] is True
        wire.post(f"/sandbox/{instance.id_instance}/messages", json={"chatId": ANNA, "text": "hi"})
        assert next(one for one in updates if "messages" in one)["messages"][0]["text"] == "hi"
        wire.get(f"/waInstance{instance.id_instance}/getSettings/{instance.token}")
        assert next(one for one in updates if "calls" in one)["calls"][0]["method"] == "getSettings"


def test_large_updates_are_split(wire: httpx.Client, instance: Instance) -> None:
    for number in range(500):
        instance.contact_writes(f"7900123{number // 100:04}@c.us", f"{number}")
    with wire.stream("GET", f"/sandbox/{instance.id_instance}/events") as answer:
        updates = events(answer.iter_lines())
        pieces = [next(updates) for _ in range(3)]
    assert ["first" in piece for piece in pieces] == [True, False, False]
    assert len(pieces[0]["chats"]) == 5
    assert [one["text"] for piece in pieces for one in piece["messages"]] == [str(number) for number in range(500)]


def test_head_of_the_stream_ends_at_once(wire: httpx.Client, instance: Instance) -> None:
    assert wire.head(f"/sandbox/{instance.id_instance}/events").status_code == 200


def test_many_pages_of_a_large_sandbox_leave_time_for_the_bots() -> None:
    took, pages = 0.05, 50
    assert pages * took / (took + pause_after(took, pages)) <= CPU_SHARE


def test_a_stream_of_an_unknown_instance_is_rejected(wire: httpx.Client) -> None:
    assert wire.get("/sandbox/7/events").status_code == 404


def test_a_stream_ends_with_its_server(sandbox: Sandbox, instance: Instance) -> None:
    path = f"/sandbox/{instance.id_instance}/events"
    with SandboxServer(sandbox) as running, httpx.stream("GET", running.url + path, timeout=30) as answer:
        updates = events(answer.iter_lines())
        next(updates)
        running.__exit__(None, None, None)
        assert list(updates) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example", "sec-fetch-site": "same-origin"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "[", "origin": "http://["},
        {"origin": "http://["},
        {"host": "evil@127.0.0.1"},
        {"host": "127.0.0.1/evil"},
        {"host": "localhost."},
        {"host": ""},
    ],
    ids=str,
)
def test_other_sites_are_rejected(wire: httpx.Client, instance: Instance, headers: dict[str, str]) -> None:
    for verb, path in [
        ("GET", "/sandbox/instances"),
        ("GET", f"/sandbox/{instance.id_instance}/events"),
        ("POST", f"/sandbox/{instance.id_instance}/messages"),
        ("DELETE", f"/sandbox/{instance.id_instance}/faults"),
    ]:
        assert wire.request(verb, path, headers=headers, json={}).status_code == 403, (verb, path)
    assert instance.chats == {}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
def test_loopback_names_are_accepted(wire: httpx.Client, name: str) -> None:
    headers = {"host": f"{name}:{wire.base_url.port}", "sec-fetch-site": "same-origin"}
    assert wire.get("/sandbox/instances", headers=headers).status_code == 200
    headers["origin"] = f"http://{headers['host']}"
    assert wire.get("/sandbox/instances", headers=headers).status_code == 200


def test_a_remote_sandbox_accepts_any_name(sandbox: Sandbox, instance: Instance) -> None:
    with SandboxServer(sandbox, "0.0.0.0", allow_remote=True) as running:
        url = f"http://127.0.0.1:{running.port}/sandbox/instances"
        assert httpx.get(url, headers={"host": "sandbox.example"}).status_code == 200
        assert httpx.get(url, headers={"origin": "http://evil.example"}).status_code == 403


def test_uploaded_files_cannot_act_as_pages(wire: httpx.Client, instance: Instance) -> None:
    file = {"fileName": "page.html", "data": "PHNjcmlwdD4="}
    wire.post(f"/sandbox/{instance.id_instance}/messages", json={"chatId": ANNA, "file": file})
    [message] = instance.chat(ANNA)
    answer = wire.get(message.content.flat()["downloadUrl"])
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("kind", ["text/html\r\nX-Evil: 1", "text/html\r\n\r\n<script>", " \t", "text/\u00e9"])
def test_a_file_type_cannot_inject_headers(wire: httpx.Client, instance: Instance, kind: str) -> None:
    file = {"fileName": "page.html", "data": "PHNjcmlwdD4=", "mimeType": kind}
    wire.post(f"/sandbox/{instance.id_instance}/messages", json={"chatId": ANNA, "file": file})
    [message] = instance.chat(ANNA)
    answer = wire.get(message.content.flat()["downloadUrl"])
    assert (answer.content, "x-evil" in answer.headers) == (b"<script>", False)


def test_a_rejected_request_does_not_change_file_links(wire: httpx.Client, instance: Instance) -> None:
    file = {"fileName": "a.txt", "data": "AAAA"}
    wire.post(f"/sandbox/{instance.id_instance}/messages", json={"chatId": ANNA, "file": file})
    for path in ("/", "/sandbox/instances", "/files/none/a.txt"):
        wire.get(path, headers={"host": "evil.example"})
    listed = wire.get(f"/waInstance{instance.id_instance}/receiveNotification/{instance.token}", headers={"host": "x"})
    assert listed.json()["body"]["messageData"]["fileMessageData"]["downloadUrl"].startswith(str(wire.base_url))
