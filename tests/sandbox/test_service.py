from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.simulation.content import FileContent

Api = Callable[..., Awaitable[httpx.Response]]
ANN, BOB = "79001234568@c.us", "79001234569@c.us"
GROUP = "120363043968066561@g.us"
UNKNOWN = "BAE5F4886F6F2D05"
FORMATS = "Validation failed. Details: 'chatId' must be one of the next formats: 'phone_number@c.us'"
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_rate_limits(sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False


def error_message(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["message"]


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("getContactInfo", {}),
        ("deleteMessage", {"idMessage": UNKNOWN}),
        ("archiveChat", {}),
        ("unarchiveChat", {}),
        ("setDisappearingChat", {"ephemeralExpiration": 0}),
    ],
)
@pytest.mark.parametrize(("wrong", "kind"), [(True, "bool"), (7, "float64"), ({}, "map[string]interface {}")])
async def test_a_chat_id_of_a_wrong_type_is_a_server_error(
    api: Api, method: str, more: dict[str, Any], wrong: object, kind: str
) -> None:
    answer = await api("POST", method, json={"chatId": wrong, **more})
    assert error_message(answer) == (500, f"interface conversion: interface {{}} is {kind}, not string")


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("deleteMessage", {"idMessage": UNKNOWN}),
        ("editMessage", {"idMessage": UNKNOWN, "message": "x"}),
        ("archiveChat", {}),
        ("unarchiveChat", {}),
        ("setDisappearingChat", {"ephemeralExpiration": 0}),
        ("sendTyping", {}),
        ("getAvatar", {}),
        ("checkWhatsapp", {}),
    ],
)
async def test_a_malformed_chat_id_is_rejected(api: Api, method: str, more: dict[str, Any]) -> None:
    status, message = error_message(await api("POST", method, json={"chatId": "7900", **more}))
    assert status == 400
    assert message.startswith(FORMATS)


async def test_an_own_message_is_deleted_for_everyone(api: Api, instance: Instance) -> None:
    body = {"chatId": ANN, "idMessage": instance.phone_writes(ANN, "oops")}
    deleted = await api("POST", "deleteMessage", json=body)
    assert (deleted.status_code, deleted.content) == (200, b"")
    assert instance.chat(ANN) == []
    assert error_message(await api("POST", "deleteMessage", json=body)) == (400, "Message by id not found")


async def test_a_message_is_deleted_for_the_account_only(api: Api, instance: Instance) -> None:
    ours = {"chatId": ANN, "idMessage": instance.phone_writes(ANN, "oops"), "onlySenderDelete": True}
    theirs = {"chatId": ANN, "idMessage": instance.contact_writes(ANN, "hi")}
    for body in (ours, theirs):
        assert (await api("POST", "deleteMessage", json=body)).status_code == 200
        assert error_message(await api("POST", "deleteMessage", json=body)) == (400, "Message by id not found")
    assert [message.text for message in instance.chat(ANN)] == ["oops", "hi"]
    assert list(instance.chats.journal()) == []


async def test_an_own_message_is_edited(api: Api, instance: Instance) -> None:
    id_message = instance.phone_writes(ANN, "helo")
    edited = await api("POST", "editMessage", json={"chatId": ANN, "idMessage": id_message, "message": "hello"})
    assert edited.json()["idMessage"] != id_message
    assert [message.text for message in instance.chat(ANN)] == ["hello"]


async def test_the_caption_of_an_own_file_is_edited(api: Api, instance: Instance) -> None:
    id_message = instance.phone_writes(ANN, "a file")
    file = FileContent(kind="image", download_url="https://a.b/c.jpg", file_name="c.jpg", mime_type="image/jpeg")
    instance.chats[ANN].messages[0].content = file
    await api("POST", "editMessage", json={"chatId": ANN, "idMessage": id_message, "message": "look"})
    assert instance.chat(ANN)[0].text == "look"
    assert isinstance(instance.chat(ANN)[0].content, FileContent)


async def test_other_messages_cannot_be_edited(api: Api, instance: Instance) -> None:
    for id_message in (instance.contact_writes(ANN, "hi"), UNKNOWN):
        body = {"chatId": ANN, "idMessage": id_message, "message": "x"}
        assert error_message(await api("POST", "editMessage", json=body)) == (400, "Message by id not found")
    body = {"chatId": ANN, "idMessage": UNKNOWN, "message": "x" * 20_001}
    assert "20000 characters" in error_message(await api("POST", "editMessage", json=body))[1]


async def test_a_chat_is_archived_and_unarchived(api: Api, instance: Instance) -> None:
    instance.contact_writes(ANN, "hi")
    body = {"chatId": ANN}
    already = "UnarchiveChatError: chat with id 79001234568@c.us already archive=false"
    assert error_message(await api("POST", "unarchiveChat", json=body)) == (400, already)
    archived = await api("POST", "archiveChat", json=body)
    assert (archived.status_code, archived.content) == (200, b"")
    already = "ArchiveChatError: chat with id 79001234568@c.us already archive=true"
    assert error_message(await api("POST", "archiveChat", json=body)) == (400, already)
    assert (await api("POST", "unarchiveChat", json=body)).content == b""


@pytest.mark.parametrize(
    ("method", "error"), [("archiveChat", "ArchiveChatError"), ("unarchiveChat", "UnarchiveChatError")]
)
async def test_only_a_chat_with_an_incoming_message_can_be_archived(
    api: Api, instance: Instance, method: str, error: str
) -> None:
    unknown = (400, f"{error}: chat with id {ANN} not found")
    assert error_message(await api("POST", method, json={"chatId": ANN})) == unknown
    instance.phone_writes(ANN, "hi")
    group = instance.contact_makes_group("x", [ANN])
    for chat_id in (ANN, group):
        empty = (400, f"{error}: cannot archive chat cause last message not found in chat")
        assert error_message(await api("POST", method, json={"chatId": chat_id})) == empty
    nothing = (400, "Validation failed. Details: 'value' must have at least 1 key")
    assert error_message(await api("POST", method, json={})) == nothing


@pytest.mark.parametrize("seconds", [0, 86_400, 604_800, 7_776_000])
async def test_disappearing_messages_have_four_durations(api: Api, seconds: int) -> None:
    answer = await api("POST", "setDisappearingChat", json={"chatId": ANN, "ephemeralExpiration": seconds})
    assert answer.json() == {
        "chatId": ANN,
        "disappearingMessagesInChat": seconds > 0,
        "ephemeralExpiration": seconds,
    }


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"chatId": ANN}, "'value' must have at least 2 keys"),
        (
            {"chatId": ANN, "ephemeralExpiration": 1},
            "'ephemeralExpiration' must be one of [0, 86400, 604800, 7776000]",
        ),
        (
            {"chatId": ANN, "ephemeralExpiration": False},
            "'ephemeralExpiration' must be one of [0, 86400, 604800, 7776000]",
        ),
        ({"chatId": GROUP, "ephemeralExpiration": 0}, "'chatId' must be one of the next formats: 'phone_number@c.us'"),
    ],
)
async def test_other_durations_and_chats_are_rejected(api: Api, body: dict[str, Any], details: str) -> None:
    answer = await api("POST", "setDisappearingChat", json=body)
    assert error_message(answer) == (400, f"Validation failed. Details: {details}")


async def test_typing_is_visible_until_it_ends(
    api: Api, http: httpx.AsyncClient, instance: Instance, clock: ManualClock
) -> None:
    seen = f"/sandbox/{instance.id_instance}/chats/{ANN}/typing"
    assert (await http.get(seen)).json() == {"typing": None, "until": None}
    sent = await api("POST", "sendTyping", json={"chatId": ANN, "typingTime": 5000})
    assert (sent.status_code, sent.content) == (200, b"")
    assert (await http.get(seen)).json() == {"typing": "typing", "until": clock.now + 5}
    clock.advance(5)
    assert instance.chats.typing(ANN) is None
    await api("POST", "sendTyping", json={"chatId": ANN, "typingType": "recording"})
    assert (await http.get(seen)).json() == {"typing": "recording", "until": clock.now + 1}


@pytest.mark.parametrize(
    ("more", "details"),
    [
        ({"typingTime": "5"}, "'typingTime' must be a number"),
        ({"typingTime": 999}, "'typingTime' must be greater than or equal to 1000"),
        ({"typingTime": 20_001}, "'typingTime' must be less than or equal to 20000"),
        ({"typingType": "typing"}, "'typingType' must be one of [recording]"),
    ],
)
async def test_typing_time_is_limited(api: Api, more: dict[str, Any], details: str) -> None:
    answer = await api("POST", "sendTyping", json={"chatId": ANN, **more})
    assert error_message(answer) == (400, f"Validation failed. Details: {details}")


async def test_chats_are_listed_with_their_settings_last_active_first(
    api: Api, instance: Instance, clock: ManualClock
) -> None:
    start = int(clock.now)
    instance.contact_writes(ANN, "hi", contact_name="Анна")
    clock.advance(1)
    group = instance.contact_makes_group("Моя группа", [ANN])
    clock.advance(1)
    instance.contact_writes(BOB, "hi", sender_name="Боб")
    await api("POST", "archiveChat", json={"chatId": BOB})
    await api("POST", "setDisappearingChat", json={"chatId": BOB, "ephemeralExpiration": 86_400})
    plain = {"archive": False, "ephemeralExpiration": 0, "ephemeralSettingTimestamp": 0}
    marked = {"archive": True, "ephemeralExpiration": 86_400, "ephemeralSettingTimestamp": start + 2}
    rows = [
        {**marked, "id": BOB, "name": "Боб", "type": "user"},
        {**plain, "id": group, "name": "Моя группа", "type": "group"},
        {**plain, "id": ANN, "name": "Анна", "type": "user"},
    ]
    assert (await api("GET", "getChats")).json() == rows
    assert (await api("GET", "getChats", params={"count": 2})).json() == rows[:2]
