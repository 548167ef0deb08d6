import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.simulation.catalogue import KINDS

from .documented_fields import documented, paths_of

ALL = [(kind, variant) for kind, variants in KINDS.items() for variant in variants]
SAMPLES = Path(__file__).parents[1] / "samples"
NOTIFICATIONS = {
    str(path.relative_to(SAMPLES)): path
    for path in sorted(SAMPLES.glob("**/*.json"))
    if "typeWebhook" in path.read_text() and "somethingNew" not in path.read_text()
}
SPELLINGS = {
    ("statusInstanceChanged", "onLine"): "onLine",
    ("incomingCall", "hangUp"): "hangUp",
    ("incomingCall", "hungUp"): "hungUp",
    ("locationMessage", "locationMessage"): "locationMessage",
    ("locationMessage", "LocationMessage"): "LocationMessage",
    ("quotedMessage", "LocationMessage"): "quotedMessage",
    ("listMessage", "listMessage"): "listMessage",
    ("listMessage", "ListMessage"): "ListMessage",
    ("listResponseMessage", "listResponseMessage"): "listResponseMessage",
    ("listResponseMessage", "ListResponseMessage"): "ListResponseMessage",
    ("templateButtonsReplyMessage", "templateButtonsReplyMessage"): "templateButtonsReplyMessage",
    ("templateButtonsReplyMessage", "templateButtonReplyMessage"): "templateButtonReplyMessage",
    ("interactiveButtonsReply", "header"): "interactiveButtonsReply",
    ("interactiveButtonsReply", "interactiveButtonReply"): "interactiveButtonReply",
}
pytestmark = pytest.mark.anyio


def produced(instance: Instance, kind: str, variant: str | None = None, **fields: Any) -> Any:
    instance.produce(kind, variant=variant, **fields)
    return json.loads(json.dumps(instance.notifications.bodies()[-1]))


def shape(body: Any) -> tuple[str, str | None, frozenset[str]]:
    message = body.get("messageData", {}).get("typeMessage")
    return (body["typeWebhook"] if message is None else "message", message, frozenset(paths_of(body)))


@pytest.mark.parametrize(("kind", "variant"), ALL)
def test_every_variant_has_the_documented_fields(instance: Instance, kind: str, variant: str) -> None:
    assert set(paths_of(produced(instance, kind, variant))) == documented(kind, variant)


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_every_example_of_the_manual_has_a_variant_of_its_shape(instance: Instance, name: str) -> None:
    sample = json.loads(NOTIFICATIONS[name].read_text())
    kind = sample["typeWebhook"]
    assert kind in KINDS
    assert shape(sample) in {shape(produced(instance, kind, variant)) for kind, variant in ALL}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_variant_with_numbers_as_strings(instance: Instance, kind: str) -> None:
    body = produced(instance, kind, "strings")
    assert body["instanceData"]["idInstance"] == str(instance.id_instance)
    assert isinstance(body.get("timestamp", ""), str)


@pytest.mark.parametrize(("kind", "variant"), SPELLINGS)
def test_each_spelling_can_be_selected(instance: Instance, kind: str, variant: str) -> None:
    body = produced(instance, kind, variant)
    words = {body.get("status"), body.get("statusInstance"), body.get("messageData", {}).get("typeMessage")}
    assert SPELLINGS[kind, variant] in words


@pytest.mark.parametrize("kind", ["outgoingMessageStatus", "stateInstanceChanged", "incomingCall", "outgoingCall"])
def test_a_variant_named_after_a_value_contains_it(instance: Instance, kind: str) -> None:
    for variant in KINDS[kind]:
        body = produced(instance, kind, variant)
        if variant not in {"strings", "group", "nobody", "failedSWE004"}:
            assert variant in {body.get("status"), body.get("stateInstance")}


@pytest.mark.parametrize(
    ("kind", "variant", "text"),
    [
        ("textMessage", "SWE001", "{{SWE001}}"),
        ("textMessage", "SWE003", "{{SWE003}}"),
        ("textMessage", "SWE999", "{{SWE999}}"),
        ("documentMessage", "SWE002", "{{SWE002}}"),
        ("outgoingMessageStatus", "failedSWE004", "SWE004: "),
        ("outgoingMessageStatus", "failed", "Error: item-not-found"),
    ],
)
def test_service_errors_have_variants(instance: Instance, kind: str, variant: str, text: str) -> None:
    assert text in json.dumps(produced(instance, kind, variant))


def test_only_a_notification_is_queued_regardless_of_settings(instance: Instance) -> None:
    instance.settings.update(incomingWebhook="no")
    id_message = instance.produce("textMessage")
    [body] = instance.notifications.bodies()
    assert body["idMessage"] == id_message
    assert instance.chats.journal() == []
    assert instance.produce("quotaExceeded") == ""


def test_the_same_seed_gives_the_same_bodies() -> None:
    def bodies() -> Any:
        instance = Sandbox(ManualClock(), seed=3).add_instance()
        return [produced(instance, kind, variant) for kind, variant in ALL]

    assert bodies() == bodies()


def test_the_topmost_field_of_a_name_is_replaced(instance: Instance) -> None:
    body = produced(instance, "listMessage", title="Pick", idMessage="F" * 32, timestamp=7)
    assert (body["idMessage"], body["timestamp"], body["messageData"]["listMessage"]["title"]) == ("F" * 32, 7, "Pick")
    assert body["messageData"]["listMessage"]["sections"][0]["title"] == "Секция 1"
    other = produced(instance, "interactiveButtonsResponse", "textOnly", selectedDisplayText="No")
    assert other["messageData"]["interactiveButtonsResponse"] == {"selectedDisplayText": "No"}
    untouched = produced(instance, "interactiveButtonsResponse", "textOnly")
    assert untouched["messageData"]["interactiveButtonsResponse"] == {"selectedDisplayText": "Да"}


def test_the_chat_and_the_notification_type_can_be_chosen(instance: Instance) -> None:
    chat = "79005550000@c.us"
    body = produced(instance, "imageMessage", chatId=chat)
    assert (body["senderData"]["chatId"], body["senderData"]["sender"]) == (chat, chat)
    group = produced(instance, "imageMessage", chatId="120363000000000000@g.us", sender=chat)
    assert group["senderData"]["sender"] == chat
    sent = produced(instance, "interactiveButtons", typeWebhook="outgoingAPIMessageReceived")
    assert (sent["typeWebhook"], sent["senderData"]["sender"]) == ("outgoingAPIMessageReceived", instance.wid)


async def test_files_in_notifications_can_be_downloaded(http: httpx.AsyncClient, instance: Instance) -> None:
    data = produced(instance, "imageMessage")["messageData"]["fileMessageData"]
    answer = await http.get(data["downloadUrl"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, data["mimeType"])


async def test_kinds_are_listed_and_produced_by_the_control_api(http: httpx.AsyncClient, instance: Instance) -> None:
    url = f"/sandbox/{instance.id_instance}/produce"
    assert (await http.get(url)).json() == {kind: list(variants) for kind, variants in KINDS.items()}
    wanted = {"kind": "incomingCall", "variant": "hungUp", "fields": {"from": "79005550000@c.us"}}
    answer = (await http.post(url, json=wanted)).json()
    [body] = instance.notifications.bodies()
    assert (body["status"], body["from"]) == ("hungUp", "79005550000@c.us")
    assert answer == {"idMessage": body["idMessage"]}


@pytest.mark.parametrize(
    ("order", "sentence"),
    [
        ({}, "'kind' is required"),
        ({"kind": "nonsense"}, "'kind' must be one of [incomingMessageReceived"),
        ({"kind": "textMessage", "variant": "nonsense"}, "'variant' must be one of [plain"),
        ({"kind": "textMessage", "fields": {"caption": ""}}, "'caption' is not a field of this notification"),
        ({"kind": "textMessage", "fields": {"typeWebhook": "new"}}, "'typeWebhook' must be one of"),
        ({"kind": "incomingCall", "fields": {"typeWebhook": "incomingMessageReceived"}}, "'typeWebhook' must be one"),
        ({"kind": "textMessage", "fields": [1]}, "'fields' must be of type object"),
        ({"kind": "textMessage", "fields": {"variant": 1}}, "'variant' is not a field of this notification"),
        ({"kind": "textMessage", "fields": {"self": 1}}, "'self' is not a field of this notification"),
    ],
)
async def test_unknown_kinds_and_variants_are_rejected(
    http: httpx.AsyncClient, instance: Instance, order: Any, sentence: str
) -> None:
    answer = await http.post(f"/sandbox/{instance.id_instance}/produce", json=order)
    assert answer.status_code == 400
    assert sentence in answer.json()["message"]
    assert instance.notifications.bodies() == []
