import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.routing import Route

from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.control.routes import control_app
from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.simulation.actions import ACTIONS

CHAT = "79001234567@c.us"
ID = 1101000001
pytestmark = pytest.mark.anyio


async def test_instances_are_listed_and_added(http: httpx.AsyncClient, instance: Instance, sandbox: Sandbox) -> None:
    wanted = {"idInstance": 7, "apiTokenInstance": "abc", "stateInstance": None, "settings": {"incomingWebhook": "no"}}
    made = (await http.post("/sandbox/instances", json=wanted)).json()
    assert made["apiTokenInstance"] == "abc"
    assert made["settings"]["incomingWebhook"] == "no"
    listed = (await http.get("/sandbox/instances")).json()
    assert [(one["idInstance"], one["stateInstance"]) for one in listed] == [(ID, "authorized"), (7, None)]
    assert sandbox.instances[7].token == "abc"


async def test_an_id_may_have_twelve_digits(http: httpx.AsyncClient) -> None:
    wanted = {"idInstance": 310000000001, "apiTokenInstance": "abc"}
    assert (await http.post("/sandbox/instances", json=wanted)).is_success
    assert (await http.post("/sandbox/310000000001/messages", json={"chatId": CHAT, "text": "ping"})).is_success
    received = (await http.get("/waInstance310000000001/receiveNotification/abc")).json()
    assert received["body"]["instanceData"]["idInstance"] == 310000000001


async def test_messages_in_both_directions_are_listed(http: httpx.AsyncClient, instance: Instance) -> None:
    asked = await http.post(f"/sandbox/{ID}/messages", json={"chatId": CHAT, "text": "ping", "senderName": "Иван"})
    quoted = asked.json()["idMessage"]
    answered = await http.post(
        f"/sandbox/{ID}/phone-messages", json={"chatId": CHAT, "text": "pong", "quotedMessageId": quoted}
    )
    read = await http.post(f"/sandbox/{ID}/chats/{CHAT}/read")
    assert read.json() == {"read": [answered.json()["idMessage"]]}
    chat = (await http.get(f"/sandbox/{ID}/chats/{CHAT}/messages")).json()
    at = int(instance.clock())
    assert chat == [
        {
            "idMessage": quoted,
            "type": "incoming",
            "typeMessage": "textMessage",
            "text": "ping",
            "timestamp": at,
            "status": None,
            "quotedMessageId": None,
        },
        {
            "idMessage": answered.json()["idMessage"],
            "type": "outgoing",
            "typeMessage": "textMessage",
            "text": "pong",
            "timestamp": at,
            "status": "read",
            "quotedMessageId": quoted,
        },
    ]
    types = [body["typeWebhook"] for body in instance.notifications.bodies()]
    assert types == ["incomingMessageReceived", "outgoingMessageReceived", *["outgoingMessageStatus"] * 3]


async def test_the_state_is_changed(http: httpx.AsyncClient, instance: Instance) -> None:
    await http.put(f"/sandbox/{ID}/state", json={"stateInstance": "yellowCard"})
    assert instance.state == "yellowCard"
    await http.put(f"/sandbox/{ID}/state", json={"expired": True})
    assert (instance.state, instance.lifecycle.expired) == ("yellowCard", True)


async def test_the_account_of_a_number_can_be_removed_and_restored(http: httpx.AsyncClient, instance: Instance) -> None:
    await http.put(f"/sandbox/{ID}/chats/{CHAT}/account", json={"exists": False})
    assert instance.people.no_account == {CHAT}
    await http.put(f"/sandbox/{ID}/chats/{CHAT}/account", json={"exists": True})
    assert instance.people.no_account == set()


async def test_faults_are_planned_and_cleared(http: httpx.AsyncClient, instance: Instance) -> None:
    fault = {"method": "getSettings", "times": 2, "status": 503, "headers": {"Retry-After": "1"}, "afterEffect": True}
    path = f"/waInstance{ID}/getSettings/{instance.token}"
    assert (await http.post(f"/sandbox/{ID}/faults", json=fault)).status_code == 200
    assert (await http.get(path)).headers["retry-after"] == "1"
    [planned] = (await http.get(f"/sandbox/{ID}/faults")).json()
    assert (planned["method"], planned["times"], planned["status"]) == ("getSettings", 1, 503)
    await http.delete(f"/sandbox/{ID}/faults")
    assert (await http.get(path)).status_code == 429


async def test_any_notification_is_queued_unchanged(http: httpx.AsyncClient, instance: Instance) -> None:
    await http.post(f"/sandbox/{ID}/notifications", json={"typeWebhook": "brandNew", "x": [1]})
    assert instance.notifications.bodies() == [{"typeWebhook": "brandNew", "x": [1]}]


async def test_the_call_log_is_returned(http: httpx.AsyncClient, instance: Instance) -> None:
    await http.get(f"/waInstance{ID}/getSettings/{instance.token}")
    log = await http.get(f"/sandbox/{ID}/calls")
    assert log.json() == [
        {
            "number": 1,
            "method": "getSettings",
            "verb": "GET",
            "status": 200,
            "at": instance.clock(),
            "took": 0.0,
            "error": None,
            "open": False,
        }
    ]


@pytest.mark.parametrize(
    ("verb", "path", "body", "sentence"),
    [
        ("POST", "instances", {"idInstance": ID}, "'idInstance' is already taken"),
        ("POST", "instances", {"settings": {"phone": "1"}}, "'phone' is not allowed"),
        (
            "POST",
            "instances",
            {"apiTokenInstance": "a b"},
            "'apiTokenInstance' must consist of letters, digits, - and _",
        ),
        ("POST", f"{ID}/messages", {"text": "hi"}, "'chatId' is required"),
        ("POST", f"{ID}/messages", {"chatId": CHAT, "text": 1}, "'text' must be a string"),
        ("POST", f"{ID}/phone-messages", {"chatId": CHAT, "text": "x", "sender": CHAT}, "'sender' is not allowed"),
        ("PUT", f"{ID}/state", {"stateInstance": "asleep"}, "'stateInstance' must be one of"),
        ("PUT", f"{ID}/chats/7900/account", {"exists": True}, "7900 is not a chat id"),
        ("PUT", f"{ID}/state", {}, "'value' must have at least 1 key"),
        ("POST", f"{ID}/faults", {"method": "nonsense"}, "'method' must be one of"),
        ("POST", f"{ID}/faults", {"method": "*", "headers": {"A": 1}}, "'headers' must contain strings"),
        ("POST", f"{ID}/faults", {"method": "*", "headers": {"A": "\n"}}, "'A' is not a valid header"),
        ("POST", f"{ID}/notifications", [1], "'value' must be of type object"),
    ],
)
async def test_invalid_input_is_rejected_with_a_message(
    http: httpx.AsyncClient, instance: Instance, verb: str, path: str, body: Any, sentence: str
) -> None:
    answer = await http.request(verb, f"/sandbox/{path}", json=body)
    assert answer.status_code == 400
    assert sentence in answer.json()["message"]


async def test_an_unknown_instance_is_not_found(http: httpx.AsyncClient, instance: Instance) -> None:
    assert (await http.get("/sandbox/5/calls")).status_code == 404


@pytest.mark.parametrize(("origin", "status"), [("http://sandbox", 200), ("https://evil.example", 403), ("null", 403)])
async def test_requests_from_other_origins_are_rejected(
    http: httpx.AsyncClient, instance: Instance, origin: str, status: int
) -> None:
    answer = await http.get("/sandbox/instances", headers={"Origin": origin})
    assert answer.status_code == status


@pytest.mark.parametrize("id_instance", ["7", "9" * 5000, "x", "-1"])
async def test_a_missing_instance_is_not_a_server_error(http: httpx.AsyncClient, id_instance: str) -> None:
    assert (await http.get(f"/sandbox/{id_instance}/calls")).status_code == 404


async def test_non_finite_numbers_are_rejected(http: httpx.AsyncClient, instance: Instance) -> None:
    body = '{"chatId": "79001234567@c.us", "location": {"latitude": 1e400, "longitude": 0}}'
    assert (await http.post(f"/sandbox/{ID}/messages", content=body)).status_code == 400
    assert len(instance.notifications) == 0


def test_the_reference_describes_every_route() -> None:
    page = (Path(__file__).parents[2] / "docs" / "en" / "reference" / "sandbox-api.md").read_text("utf-8")
    described = set(re.findall(r"^\| `([A-Z]+ /sandbox/[^`]+)` \|", page, flags=re.MULTILINE))
    routes = [route for route in control_app(Sandbox(), OpenConnections()).routes if isinstance(route, Route)]
    served = {
        f"{verb} {route.path.replace('{id:id}', '{id}')}"
        for route in routes
        for verb in (route.methods or ())
        if verb != "HEAD"
    }
    assert described == served


def test_the_reference_describes_every_action() -> None:
    page = (Path(__file__).parents[2] / "docs" / "en" / "reference" / "sandbox-api.md").read_text("utf-8")
    table = page.partition("| action | value |")[2].partition("\n\n")[0]
    named = {name for row in table.splitlines() for name in re.findall("`([A-Za-z]+)`", row.split(" | ")[0])}
    assert named == {*ACTIONS, "call"}
