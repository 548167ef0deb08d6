"""Notifications of each type of message, in every shape and spelling that is documented."""

from collections.abc import Mapping
from typing import Any, Final

from greenapi_async.sandbox.simulation.catalogue.builders import (
    AS_STRINGS,
    CONTACT,
    NO_CHAT_NAME,
    Change,
    ContentFactory,
    Variants,
    as_strings,
    drop,
    message_with,
    move,
    put,
)
from greenapi_async.sandbox.simulation.catalogue.contents import (
    ADVERTISEMENT,
    CONTENTS,
    LINK,
    PREVIEW,
    REPLIES,
    THUMBNAIL,
    constant,
)
from greenapi_async.sandbox.simulation.content import TextContent
from greenapi_async.sandbox.simulation.content.structured import edited
from greenapi_async.sandbox.simulation.ids import incoming_id

__all__ = ["MESSAGES"]

QUOTABLE: Final = (
    "textMessage",
    "extendedTextMessage",
    "imageMessage",
    "videoMessage",
    "documentMessage",
    "audioMessage",
    "stickerMessage",
    "locationMessage",
    "contactMessage",
    "contactsArrayMessage",
    "reactionMessage",
    "groupInviteMessage",
    "pollMessage",
    "buttonsMessage",
    "templateMessage",
    "listMessage",
    "interactiveButtons",
    "interactiveButtonsReply",
    "productMessage",
    "orderMessage",
    "buttonsResponseMessage",
    "templateButtonsReplyMessage",
    "listResponseMessage",
    "interactiveButtonsResponse",
)
QUOTE_OUTSIDE: Final = move(("messageData.quotedMessage", "quotedMessage"))
FORWARDED: Final = {"forwardingScore": 4, "isForwarded": True}
VENDOR_TEXT_NAMES: Final = (("header", "titleText"), ("body", "contentText"), ("footer", "footerText"))
"""The names of the texts of interactive buttons: in the vendor's client, and on its pages."""
_UNNAMED_FILE: Final = drop("messageData.quotedMessage.fileName")
_QUOTES: Final[Mapping[str, tuple[str, tuple[Change, ...]]]] = {
    "Text": ("textMessage", ()),
    "Image": ("imageMessage", (_UNNAMED_FILE,)),
    "NamedImage": ("imageMessage", ()),
    "Contact": ("contactMessage", ()),
    "Location": ("locationMessage", ()),
    "Sticker": ("stickerMessage", ()),
}
"""The quoted messages in the manual's examples, by suffix of the variant; the quote of a sticker has no type."""


def _quoting(content: ContentFactory, *changes: Change, prefix: str = "quoting") -> Variants:
    """Return the variants in which a message that keeps its type quotes others, inside `messageData` and next to it."""
    inside = {
        f"{prefix}{name}": message_with(content, *changes, *more, quoting=CONTENTS[quoted])
        for name, (quoted, more) in _QUOTES.items()
    }
    outside = {
        f"{prefix}{name}Outside": message_with(content, *changes, *more, QUOTE_OUTSIDE, quoting=CONTENTS[quoted])
        for name, (quoted, more) in _QUOTES.items()
    }
    return {**inside, **outside}


def _files(type_message: str, **more: tuple[Change, ...]) -> Variants:
    content = CONTENTS[type_message]
    return {
        "whole": message_with(content),
        **{name: message_with(content, *changes) for name, changes in more.items()},
        "SWE002": message_with(content, put("messageData.fileMessageData.downloadUrl", "{{SWE002}}")),
        **_quoting(content),
    }


def _quoted() -> Variants:
    text, link = CONTENTS["textMessage"], CONTENTS["extendedTextMessage"]
    spelled = put("messageData.quotedMessage.typeMessage", "LocationMessage")
    forwarded = [put(f"messageData.extendedTextMessageData.{name}", value) for name, value in FORWARDED.items()]
    return {
        **{quoted: message_with(text, quoting=CONTENTS[quoted]) for quoted in QUOTABLE},
        **{f"{quoted}Outside": message_with(text, QUOTE_OUTSIDE, quoting=CONTENTS[quoted]) for quoted in QUOTABLE},
        "imageMessageUnnamed": message_with(text, _UNNAMED_FILE, quoting=CONTENTS["imageMessage"]),
        "LocationMessage": message_with(text, spelled, quoting=CONTENTS["locationMessage"]),
        "linkToContact": message_with(link, *forwarded, NO_CHAT_NAME, quoting=CONTENTS["contactMessage"]),
        "linkToImage": message_with(link, *forwarded, NO_CHAT_NAME, _UNNAMED_FILE, quoting=CONTENTS["imageMessage"]),
        "alone": message_with(text, drop("messageData.quotedMessage"), NO_CHAT_NAME, quoting=text),
    }


def _forwarding(key: str, *, outside: bool) -> Change:
    """Move the forwarding fields out of an object, or into it."""
    paths = [(f"messageData.{key}.{name}", f"messageData.{name}") for name in FORWARDED]
    return move(*(paths if outside else [(new, old) for old, new in paths]))


def _spelled(word: str, *, key: str | None = None) -> Change:
    """Spell the type differently, and the key of its object too if it is given."""
    type_message = put("messageData.typeMessage", word)

    def change(body: dict[str, Any]) -> None:
        type_message(body)
        if key is not None:
            move((f"messageData.{key}", f"messageData.{word}"))(body)

    return change


def _answer_quoted(body: dict[str, Any]) -> None:
    """Make the selected row refer to the quoted list."""
    data = body["messageData"]
    data["listResponseMessage"]["stanzaId"] = data["quotedMessage"]["stanzaId"]


def _vendor_names(key: str) -> Change:
    """Rename the texts of interactive buttons as on the vendor's pages."""
    return move(*((f"messageData.{key}.{old}", f"messageData.{key}.{new}") for old, new in VENDOR_TEXT_NAMES))


def _reply_buttons(key: str) -> Change:
    """Replace the buttons by reply buttons with a type."""
    return put(f"messageData.{key}.buttons", [{"type": "reply", **reply} for reply in REPLIES])


def _buttons(type_message: str) -> Variants:
    content = CONTENTS[type_message]
    return {"header": message_with(content), "titleText": message_with(content, _vendor_names(type_message))}


_TEXT = CONTENTS["textMessage"]
_CAPITAL_LIST: Final = _spelled("ListMessage", key="listMessage")
_QUOTE: Final = put(
    "messageData.quotedMessage",
    {"stanzaId": "9A73322488DCB7D9689A6112F2528C9D", "participant": CONTACT, **TextContent("Привет").quote()},
)
"""A quote in a text that keeps its type, as in the manual's tables; no example has it."""
_ONE_BUTTON: Final = [{"index": "1", "quickReplyButton": {"displayText": "Hello", "id": "plainButtonId"}}]
_TEMPLATE: Final = "messageData.templateMessage."
_REPLY: Final = "messageData.templateButtonReplyMessage.selectedIndex"

_ORDER: Final = "messageData.orderMessage."
_EXPECTED: Final = (
    put(f"{_ORDER}itemCount", 2),
    put(f"{_ORDER}orderTitle", "Mug"),
    put(f"{_ORDER}message", "Gift wrapping, please"),
    put(f"{_ORDER}thumbnail", THUMBNAIL),
)
"""Fields that the cut page of orders may have, by the protocol underneath."""

MESSAGES: Final[Mapping[str, Variants]] = {
    "textMessage": {
        "plain": message_with(_TEXT),
        "quoting": message_with(_TEXT, _QUOTE),
        "template": message_with(_TEXT, put("messageData.textMessageData.isTemplateMessage", value=True)),
        **{error: message_with(constant(TextContent(f"{{{{{error}}}}}"))) for error in ("SWE001", "SWE003", "SWE999")},
    },
    "extendedTextMessage": {
        "preview": message_with(CONTENTS["extendedTextMessage"]),
        "quoting": message_with(CONTENTS["extendedTextMessage"], _QUOTE),
        "previewType": message_with(constant(TextContent(LINK, preview={**PREVIEW, "previewType": "None"}))),
        "forwarded": message_with(constant(TextContent("passed on", forwarded=4))),
        "advertisement": message_with(constant(TextContent(LINK, preview=PREVIEW, advertisement=ADVERTISEMENT))),
    },
    "quotedMessage": _quoted(),
    "imageMessage": _files("imageMessage", nameless=(drop("messageData.fileMessageData.fileName"),)),
    "videoMessage": _files("videoMessage"),
    "documentMessage": _files("documentMessage"),
    "audioMessage": {
        **_files("audioMessage"),
        "bareQuotingText": message_with(
            CONTENTS["audioMessage"],
            drop("messageData.fileMessageData.caption", "messageData.fileMessageData.jpegThumbnail"),
            quoting=_TEXT,
        ),
    },
    "stickerMessage": _files("stickerMessage", animated=(put("messageData.fileMessageData.isAnimated", value=True),)),
    "locationMessage": {
        "locationMessage": message_with(CONTENTS["locationMessage"]),
        "LocationMessage": message_with(CONTENTS["locationMessage"], _spelled("LocationMessage")),
        **_quoting(CONTENTS["locationMessage"], _spelled("LocationMessage")),
    },
    "contactMessage": {
        "named": message_with(CONTENTS["contactMessage"]),
        "unnamed": message_with(CONTENTS["contactMessage"], put("messageData.contactMessageData.displayName", "")),
        **_quoting(CONTENTS["contactMessage"]),
    },
    "contactsArrayMessage": {
        "inner": message_with(CONTENTS["contactsArrayMessage"]),
        "outer": message_with(CONTENTS["contactsArrayMessage"], _forwarding("messageData", outside=True)),
        "table": message_with(
            CONTENTS["contactsArrayMessage"],
            _forwarding("messageData", outside=True),
            move(("messageData.messageData.contacts", "messageData.contacts")),
            drop("messageData.messageData"),
        ),
        **_quoting(CONTENTS["contactsArrayMessage"]),
        **_quoting(CONTENTS["contactsArrayMessage"], _forwarding("messageData", outside=True), prefix="outerQuoting"),
    },
    "reactionMessage": {
        "given": message_with(CONTENTS["reactionMessage"]),
        "takenBack": message_with(CONTENTS["reactionMessage"], put("messageData.extendedTextMessageData.text", "")),
    },
    "groupInviteMessage": {"whole": message_with(CONTENTS["groupInviteMessage"])},
    "pollMessage": {
        "inside": message_with(CONTENTS["pollMessage"]),
        "outside": message_with(
            CONTENTS["pollMessage"],
            move(("messageData.pollMessageData.multipleAnswers", "messageData.multipleAnswers")),
        ),
        **_quoting(CONTENTS["pollMessage"]),
    },
    "pollUpdateMessage": {
        "inside": message_with(CONTENTS["pollUpdateMessage"]),
        "outside": message_with(
            CONTENTS["pollUpdateMessage"],
            move(("messageData.pollMessageData.multipleAnswers", "messageData.multipleAnswers")),
        ),
    },
    "buttonsMessage": {
        "outside": message_with(CONTENTS["buttonsMessage"]),
        "inside": message_with(CONTENTS["buttonsMessage"], _forwarding("buttonsMessage", outside=False)),
    },
    "templateMessage": {
        "numbered": message_with(CONTENTS["templateMessage"]),
        "named": message_with(
            CONTENTS["templateMessage"],
            put(f"{_TEMPLATE}namespace", "ns"),
            put(f"{_TEMPLATE}elementName", "hello"),
            put(f"{_TEMPLATE}buttons", _ONE_BUTTON),
        ),
    },
    "listMessage": {
        "listMessage": message_with(CONTENTS["listMessage"]),
        "listMessageInside": message_with(CONTENTS["listMessage"], _forwarding("listMessage", outside=False)),
        "ListMessage": message_with(CONTENTS["listMessage"], _CAPITAL_LIST),
        "ListMessageInside": message_with(
            CONTENTS["listMessage"], _forwarding("listMessage", outside=False), _CAPITAL_LIST
        ),
    },
    "buttonsResponseMessage": {
        "numbers": message_with(CONTENTS["buttonsResponseMessage"]),
        "strings": message_with(CONTENTS["buttonsResponseMessage"], AS_STRINGS, NO_CHAT_NAME),
    },
    "templateButtonsReplyMessage": {
        "templateButtonsReplyMessage": message_with(CONTENTS["templateButtonsReplyMessage"]),
        "templateButtonReplyMessage": message_with(
            CONTENTS["templateButtonsReplyMessage"], _spelled("templateButtonReplyMessage")
        ),
        "strings": message_with(
            CONTENTS["templateButtonsReplyMessage"],
            _spelled("templateButtonReplyMessage"),
            as_strings(_REPLY),
            AS_STRINGS,
            NO_CHAT_NAME,
        ),
    },
    "listResponseMessage": {
        "listResponseMessage": message_with(CONTENTS["listResponseMessage"]),
        "ListResponseMessage": message_with(CONTENTS["listResponseMessage"], _spelled("ListResponseMessage")),
        "quoting": message_with(CONTENTS["listResponseMessage"], _answer_quoted, quoting=CONTENTS["listMessage"]),
        "strings": message_with(
            CONTENTS["listResponseMessage"], _spelled("ListResponseMessage"), AS_STRINGS, NO_CHAT_NAME
        ),
    },
    "interactiveButtons": {
        **_buttons("interactiveButtons"),
        "reply": message_with(
            CONTENTS["interactiveButtons"], _vendor_names("interactiveButtons"), _reply_buttons("interactiveButtons")
        ),
    },
    "interactiveButtonsReply": {
        **_buttons("interactiveButtonsReply"),
        "typed": message_with(CONTENTS["interactiveButtonsReply"], _reply_buttons("interactiveButtonsReply")),
        "interactiveButtonReply": message_with(
            CONTENTS["interactiveButtonsReply"],
            _spelled("interactiveButtonReply"),
            _reply_buttons("interactiveButtonsReply"),
        ),
        "interactiveButtonReplyKey": message_with(
            CONTENTS["interactiveButtonsReply"], _spelled("interactiveButtonReply", key="interactiveButtonsReply")
        ),
    },
    "interactiveButtonsResponse": {
        "whole": message_with(CONTENTS["interactiveButtonsResponse"]),
        "textOnly": message_with(
            CONTENTS["interactiveButtonsResponse"],
            put("messageData.interactiveButtonsResponse", {"selectedDisplayText": "Да"}),
        ),
    },
    "productMessage": {
        "whole": message_with(CONTENTS["productMessage"]),
        "withoutImage": message_with(CONTENTS["productMessage"], drop("messageData.productMessage.fileMessageData")),
    },
    "orderMessage": {
        "documented": message_with(CONTENTS["orderMessage"]),
        "totalCurrencyCode": message_with(
            CONTENTS["orderMessage"], *_EXPECTED, put(f"{_ORDER}totalCurrencyCode", "EUR")
        ),
        "currencyCode": message_with(CONTENTS["orderMessage"], *_EXPECTED, put(f"{_ORDER}currencyCode", "EUR")),
    },
    "editedMessage": {
        "textMessage": message_with(CONTENTS["editedMessage"]),
        "caption": message_with(lambda context: edited(incoming_id(context.random), "caption", "Исправленная подпись")),
    },
    "deletedMessage": {"whole": message_with(CONTENTS["deletedMessage"])},
}
"""By `typeMessage` and variant."""
