from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance

CHAT = "79001234567@c.us"
GROUP = "79099197688-1506012221@g.us"
REPLY = {"buttonId": "1", "buttonText": "Yes"}
pytestmark = pytest.mark.anyio


def message_data(instance: Instance) -> Any:
    [*_, body] = (body for body in instance.notifications.bodies() if "messageData" in body)
    return body["messageData"]


@pytest.mark.parametrize(
    ("act", "choice", "answer"),
    [
        (
            {"buttons": {"message": "Sure?", "buttons": [REPLY]}},
            "1",
            {"selectedButtonId": "1", "selectedButtonText": "Yes"},
        ),
        (
            {
                "template": {
                    "message": "?",
                    "buttons": [{"index": 1, "quickReplyButton": {"id": "a", "displayText": "Y"}}],
                }
            },
            "a",
            {"selectedIndex": 0, "selectedId": "a", "selectedDisplayText": "Y"},
        ),
        (
            {
                "list": {
                    "message": "Pick",
                    "buttonText": "List",
                    "sections": [{"rows": [{"rowId": "r", "title": "One"}]}],
                }
            },
            "r",
            {"title": "One", "listType": "1", "singleSelectReply": "r"},
        ),
        (
            {"interactiveButtonsReply": {"body": "Sure?", "buttons": [REPLY]}},
            "1",
            {"selectedIndex": 0, "selectedId": "1", "selectedDisplayText": "Yes"},
        ),
    ],
)
async def test_a_contact_sends_choices_and_the_owner_answers(
    http: httpx.AsyncClient, instance: Instance, act: dict[str, Any], choice: str, answer: Any
) -> None:
    url = f"/sandbox/{instance.id_instance}"
    offered = (await http.post(f"{url}/messages", json={"chatId": CHAT, **act})).json()["idMessage"]
    assert message_data(instance)["typeMessage"] in {*act, *(f"{name}Message" for name in act)}
    press = {"chatId": CHAT, "press": {"idMessage": offered, "buttonId": choice}}
    assert (await http.post(f"{url}/phone-messages", json=press)).status_code == 200
    [chosen] = [value for key, value in message_data(instance).items() if key != "typeMessage"]
    assert chosen == {"stanzaId": offered, **answer}


async def test_a_contact_sends_buttons_with_actions(instance: Instance) -> None:
    button = {"type": "url", "buttonId": "1", "buttonText": "Site", "url": "https://green-api.com/"}
    instance.contact_sends(CHAT, {"interactiveButtons": {"body": "Look", "buttons": [button]}})
    texts = {"header": "", "body": "Look", "footer": ""}
    assert message_data(instance) == {
        "typeMessage": "interactiveButtons",
        "interactiveButtons": {**texts, "buttons": [button]},
    }


async def test_a_contact_sends_several_cards(instance: Instance) -> None:
    cards = [{"phoneContact": 79001234567, "firstName": "Anna"}, {"phoneContact": 79001234568, "firstName": "Boris"}]
    instance.contact_sends(CHAT, {"contacts": cards})
    data = message_data(instance)
    assert [card["displayName"] for card in data["messageData"].pop("contacts")] == ["Anna", "Boris"]
    assert data == {
        "typeMessage": "contactsArrayMessage",
        "messageData": {"forwardingScore": 0, "isForwarded": False},
    }


async def test_a_contact_invites_to_a_group(instance: Instance) -> None:
    invite = {"groupId": GROUP, "groupName": "Drawing", "inviteCode": "a7E5WU", "caption": "Come"}
    instance.contact_sends(CHAT, {"groupInvite": invite})
    assert message_data(instance) == {
        "typeMessage": "groupInviteMessage",
        "groupInviteMessageData": {
            "groupJid": GROUP,
            "inviteCode": "a7E5WU",
            "inviteExpiration": "0",
            "groupName": "Drawing",
            "caption": "Come",
            "name": "Drawing",
            "jpegThumbnail": "",
        },
    }


async def test_a_link_comes_with_its_preview(instance: Instance) -> None:
    sent = instance.contact_sends(CHAT, {"link": {"text": "https://green-api.com", "title": "Docs"}})
    extended = {"text": "https://green-api.com", "description": "", "title": "Docs", "jpegThumbnail": ""}
    marks = {"forwardingScore": 0, "isForwarded": False}
    assert message_data(instance)["extendedTextMessageData"] == {**extended, **marks}
    instance.contact_writes(CHAT, "seen", quoted_message_id=sent)
    quote = message_data(instance)["quotedMessage"]["extendedTextMessage"]
    assert quote == {"description": "", "title": "Docs", "previewType": "None", "jpegThumbnail": None}


async def test_journals_keep_the_documented_fields_of_an_advertisement(instance: Instance) -> None:
    words = {"mediaType": "IMAGE", "sourceUrl": "https://fb.me/a", "containsAutoReply": False}
    instance.contact_sends(CHAT, {"link": {"text": "https://fb.me/a", "advertisement": words}})
    data = message_data(instance)["extendedTextMessageData"]
    assert (data["containsAutoReply"], "isForwarded" in data) == (False, False)
    [message] = instance.chats.journal()
    kept = message.content.flat()["extendedTextMessage"]
    assert (kept["mediaType"], "containsAutoReply" in kept, kept["isForwarded"]) == ("IMAGE", False, False)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ({"contacts": list[int]()}, "'contacts' must contain at least 1 items"),
        ({"groupInvite": {"groupId": CHAT}}, "'groupId' must be the next formats"),
        ({"buttons": {"message": "a", "buttons": list[int]()}}, "'buttons' must contain at least 1 items"),
        ({"list": {"message": "a", "sections": [{"title": "b"}]}}, "'buttonText' is required"),
    ],
)
def test_invalid_choices_are_rejected(instance: Instance, act: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        instance.contact_sends(CHAT, act)
