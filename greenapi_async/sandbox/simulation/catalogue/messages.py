"""The types of messages, each in every shape and spelling that the manual and the vendor's pages have for it."""

from collections.abc import Mapping
from typing import Any, Final

from greenapi_async.sandbox.simulation.catalogue.builders import (
    CONTACT,
    IN_STRINGS,
    UNNAMED,
    Change,
    Making,
    Variants,
    as_strings,
    drop,
    move,
    put,
    says,
)
from greenapi_async.sandbox.simulation.catalogue.contents import ADVERTISEMENT, CONTENTS, LINK, PREVIEW, REPLIES, always
from greenapi_async.sandbox.simulation.content import TextContent
from greenapi_async.sandbox.simulation.content.structured import edited
from greenapi_async.sandbox.simulation.ids import incoming_id

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
    "buttonsResponseMessage",
    "templateButtonsReplyMessage",
    "listResponseMessage",
    "interactiveButtonsResponse",
)
BESIDE: Final = move(("messageData.quotedMessage", "quotedMessage"))
FORWARDED: Final = {"forwardingScore": 4, "isForwarded": True}
TODAY: Final = (("header", "titleText"), ("body", "contentText"), ("footer", "footerText"))
"""The names of the texts of interactive buttons in the vendor's client, and on its pages."""
_UNNAMED_FILE: Final = drop("messageData.quotedMessage.fileName")
_QUOTES: Final[Mapping[str, tuple[str, tuple[Change, ...]]]] = {
    "Text": ("textMessage", ()),
    "Image": ("imageMessage", (_UNNAMED_FILE,)),
    "NamedImage": ("imageMessage", ()),
    "Contact": ("contactMessage", ()),
    "Location": ("locationMessage", ()),
    "Sticker": ("stickerMessage", ()),
}
"""What the messages of the manual quote; the quote of a sticker names no type."""


def _quoting(making: Making, *changes: Change, prefix: str = "quoting") -> Variants:
    """Let a message that keeps its type quote others, inside `messageData` and beside it."""
    inside = {
        f"{prefix}{name}": says(making, *changes, *more, quoting=CONTENTS[quoted])
        for name, (quoted, more) in _QUOTES.items()
    }
    beside = {
        f"{prefix}{name}Beside": says(making, *changes, *more, BESIDE, quoting=CONTENTS[quoted])
        for name, (quoted, more) in _QUOTES.items()
    }
    return {**inside, **beside}


def _files(type_message: str, **more: tuple[Change, ...]) -> Variants:
    making = CONTENTS[type_message]
    return {
        "whole": says(making),
        **{name: says(making, *changes) for name, changes in more.items()},
        "SWE002": says(making, put("messageData.fileMessageData.downloadUrl", "{{SWE002}}")),
        **_quoting(making),
    }


def _quoted() -> Variants:
    text, link = CONTENTS["textMessage"], CONTENTS["extendedTextMessage"]
    spelled = put("messageData.quotedMessage.typeMessage", "LocationMessage")
    forwarded = [put(f"messageData.extendedTextMessageData.{name}", value) for name, value in FORWARDED.items()]
    return {
        **{quoted: says(text, quoting=CONTENTS[quoted]) for quoted in QUOTABLE},
        **{f"{quoted}Beside": says(text, BESIDE, quoting=CONTENTS[quoted]) for quoted in QUOTABLE},
        "imageMessageUnnamed": says(text, _UNNAMED_FILE, quoting=CONTENTS["imageMessage"]),
        "LocationMessage": says(text, spelled, quoting=CONTENTS["locationMessage"]),
        "linkToContact": says(link, *forwarded, UNNAMED, quoting=CONTENTS["contactMessage"]),
        "linkToImage": says(link, *forwarded, UNNAMED, _UNNAMED_FILE, quoting=CONTENTS["imageMessage"]),
        "alone": says(text, drop("messageData.quotedMessage"), UNNAMED, quoting=text),
    }


def _flags(key: str, *, out: bool) -> Change:
    """Put the forwarding beside an object where it stood inside, or the other way round."""
    ends = [(f"messageData.{key}.{name}", f"messageData.{name}") for name in FORWARDED]
    return move(*(ends if out else [(new, old) for old, new in ends]))


def _spelled(word: str, *, key: str | None = None) -> Change:
    """Write the type another way, and its data object too if it is given."""
    type_message = put("messageData.typeMessage", word)

    def change(body: dict[str, Any]) -> None:
        type_message(body)
        if key is not None:
            move((f"messageData.{key}", f"messageData.{word}"))(body)

    return change


def _answer_quoted(body: dict[str, Any]) -> None:
    """Let what was chosen be of the list that is quoted."""
    data = body["messageData"]
    data["listResponseMessage"]["stanzaId"] = data["quotedMessage"]["stanzaId"]


def _named(key: str) -> Change:
    """Name the texts of interactive buttons as the vendor's pages do."""
    return move(*((f"messageData.{key}.{old}", f"messageData.{key}.{new}") for old, new in TODAY))


def _typed(key: str) -> Change:
    """Put buttons there that reply, and say so."""
    return put(f"messageData.{key}.buttons", [{"type": "reply", **reply} for reply in REPLIES])


def _buttons(type_message: str) -> Variants:
    making = CONTENTS[type_message]
    return {"header": says(making), "titleText": says(making, _named(type_message))}


_TEXT = CONTENTS["textMessage"]
_CAPITAL_LIST: Final = _spelled("ListMessage", key="listMessage")
_QUOTE: Final = put(
    "messageData.quotedMessage",
    {"stanzaId": "9A73322488DCB7D9689A6112F2528C9D", "participant": CONTACT, **TextContent("Привет").quote()},
)
"""A quote in a text that keeps its type, as the manual's tables have it; its examples never do."""
_ONE_BUTTON: Final = [{"index": "1", "quickReplyButton": {"displayText": "Hello", "id": "plainButtonId"}}]
_TEMPLATE: Final = "messageData.templateMessage."
_REPLY: Final = "messageData.templateButtonReplyMessage.selectedIndex"

MESSAGES: Final[Mapping[str, Variants]] = {
    "textMessage": {
        "plain": says(_TEXT),
        "quoting": says(_TEXT, _QUOTE),
        "template": says(_TEXT, put("messageData.textMessageData.isTemplateMessage", value=True)),
        **{error: says(always(TextContent(f"{{{{{error}}}}}"))) for error in ("SWE001", "SWE003", "SWE999")},
    },
    "extendedTextMessage": {
        "preview": says(CONTENTS["extendedTextMessage"]),
        "quoting": says(CONTENTS["extendedTextMessage"], _QUOTE),
        "previewType": says(always(TextContent(LINK, preview={**PREVIEW, "previewType": "None"}))),
        "forwarded": says(always(TextContent("passed on", forwarded=4))),
        "advertisement": says(always(TextContent(LINK, preview=PREVIEW, advertisement=ADVERTISEMENT))),
    },
    "quotedMessage": _quoted(),
    "imageMessage": _files("imageMessage", nameless=(drop("messageData.fileMessageData.fileName"),)),
    "videoMessage": _files("videoMessage"),
    "documentMessage": _files("documentMessage"),
    "audioMessage": {
        **_files("audioMessage"),
        "bareQuotingText": says(
            CONTENTS["audioMessage"],
            drop("messageData.fileMessageData.caption", "messageData.fileMessageData.jpegThumbnail"),
            quoting=_TEXT,
        ),
    },
    "stickerMessage": _files("stickerMessage", animated=(put("messageData.fileMessageData.isAnimated", value=True),)),
    "locationMessage": {
        "locationMessage": says(CONTENTS["locationMessage"]),
        "LocationMessage": says(CONTENTS["locationMessage"], _spelled("LocationMessage")),
        **_quoting(CONTENTS["locationMessage"], _spelled("LocationMessage")),
    },
    "contactMessage": {
        "named": says(CONTENTS["contactMessage"]),
        "unnamed": says(CONTENTS["contactMessage"], put("messageData.contactMessageData.displayName", "")),
        **_quoting(CONTENTS["contactMessage"]),
    },
    "contactsArrayMessage": {
        "inner": says(CONTENTS["contactsArrayMessage"]),
        "outer": says(CONTENTS["contactsArrayMessage"], _flags("messageData", out=True)),
        "table": says(
            CONTENTS["contactsArrayMessage"],
            _flags("messageData", out=True),
            move(("messageData.messageData.contacts", "messageData.contacts")),
            drop("messageData.messageData"),
        ),
        **_quoting(CONTENTS["contactsArrayMessage"]),
        **_quoting(CONTENTS["contactsArrayMessage"], _flags("messageData", out=True), prefix="outerQuoting"),
    },
    "reactionMessage": {
        "given": says(CONTENTS["reactionMessage"]),
        "takenBack": says(CONTENTS["reactionMessage"], put("messageData.extendedTextMessageData.text", "")),
    },
    "groupInviteMessage": {"whole": says(CONTENTS["groupInviteMessage"])},
    "pollMessage": {
        "inside": says(CONTENTS["pollMessage"]),
        "beside": says(
            CONTENTS["pollMessage"],
            move(("messageData.pollMessageData.multipleAnswers", "messageData.multipleAnswers")),
        ),
        **_quoting(CONTENTS["pollMessage"]),
    },
    "pollUpdateMessage": {
        "inside": says(CONTENTS["pollUpdateMessage"]),
        "beside": says(
            CONTENTS["pollUpdateMessage"],
            move(("messageData.pollMessageData.multipleAnswers", "messageData.multipleAnswers")),
        ),
    },
    "buttonsMessage": {
        "beside": says(CONTENTS["buttonsMessage"]),
        "inside": says(CONTENTS["buttonsMessage"], _flags("buttonsMessage", out=False)),
    },
    "templateMessage": {
        "numbered": says(CONTENTS["templateMessage"]),
        "named": says(
            CONTENTS["templateMessage"],
            put(f"{_TEMPLATE}namespace", "ns"),
            put(f"{_TEMPLATE}elementName", "hello"),
            put(f"{_TEMPLATE}buttons", _ONE_BUTTON),
        ),
    },
    "listMessage": {
        "listMessage": says(CONTENTS["listMessage"]),
        "listMessageInside": says(CONTENTS["listMessage"], _flags("listMessage", out=False)),
        "ListMessage": says(CONTENTS["listMessage"], _CAPITAL_LIST),
        "ListMessageInside": says(CONTENTS["listMessage"], _flags("listMessage", out=False), _CAPITAL_LIST),
    },
    "buttonsResponseMessage": {
        "numbers": says(CONTENTS["buttonsResponseMessage"]),
        "strings": says(CONTENTS["buttonsResponseMessage"], IN_STRINGS, UNNAMED),
    },
    "templateButtonsReplyMessage": {
        "templateButtonsReplyMessage": says(CONTENTS["templateButtonsReplyMessage"]),
        "templateButtonReplyMessage": says(
            CONTENTS["templateButtonsReplyMessage"], _spelled("templateButtonReplyMessage")
        ),
        "strings": says(
            CONTENTS["templateButtonsReplyMessage"],
            _spelled("templateButtonReplyMessage"),
            as_strings(_REPLY),
            IN_STRINGS,
            UNNAMED,
        ),
    },
    "listResponseMessage": {
        "listResponseMessage": says(CONTENTS["listResponseMessage"]),
        "ListResponseMessage": says(CONTENTS["listResponseMessage"], _spelled("ListResponseMessage")),
        "quoting": says(CONTENTS["listResponseMessage"], _answer_quoted, quoting=CONTENTS["listMessage"]),
        "strings": says(CONTENTS["listResponseMessage"], _spelled("ListResponseMessage"), IN_STRINGS, UNNAMED),
    },
    "interactiveButtons": {
        **_buttons("interactiveButtons"),
        "reply": says(CONTENTS["interactiveButtons"], _named("interactiveButtons"), _typed("interactiveButtons")),
    },
    "interactiveButtonsReply": {
        **_buttons("interactiveButtonsReply"),
        "typed": says(CONTENTS["interactiveButtonsReply"], _typed("interactiveButtonsReply")),
        "interactiveButtonReply": says(
            CONTENTS["interactiveButtonsReply"],
            _spelled("interactiveButtonReply"),
            _typed("interactiveButtonsReply"),
        ),
        "interactiveButtonReplyKey": says(
            CONTENTS["interactiveButtonsReply"], _spelled("interactiveButtonReply", key="interactiveButtonsReply")
        ),
    },
    "interactiveButtonsResponse": {
        "whole": says(CONTENTS["interactiveButtonsResponse"]),
        "textOnly": says(
            CONTENTS["interactiveButtonsResponse"],
            put("messageData.interactiveButtonsResponse", {"selectedDisplayText": "Да"}),
        ),
    },
    "editedMessage": {
        "textMessage": says(CONTENTS["editedMessage"]),
        "caption": says(lambda stage: edited(incoming_id(stage.random), "caption", "Исправленная подпись")),
    },
    "deletedMessage": {"whole": says(CONTENTS["deletedMessage"])},
}
"""By `typeMessage`, and then by variant."""
