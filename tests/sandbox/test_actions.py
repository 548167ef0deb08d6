import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
POLL = {"chatId": CHAT, "message": "Which color?", "options": [{"optionName": "green"}, {"optionName": "red"}]}
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _all_settings_on(instance: Instance) -> None:
    names = ("pollMessageWebhook", "incomingCallWebhook")
    instance.settings.update(dict.fromkeys(names, "yes"), outgoingWebhook="no", outgoingMessageWebhook="no")


def message_data(instance: Instance) -> Any:
    return instance.notifications.bodies()[-1]["messageData"]


@pytest.mark.parametrize(
    ("method", "body", "button", "answer"),
    [
        (
            "sendInteractiveButtonsReply",
            {"body": "Sure?", "buttons": [{"buttonId": "1", "buttonText": "Yes"}]},
            "1",
            {"selectedIndex": 0, "selectedId": "1", "selectedDisplayText": "Yes"},
        ),
        (
            "sendButtons",
            {"message": "Sure?", "buttons": [{"buttonId": "1", "buttonText": "Yes"}]},
            "1",
            {"selectedButtonId": "1", "selectedButtonText": "Yes"},
        ),
        (
            "sendTemplateButtons",
            {
                "message": "Sure?",
                "templateButtons": [{"index": 1, "quickReplyButton": {"id": "a", "displayText": "Y"}}],
            },
            "a",
            {"selectedIndex": 0, "selectedId": "a", "selectedDisplayText": "Y"},
        ),
        (
            "sendListMessage",
            {"message": "Pick", "buttonText": "List", "sections": [{"rows": [{"rowId": "r", "title": "First"}]}]},
            "r",
            {"title": "First", "listType": "1", "singleSelectReply": "r"},
        ),
    ],
)
async def test_a_contact_presses_a_button(
    api: Api, instance: Instance, method: str, body: Any, button: str, answer: Any
) -> None:
    sent = (await api("POST", method, json={"chatId": CHAT, **body})).json()["idMessage"]
    instance.contact_sends(CHAT, {"press": {"idMessage": sent, "buttonId": button}})
    [pressed] = [value for key, value in message_data(instance).items() if key != "typeMessage"]
    assert pressed == {"stanzaId": sent, **answer}
    with pytest.raises(ValueError, match="'buttonId' must be"):
        instance.contact_sends(CHAT, {"press": {"idMessage": sent, "buttonId": "nonsense"}})


async def test_a_contact_votes_and_changes_its_mind(api: Api, instance: Instance) -> None:
    poll = (await api("POST", "sendPoll", json=POLL)).json()["idMessage"]
    for color in ("green", "red"):
        instance.contact_sends(CHAT, {"vote": {"idMessage": poll, "options": [color]}})
    assert message_data(instance) == {
        "typeMessage": "pollUpdateMessage",
        "pollMessageData": {
            "stanzaId": poll,
            "name": "Which color?",
            "votes": [{"optionName": "green", "optionVoters": []}, {"optionName": "red", "optionVoters": [CHAT]}],
            "multipleAnswers": False,
        },
    }
    for options in (["blue"], ["green", "red"]):
        with pytest.raises(ValueError, match="'options' must be"):
            instance.contact_sends(CHAT, {"vote": {"idMessage": poll, "options": options}})


async def test_votes_are_reported_only_if_the_setting_is_on(api: Api, instance: Instance) -> None:
    instance.settings["pollMessageWebhook"] = "no"
    poll = (await api("POST", "sendPoll", json=POLL)).json()["idMessage"]
    instance.contact_sends(CHAT, {"vote": {"idMessage": poll, "options": ["red"]}})
    assert instance.notifications.bodies() == []


async def test_a_file_that_quotes_keeps_its_type(instance: Instance) -> None:
    quoted = instance.contact_sends(CHAT, {"location": {"latitude": 1.5, "longitude": 2.5}})
    instance.contact_sends(CHAT, {"file": {"fileName": "a.pdf", "data": "aGk="}}, quoted_message_id=quoted)
    data = message_data(instance)
    assert data["typeMessage"] == "documentMessage"
    assert data["quotedMessage"]["location"]["latitude"] == 1.5
    assert "isForwarded" not in data["quotedMessage"]["location"]


async def test_a_message_is_edited_and_deleted(http: httpx.AsyncClient, instance: Instance) -> None:
    url = f"/sandbox/{instance.id_instance}/messages"
    written = (await http.post(url, json={"chatId": CHAT, "text": "helo"})).json()["idMessage"]
    await http.post(url, json={"chatId": CHAT, "edit": {"idMessage": written, "text": "hello"}})
    assert message_data(instance) == {
        "typeMessage": "editedMessage",
        "editedMessageData": {"textMessage": "hello", "stanzaId": written},
    }
    assert [message.text for message in instance.chat(CHAT)] == ["hello"]
    await http.post(url, json={"chatId": CHAT, "delete": {"idMessage": written}})
    assert message_data(instance) == {"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": written}}
    assert instance.chat(CHAT) == []


async def test_a_contact_reacts(http: httpx.AsyncClient, instance: Instance) -> None:
    ours = instance.phone_writes(CHAT, "hi")
    url = f"/sandbox/{instance.id_instance}/messages"
    await http.post(url, json={"chatId": CHAT, "react": {"idMessage": ours, "emoji": "👍"}})
    assert message_data(instance) == {
        "typeMessage": "reactionMessage",
        "extendedTextMessageData": {"text": "👍"},
        "quotedMessage": {"stanzaId": ours, "participant": instance.wid},
    }


async def test_a_contact_calls(http: httpx.AsyncClient, instance: Instance) -> None:
    url = f"/sandbox/{instance.id_instance}/messages"
    call = (await http.post(url, json={"chatId": CHAT, "call": {}})).json()["idMessage"]
    await http.post(url, json={"chatId": CHAT, "call": {"idMessage": call, "status": "declined"}})
    bodies = instance.notifications.bodies()
    assert [(body["typeWebhook"], body["from"], body["status"], body["idMessage"]) for body in bodies] == [
        ("incomingCall", CHAT, "offer", call),
        ("incomingCall", CHAT, "declined", call),
    ]


async def test_the_owner_calls(http: httpx.AsyncClient, instance: Instance) -> None:
    instance.settings["outgoingCallWebhook"] = "yes"
    url = f"/sandbox/{instance.id_instance}/phone-messages"
    await http.post(url, json={"chatId": CHAT, "call": {"duration": 42}})
    [body] = instance.notifications.bodies()
    assert (body["typeWebhook"], body["status"], body["duration"]) == ("outgoingCall", "pickUp", 42)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "expected exactly one action of [text, file"),
        ({"text": "a", "delete": {"idMessage": "x" * 16}}, "expected exactly one action of"),
        ({"edit": {"idMessage": "x" * 16, "text": "a"}}, "'idMessage' must be the id of a message of the author"),
        ({"react": {"idMessage": "x" * 16, "emoji": "a"}}, "'idMessage' must be the id of a message in this chat"),
        ({"vote": {"idMessage": "{text}", "options": []}}, "'idMessage' must be the id of a poll"),
        ({"edit": {"idMessage": "{place}", "text": "a"}}, "'idMessage' must be the id of a text or a file"),
        ({"file": {"fileName": "a.png", "data": "?"}}, "'file.data' must be base64"),
        ({"poll": {"message": "a", "options": ["b"]}}, "'options' must contain at least 2 items"),
        ({"call": {"status": "hungUp"}}, "'status' must be one of [offer"),
        ({"call": {"idMessage": "x" * 16, "status": "missed"}}, "'idMessage' must be the id of a call"),
    ],
)
async def test_invalid_actions_are_rejected(http: httpx.AsyncClient, instance: Instance, body: Any, words: str) -> None:
    ids = {
        "{text}": instance.contact_writes(CHAT, "a"),
        "{place}": instance.contact_sends(CHAT, {"location": {"latitude": 1, "longitude": 2}}),
    }
    wire = json.dumps({"chatId": CHAT, **body})
    for name, id_message in ids.items():
        wire = wire.replace(name, id_message)
    answer = await http.post(f"/sandbox/{instance.id_instance}/messages", content=wire)
    assert answer.status_code == 400
    assert words in answer.json()["message"]
