from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import BadRequestError, Client
from greenapi_async.methods.service import CHECK_WHATSAPP
from greenapi_async.types import Contact, ContactType, ProductImages, ProductReview

from .conftest import ANNA, GROUP, ID, SENT, Call, Request, Server

pytestmark = pytest.mark.anyio


CALLS: list[tuple[Call, Request, Any]] = [
    (
        lambda client: client.check_whatsapp(11001234567),
        Request("POST", "checkWhatsapp", {"phoneNumber": 11001234567}),
        {"existsWhatsapp": True},
    ),
    (
        lambda client: client.check_whatsapp(chat_id=ANNA, force=True),
        Request("POST", "checkWhatsapp", {"chatId": ANNA, "force": True}),
        {"existsWhatsapp": True},
    ),
    (lambda client: client.get_avatar(GROUP), Request("POST", "getAvatar", {"chatId": GROUP}), {}),
    (lambda client: client.get_contacts(), Request("GET", "getContacts"), []),
    (
        lambda client: client.get_contacts(group=True, count=5),
        Request("GET", "getContacts", query={"group": "true", "count": "5"}),
        [],
    ),
    (lambda client: client.get_contact_info(ANNA), Request("POST", "getContactInfo", {"chatId": ANNA}), {}),
    (
        lambda client: client.edit_message(ANNA, ID, "better"),
        Request("POST", "editMessage", {"chatId": ANNA, "idMessage": ID, "message": "better"}),
        SENT,
    ),
    (
        lambda client: client.set_disappearing_chat(ANNA, 0),
        Request("POST", "setDisappearingChat", {"chatId": ANNA, "ephemeralExpiration": 0}),
        {},
    ),
    (lambda client: client.get_chats(), Request("GET", "getChats"), []),
    (lambda client: client.get_chats(count=5), Request("GET", "getChats", query={"count": "5"}), []),
]


@pytest.mark.parametrize(
    ("call", "expected", "answer"),
    CALLS,
)
async def test_request(client: Client, server: Server, call: Call, expected: Request, answer: Any) -> None:
    server.respond(answer)
    await call(client)
    assert server.requests == [expected]


EMPTY: list[tuple[Call, Request]] = [
    (
        lambda client: client.delete_message(GROUP, ID),
        Request("POST", "deleteMessage", {"chatId": GROUP, "idMessage": ID}),
    ),
    (
        lambda client: client.delete_message(GROUP, ID, only_sender_delete=True),
        Request("POST", "deleteMessage", {"chatId": GROUP, "idMessage": ID, "onlySenderDelete": True}),
    ),
    (lambda client: client.archive_chat(GROUP), Request("POST", "archiveChat", {"chatId": GROUP})),
    (lambda client: client.unarchive_chat(GROUP), Request("POST", "unarchiveChat", {"chatId": GROUP})),
    (lambda client: client.send_typing(ANNA), Request("POST", "sendTyping", {"chatId": ANNA})),
    (
        lambda client: client.send_typing(ANNA, typing_time=5000, typing_type="recording"),
        Request("POST", "sendTyping", {"chatId": ANNA, "typingTime": 5000, "typingType": "recording"}),
    ),
]


@pytest.mark.parametrize("answer", [None, {}, "ok"], ids=["empty", "object", "word"])
@pytest.mark.parametrize(
    ("call", "expected"),
    EMPTY,
)
async def test_empty_answer_returns_none(
    client: Client, server: Server, call: Call, expected: Request, answer: Any
) -> None:
    server.respond(answer)
    assert await call(client) is None
    assert server.requests == [expected]


async def test_whatsapp_check_is_typed(client: Client, server: Server) -> None:
    server.respond({"existsWhatsapp": True, "chatId": ANNA})
    check = await client.check_whatsapp(11001234567)
    assert (check.exists_whatsapp, check.chat_id) == (True, ANNA)
    assert (CHECK_WHATSAPP.developer_quota, CHECK_WHATSAPP.business_quota) == (100, 30_000)


async def test_hidden_avatar_is_not_an_error(client: Client, server: Server) -> None:
    server.respond({"urlAvatar": "", "available": False})
    avatar = await client.get_avatar(ANNA)
    assert (avatar.url_avatar, avatar.available) == ("", False)


async def test_contacts_are_typed(client: Client, server: Server) -> None:
    server.respond(
        [
            {"id": ANNA, "name": "Иван Петров", "contactName": "Иван Петров Работа", "type": "user"},
            {"id": "79001234569-1479621234@g.us", "name": "Моя группа", "type": "group"},
        ]
    )
    assert await client.get_contacts() == [
        Contact(id=ANNA, name="Иван Петров", contact_name="Иван Петров Работа", type=ContactType.USER),
        Contact(id="79001234569-1479621234@g.us", name="Моя группа", type=ContactType.GROUP),
    ]


PRODUCT: dict[str, Any] = {
    "id": "42079728159",
    "imageUrls": {"requested": "https://mmg.whatsapp.net/1", "original": "https://mmg.whatsapp.net/2"},
    "reviewStatus": {"whatsapp": "APPROVED"},
    "availability": "in stock",
    "name": "Замена",
    "price": None,
    "isHidden": False,
}


@pytest.mark.parametrize("products", [[PRODUCT], PRODUCT], ids=["array", "object"])
async def test_contact_info_is_typed_three_levels_deep(client: Client, server: Server, products: Any) -> None:
    server.respond(
        {
            "avatar": "https://pps.whatsapp.net/1.jpg",
            "name": "Dealer",
            "contactName": "Dealer",
            "email": "24service@tt.tt",
            "category": "Automotive Dealership",
            "description": "Официальный сервис",
            "products": products,
            "chatId": ANNA,
            "lastSeen": None,
            "isArchive": False,
            "isDisappearing": False,
            "isMute": False,
            "messageExpiration": 0,
            "muteExpiration": None,
            "isBusiness": True,
        }
    )
    contact = await client.get_contact_info(ANNA)
    assert (contact.name, contact.category, contact.email) == ("Dealer", "Automotive Dealership", "24service@tt.tt")
    assert (contact.last_seen, contact.mute_expiration, contact.message_expiration) == (None, None, 0)
    assert (contact.is_business, contact.is_archive, contact.is_mute) == (True, False, False)
    assert contact.products is not None
    [product] = contact.products
    assert (product.name, product.description, product.price, product.is_hidden) == ("Замена", None, None, False)
    assert product.image_urls == ProductImages(
        requested="https://mmg.whatsapp.net/1", original="https://mmg.whatsapp.net/2"
    )
    assert product.review_status == ProductReview(whatsapp="APPROVED")
    assert product.raw == PRODUCT


async def test_edited_message_keeps_its_id(client: Client, server: Server) -> None:
    server.respond({"idMessage": ID})
    assert (await client.edit_message(ANNA, ID, "better")).id_message == ID


async def test_disappearing_chat_is_typed(client: Client, server: Server) -> None:
    server.respond({"chatId": ANNA, "disappearingMessagesInChat": True, "ephemeralExpiration": 86400})
    chat = await client.set_disappearing_chat(ANNA, 86_400)
    assert (chat.chat_id, chat.disappearing_messages_in_chat, chat.ephemeral_expiration) == (ANNA, True, 86_400)


async def test_chats_are_typed(client: Client, server: Server) -> None:
    server.respond(
        [
            {
                "archive": False,
                "id": ANNA,
                "ephemeralExpiration": 86400,
                "ephemeralSettingTimestamp": 1706761225,
                "name": "John Doe",
                "type": "user",
            }
        ]
    )
    [chat] = await client.get_chats()
    assert (chat.id, chat.name, chat.type, chat.archive) == (ANNA, "John Doe", ContactType.USER, False)
    assert chat.ephemeral_setting_timestamp == datetime(2024, 2, 1, 4, 20, 25, tzinfo=UTC)


async def test_archiving_an_archived_chat_raises(client: Client, server: Server) -> None:
    server.respond({"message": "ArchiveChatError: chat with id 71234567890@c.us already archive=true"}, status=400)
    with pytest.raises(BadRequestError, match="already archive=true"):
        await client.archive_chat(ANNA)
