"""One content of each type of message, from the manual's examples."""

from collections.abc import Mapping
from typing import Any, Final

import attrs

from greenapi_async.sandbox.payloads.spooled_body import SpooledBody
from greenapi_async.sandbox.simulation.catalogue.builders import CONTACT, ContentFactory, NotificationContext
from greenapi_async.sandbox.simulation.content import (
    ContactContent,
    Content,
    FileContent,
    LocationContent,
    PollContent,
    PollUpdateContent,
    ReactionContent,
    Structured,
    TextContent,
    interactive,
)
from greenapi_async.sandbox.simulation.content.structured import deleted, edited
from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.media_types import FileKind, mime_type
from greenapi_async.sandbox.simulation.shops import Order, Product

__all__ = ["ADVERTISEMENT", "CONTENTS", "LINK", "PREVIEW", "REPLIES", "THUMBNAIL", "THUMBNAIL_URL", "constant"]

THUMBNAIL: Final = "/9j/4AAQSkZJRgABAQAAAQABAAD/2Q=="
THUMBNAIL_URL: Final = "https://pps.whatsapp.net/v/t61.24694-24/180589560_n.jpg"
LINK: Final = "https://green-api.com/docs/video"
PREVIEW: Final = {
    "title": "How to develop WhatsApp Bot",
    "description": "Green API docs shows how you can develop the WhatsApp Bot",
    "jpegThumbnail": THUMBNAIL,
}
ADVERTISEMENT: Final[Mapping[str, Any]] = {
    "containsAutoReply": False,
    "mediaType": "IMAGE",
    "showAdAttribution": False,
    "sourceId": "122210486228016873",
    "sourceType": "post",
    "sourceUrl": "https://fb.me/gUdvBdhth",
    "conversionSource": "FB_Ads",
    "entryPointConversionApp": "instagram",
    "thumbnailUrl": "https://scontent.xx.fbcdn.net/v/436945887_n.jpg",
    "previewType": "",
}
CARDS: Final = (
    ContactContent.from_parameters({"phoneContact": 79001234567, "firstName": "Виктор", "lastName": "Андреевич"}),
    ContactContent.from_parameters({"phoneContact": 79001234569, "firstName": "Олег", "lastName": "Едросович"}),
)
POLL: Final = PollContent(name="Poll Name", options=("Variant 1", "Variant 2"))
TEMPLATE_BUTTONS: Final = (
    {"index": 1, "urlButton": {"displayText": "★ Star us on GitHub!", "url": "https://github.com/green-api"}},
    {"index": 2, "callButton": {"displayText": "Call us", "phoneNumber": "+1 (234) 5678-901"}},
    {"index": 3, "quickReplyButton": {"displayText": "Hello", "id": "plainButtonId"}},
)
REPLIES: Final = ({"buttonId": "1", "buttonText": "Да"}, {"buttonId": "2", "buttonText": "Нет"})
TEXTS: Final = {"header": "Заголовок", "body": "Текст", "footer": "Подвал"}
_SECTIONS: Final = tuple(
    {
        "title": f"Секция {section}",
        "rows": [
            {"title": f"Вариант {section}.1", "rowId": f"option{section}1"},
            {"title": f"Вариант {section}.2", "rowId": f"option{section}2", "description": "Пояснение"},
        ],
    }
    for section in (1, 2)
)
_BUTTONS: Final = tuple(
    {"buttonId": str(number), "buttonText": color} for number, color in enumerate(("green", "red", "blue"), 1)
)
_MUG: Final = Product(
    product_id="20000000000000001", name="Mug", price=850, currency="EUR", description="blue", retailer_id="M-1"
)
_INTERACTIVE: Final = (
    {"type": "copy", "buttonId": "1", "buttonText": "Скопировать", "copyCode": "3333"},
    {"type": "call", "buttonId": "2", "buttonText": "Позвонить", "phoneNumber": "79001234567"},
    {"type": "url", "buttonId": "3", "buttonText": "Сайт", "url": "https://green-api.com/"},
)


def constant(content: Content) -> ContentFactory:
    """Return a factory that always returns the same content."""
    return lambda _context: content


def _file(name: str, kind: FileKind, caption: str = "") -> ContentFactory:
    def make(context: NotificationContext) -> Content:
        mime = mime_type(name)
        stored = context.files.add(name, mime, SpooledBody(f"{kind} of the sandbox".encode()).whole())
        return FileContent(
            kind=kind, download_url=context.files.url(stored), file_name=name, mime_type=mime, caption=caption
        )

    return make


def _reaction(context: NotificationContext) -> Content:
    return ReactionContent(emoji="👍", stanza_id=incoming_id(context.random), participant=context.account.chat_id)


def _votes(context: NotificationContext) -> Content:
    return PollUpdateContent(stanza_id=incoming_id(context.random), poll=POLL, votes={CONTACT: ("Variant 2",)})


def _product(context: NotificationContext) -> Content:
    image = context.files.add("mug.jpg", "image/jpeg", SpooledBody(b"image of the sandbox").whole())
    product = attrs.evolve(_MUG, image_url=context.files.url(image), url="https://shop.example/mug")
    return product.as_message()


def _order(context: NotificationContext) -> Content:
    order = Order(
        order_id="1000000000000001",
        token="QUJDREVGR0g=",  # noqa: S106 - of an order
        seller=context.account.wid,
        products=(_MUG, _MUG),
        placed_at=context.at,
    )
    return order.as_message()


def button_answer(type_message: str, key: str, **fields: Any) -> ContentFactory:
    """Return a factory of the answer to a message with buttons or rows.

    Args:
        type_message: The `typeMessage` of the answer.
        key: The key of its object.
        fields: The fields of the object besides `stanzaId`.
    """

    def make(context: NotificationContext) -> Content:
        return Structured(
            type_message=type_message, key=key, fields={"stanzaId": incoming_id(context.random), **fields}
        )

    return make


CONTENTS: Final[Mapping[str, ContentFactory]] = {
    "textMessage": constant(TextContent("I use Green-API to send this message to you!")),
    "extendedTextMessage": constant(TextContent(LINK, preview=PREVIEW)),
    "imageMessage": _file("picture.jpg", "image", "Картинка"),
    "videoMessage": _file("film.mp4", "video"),
    "documentMessage": _file("Harry Potter.pdf", "document"),
    "audioMessage": _file("voice.ogg", "audio"),
    "stickerMessage": _file("sticker.webp", "sticker"),
    "locationMessage": constant(
        LocationContent(
            latitude=40.748817, longitude=-73.985428, name="Эмпайр-стейт-билдинг", address="20 W 34th St., New York"
        )
    ),
    "contactMessage": constant(CARDS[0]),
    "contactsArrayMessage": constant(interactive.contacts(CARDS)),
    "reactionMessage": _reaction,
    "groupInviteMessage": constant(
        interactive.group_invite(
            "79099197688-1506012221@g.us",
            "Махловка, рисование 4-6",
            code="a7E5WU/g7rmjaQnv",
            caption="Приглашение в мою группу WhatsApp",
            thumbnail=THUMBNAIL,
        )
    ),
    "pollMessage": constant(POLL),
    "pollUpdateMessage": _votes,
    "buttonsMessage": constant(interactive.buttons("Hello", "Hello", _BUTTONS)),
    "templateMessage": constant(interactive.template("Hello", "Hello", TEMPLATE_BUTTONS)),
    "listMessage": constant(
        interactive.list_message("Hello", "Hello", _SECTIONS, title="заголовок", button="Список действий")
    ),
    "buttonsResponseMessage": button_answer(
        "buttonsResponseMessage", "buttonsResponseMessage", selectedButtonId="1", selectedButtonText="green"
    ),
    "templateButtonsReplyMessage": button_answer(
        "templateButtonsReplyMessage",
        "templateButtonReplyMessage",
        selectedIndex=3,
        selectedId="plainButtonId",
        selectedDisplayText="Hello",
    ),
    "listResponseMessage": button_answer(
        "listResponseMessage", "listResponseMessage", title="Вариант 1.2", listType="1", singleSelectReply="option12"
    ),
    "interactiveButtons": constant(interactive.interactive_buttons("interactiveButtons", TEXTS, _INTERACTIVE)),
    "interactiveButtonsReply": constant(interactive.interactive_buttons("interactiveButtonsReply", TEXTS, REPLIES)),
    "interactiveButtonsResponse": button_answer(
        "interactiveButtonsResponse",
        "interactiveButtonsResponse",
        selectedIndex=1,
        selectedId="2",
        selectedDisplayText="Нет",
    ),
    "productMessage": _product,
    "orderMessage": _order,
    "editedMessage": lambda context: edited(incoming_id(context.random), "textMessage", "Исправленный текст"),
    "deletedMessage": lambda context: deleted(incoming_id(context.random)),
}
"""By `typeMessage`."""
