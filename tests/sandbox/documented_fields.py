"""The field paths of every notification in the catalogue, copied from the manual's tables and examples."""

from collections.abc import Iterator
from typing import Any, cast

MARKS = "isForwarded forwardingScore"
PREVIEW = "description title jpegThumbnail"
FILE = "downloadUrl caption fileName jpegThumbnail mimeType"
PLACE = "nameLocation address jpegThumbnail latitude longitude"
CARD = "displayName vcard"
BUTTON = "buttons[].buttonId buttons[].buttonText"
OFFER = "contentText footer"
LIST = (
    f"{OFFER} title buttonText sections[].title sections[].rows[].title sections[].rows[].rowId "
    "sections[].rows[].description"
)
TEMPLATE = (
    f"{OFFER} buttons[].index buttons[].urlButton.displayText buttons[].urlButton.url "
    "buttons[].callButton.displayText buttons[].callButton.phoneNumber "
    "buttons[].quickReplyButton.displayText buttons[].quickReplyButton.id"
)
ONE_BUTTON = "buttons[].index buttons[].quickReplyButton.displayText buttons[].quickReplyButton.id"
TYPED = f"buttons[].type {BUTTON}"
INTERACTIVE = f"{TYPED} buttons[].copyCode buttons[].phoneNumber buttons[].url"
HEADER, TITLE = "header body footer", "titleText contentText footerText"
SELECTED = "stanzaId selectedIndex selectedId selectedDisplayText"
PRODUCT = "productId title description currencyCode price url productImageCount"
IMAGE = "fileMessageData.downloadUrl fileMessageData.mimeType fileMessageData.jpegThumbnail"
ORDER, EXPECTED = "orderId token totalPrice sellerJid", "itemCount orderTitle message thumbnail"
AD = (
    "containsAutoReply mediaType showAdAttribution sourceId sourceType sourceUrl conversionSource "
    "entryPointConversionApp thumbnailUrl previewType"
)


def under(holder: str, names: str) -> set[str]:
    return {f"{holder}.{name}" for name in names.split()}


ENVELOPE = {"typeWebhook", "timestamp", *under("instanceData", "idInstance wid typeInstance")}
CARRIER = {*ENVELOPE, "idMessage", *under("senderData", "chatId sender chatName senderName senderContactName")}
CALLED = "idMessage from isVideo duration status"
QUOTA = {*under("quotaData", "method used total status description")}

EVENTS: dict[str, set[str]] = {
    **{
        kind: {*CARRIER, "messageData.typeMessage", "messageData.textMessageData.textMessage"}
        for kind in ("incomingMessageReceived", "outgoingMessageReceived", "outgoingAPIMessageReceived")
    },
    "outgoingMessageStatus": {*ENVELOPE, "chatId", "idMessage", "status", "sendByApi"},
    "stateInstanceChanged": {*ENVELOPE, "stateInstance"},
    "statusInstanceChanged": {*ENVELOPE, "statusInstance"},
    "deviceInfo": ENVELOPE | under("deviceData", "platform deviceManufacturer deviceModel osVersion waVersion battery"),
    "avatarInfo": ENVELOPE | under("avatarInfo", "chatId existsWhatsapp urlAvatar"),
    "incomingCall": {*ENVELOPE, "from", "status", "idMessage"},
    "outgoingCall": {*ENVELOPE, *CALLED.split(), "participants[].id", "participants[].status"},
    "incomingBlock": {*ENVELOPE, "chatId", "chatState"},
    "quotaExceeded": {*ENVELOPE, *QUOTA},
}
UNUSUAL_EVENTS: dict[tuple[str, str], set[str]] = {
    **{
        (kind, "unnamed"): paths - {"senderData.chatName"}
        for kind, paths in EVENTS.items()
        if kind.endswith("MessageReceived")
    },
    **{
        ("outgoingMessageStatus", variant): EVENTS["outgoingMessageStatus"] | {"description"}
        for variant in ("failed", "failedSWE004")
    },
    ("deviceInfo", "avatarInfo"): ENVELOPE | under("avatarInfo", "chatId urlAvatar"),
    **{("avatarInfo", variant): EVENTS["avatarInfo"] | {"avatarInfo.reason"} for variant in ("badRequest", "timeout")},
    ("outgoingCall", "nobody"): {*ENVELOPE, *CALLED.split(), "participants"},
    ("quotaExceeded", "untimed"): EVENTS["quotaExceeded"] - {"timestamp"},
}

CONTENT: dict[str, set[str]] = {
    "textMessage": {"textMessageData.textMessage"},
    "extendedTextMessage": under("extendedTextMessageData", f"text {PREVIEW} {MARKS}"),
    "quotedMessage": under("extendedTextMessageData", "text stanzaId participant"),
    **dict.fromkeys(
        ("imageMessage", "videoMessage", "documentMessage", "audioMessage"), under("fileMessageData", f"{FILE} {MARKS}")
    ),
    "stickerMessage": under("fileMessageData", f"{FILE} {MARKS} isAnimated"),
    "locationMessage": under("locationMessageData", f"{PLACE} {MARKS}"),
    "contactMessage": under("contactMessageData", f"{CARD} {MARKS}"),
    "contactsArrayMessage": under("messageData", f"contacts[].displayName contacts[].vcard {MARKS}"),
    "reactionMessage": {"extendedTextMessageData.text", *under("quotedMessage", "stanzaId participant")},
    "groupInviteMessage": under(
        "groupInviteMessageData", "groupJid inviteCode inviteExpiration groupName caption name jpegThumbnail"
    ),
    "pollMessage": under("pollMessageData", "name options[].optionName multipleAnswers"),
    "pollUpdateMessage": under(
        "pollMessageData", "stanzaId name votes[].optionName votes[].optionVoters multipleAnswers"
    ),
    "buttonsMessage": {*under("buttonsMessage", f"{OFFER} {BUTTON}"), *MARKS.split()},
    "templateMessage": under("templateMessage", f"{TEMPLATE} {MARKS}"),
    "listMessage": {*under("listMessage", LIST), *MARKS.split()},
    "buttonsResponseMessage": under("buttonsResponseMessage", "stanzaId selectedButtonId selectedButtonText"),
    "templateButtonsReplyMessage": under("templateButtonReplyMessage", SELECTED),
    "listResponseMessage": under("listResponseMessage", "stanzaId title listType singleSelectReply"),
    "interactiveButtons": under("interactiveButtons", f"{HEADER} {INTERACTIVE}"),
    "interactiveButtonsReply": under("interactiveButtonsReply", f"{HEADER} {BUTTON}"),
    "interactiveButtonsResponse": under("interactiveButtonsResponse", SELECTED),
    "productMessage": under("productMessage", f"{PRODUCT} {IMAGE}"),
    "orderMessage": under("orderMessage", ORDER),
    "editedMessage": under("editedMessageData", "textMessage stanzaId"),
    "deletedMessage": {"deletedMessageData.stanzaId"},
}
UNUSUAL_CONTENT: dict[tuple[str, str], set[str]] = {
    ("textMessage", "template"): under("textMessageData", "textMessage isTemplateMessage"),
    ("extendedTextMessage", "previewType"): under("extendedTextMessageData", f"text {PREVIEW} previewType {MARKS}"),
    ("extendedTextMessage", "advertisement"): under("extendedTextMessageData", f"text {PREVIEW} {AD}"),
    **{
        ("quotedMessage", variant): under("extendedTextMessageData", f"text stanzaId participant {MARKS}")
        for variant in ("linkToContact", "linkToImage")
    },
    ("imageMessage", "nameless"): CONTENT["imageMessage"] - {"fileMessageData.fileName"},
    ("audioMessage", "bareQuotingText"): under("fileMessageData", f"downloadUrl fileName mimeType {MARKS}"),
    ("contactsArrayMessage", "table"): {"contacts[].displayName", "contacts[].vcard", *MARKS.split()},
    ("pollMessage", "outside"): {*under("pollMessageData", "name options[].optionName"), "multipleAnswers"},
    ("pollUpdateMessage", "outside"): {
        *under("pollMessageData", "stanzaId name votes[].optionName votes[].optionVoters"),
        "multipleAnswers",
    },
    ("buttonsMessage", "inside"): under("buttonsMessage", f"{OFFER} {BUTTON} {MARKS}"),
    ("templateMessage", "named"): under("templateMessage", f"namespace elementName {OFFER} {ONE_BUTTON} {MARKS}"),
    ("listMessage", "listMessageInside"): under("listMessage", f"{LIST} {MARKS}"),
    ("listMessage", "ListMessage"): {*under("ListMessage", LIST), *MARKS.split()},
    ("listMessage", "ListMessageInside"): under("ListMessage", f"{LIST} {MARKS}"),
    ("interactiveButtons", "titleText"): under("interactiveButtons", f"{TITLE} {INTERACTIVE}"),
    ("interactiveButtons", "reply"): under("interactiveButtons", f"{TITLE} {TYPED}"),
    ("interactiveButtonsReply", "titleText"): under("interactiveButtonsReply", f"{TITLE} {BUTTON}"),
    ("interactiveButtonsReply", "typed"): under("interactiveButtonsReply", f"{HEADER} {TYPED}"),
    ("interactiveButtonsReply", "interactiveButtonReply"): under("interactiveButtonsReply", f"{HEADER} {TYPED}"),
    ("interactiveButtonsReply", "interactiveButtonReplyKey"): under("interactiveButtonReply", f"{HEADER} {BUTTON}"),
    ("interactiveButtonsResponse", "textOnly"): {"interactiveButtonsResponse.selectedDisplayText"},
    ("productMessage", "withoutImage"): under("productMessage", PRODUCT),
    ("orderMessage", "totalCurrencyCode"): under("orderMessage", f"{ORDER} {EXPECTED} totalCurrencyCode"),
    ("orderMessage", "currencyCode"): under("orderMessage", f"{ORDER} {EXPECTED} currencyCode"),
    ("editedMessage", "caption"): under("editedMessageData", "caption stanzaId"),
}
OUTER = {"messageData.contacts[].displayName", "messageData.contacts[].vcard", *MARKS.split()}

QUOTE: dict[str, set[str]] = {
    **CONTENT,
    "textMessage": {"textMessage"},
    "extendedTextMessage": {"textMessage", *under("extendedTextMessage", f"{PREVIEW} previewType")},
    **{
        kind: {"downloadUrl", "caption", "fileName", "jpegThumbnail"}
        for kind in ("imageMessage", "videoMessage", "documentMessage", "audioMessage")
    },
    "locationMessage": under("location", PLACE),
    "contactMessage": under("contact", CARD),
    "contactsArrayMessage": under("messageData", "contacts[].displayName contacts[].vcard"),
    "pollMessage": under("pollMessageData", "name options multipleAnswers"),
    "buttonsMessage": under("buttonsMessage", f"{OFFER} {BUTTON}"),
    "templateMessage": under("templateMessage", TEMPLATE),
    "listMessage": under("listMessage", LIST),
}
"""The fields of a quote besides `stanzaId`, `participant` and `typeMessage`; it has no forwarding fields."""
WORDS = {"Text": "text", "Image": "image", "NamedImage": "image", "Contact": "contact", "Location": "location"}
UNTYPED = {"stickerMessage", "reactionMessage"}
"""Their quotes have no type and no other fields."""
UNNAMED = {"alone", "linkToContact", "linkToImage"}
QUOTED_BY = {"imageMessageUnnamed": "imageMessage", "LocationMessage": "locationMessage", "strings": "textMessage"}
LINKS = {"linkToContact": "contactMessage", "linkToImage": "imageMessage"}


def documented(kind: str, variant: str) -> set[str]:
    """Return exactly the paths that a variant must have."""
    if kind in EVENTS:
        return UNUSUAL_EVENTS.get((kind, variant), EVENTS[kind])
    paths = {*CARRIER, "messageData.typeMessage", *_below("messageData", _content(kind, variant))}
    if (kind == "quotedMessage" and variant in UNNAMED) or (kind in _REPLIES and variant == "strings"):
        paths.remove("senderData.chatName")
    quoted = _quoted(kind, variant)
    if quoted is None:
        return paths
    return paths | _below("quotedMessage" if variant.endswith("Outside") else "messageData.quotedMessage", quoted)


_REPLIES = {"buttonsResponseMessage", "templateButtonsReplyMessage", "listResponseMessage"}


def _content(kind: str, variant: str) -> set[str]:
    if kind == "contactsArrayMessage" and variant.startswith("outer"):
        return OUTER
    return UNUSUAL_CONTENT.get((kind, variant), CONTENT[kind])


def _quoted(kind: str, variant: str) -> set[str] | None:
    name = variant.removesuffix("Outside")
    if kind == "quotedMessage":
        quoted = LINKS.get(name) or QUOTED_BY.get(name, name)
        bare = name in {"imageMessageUnnamed", "linkToImage"}
        return None if name == "alone" else _quote(quoted, named=not bare)
    if name == "quoting":
        return _quote("listMessage" if kind == "listResponseMessage" else "textMessage")
    if "uoting" not in name:
        return None
    word = name.partition("uoting")[2]
    return _quote("stickerMessage" if word == "Sticker" else f"{WORDS[word]}Message", named=word != "Image")


def _quote(type_message: str, *, named: bool = True) -> set[str]:
    source = {"stanzaId", "participant"}
    if type_message in UNTYPED:
        return source
    return source | {"typeMessage"} | (QUOTE[type_message] - (set() if named else {"fileName"}))


def _below(holder: str, paths: set[str]) -> set[str]:
    return {f"{holder}.{path}" for path in paths}


def paths_of(value: Any, at: str = "") -> Iterator[str]:
    """Return the paths of a body's leaves."""
    if isinstance(value, dict):
        for name, part in cast("dict[str, Any]", value).items():
            yield from paths_of(part, f"{at}.{name}" if at else name)
        return
    items = cast("list[object]", value) if isinstance(value, list) else []
    if items and all(isinstance(item, dict) for item in items):
        for item in items:
            yield from paths_of(item, f"{at}[]")
        return
    yield at
