"""What businesses offer to choose from, and what people pass on: the messages of `Structured` that somebody sends."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from greenapi_async.sandbox.simulation.content.location import ContactContent
from greenapi_async.sandbox.simulation.content.structured import Structured

Interactive = Literal["interactiveButtons", "interactiveButtonsReply"]
Objects = Sequence[Mapping[str, Any]]


def buttons(text: str, footer: str, choices: Objects) -> Structured:
    """Make a text with buttons."""
    told = {"contentText": text, "footer": footer, "buttons": list(choices)}
    return Structured(type_message="buttonsMessage", key="buttonsMessage", fields=told, text=text, marked="beside")


def template(text: str, footer: str, choices: Objects, **named: str) -> Structured:
    """Make a text of a template, which may have a `namespace` and an `elementName`."""
    told = {**named, "contentText": text, "footer": footer, "buttons": list(choices)}
    return Structured(type_message="templateMessage", key="templateMessage", fields=told, text=text, marked="inside")


def listed(text: str, footer: str, sections: Objects, *, title: str, button: str) -> Structured:
    """Make a text with a list to pick from."""
    told = {
        "contentText": text,
        "footer": footer,
        "title": title,
        "buttonText": button,
        "sections": list(sections),
    }
    return Structured(type_message="listMessage", key="listMessage", fields=told, text=text, marked="beside")


def interactive(kind: Interactive, texts: Mapping[str, str], choices: Objects) -> Structured:
    """Make a text with buttons of today's kind, which has `header`, `body` and `footer`."""
    told = {**{name: texts.get(name, "") for name in ("header", "body", "footer")}, "buttons": list(choices)}
    return Structured(type_message=kind, key=kind, fields=told, text=texts.get("body", ""))


def contacts(cards: Sequence[ContactContent]) -> Structured:
    """Make several cards in one message."""
    told = [{"displayName": card.display_name, "vcard": card.vcard} for card in cards]
    names = ", ".join(card.display_name for card in cards)
    return Structured(
        type_message="contactsArrayMessage", key="messageData", fields={"contacts": told}, text=names, marked="inside"
    )


def group_invite(group_id: str, group_name: str, *, code: str, caption: str, thumbnail: str = "") -> Structured:
    """Make an invitation to a group."""
    told = {
        "groupJid": group_id,
        "inviteCode": code,
        "inviteExpiration": "0",
        "groupName": group_name,
        "caption": caption,
        "name": group_name,
        "jpegThumbnail": thumbnail,
    }
    return Structured(type_message="groupInviteMessage", key="groupInviteMessageData", fields=told, text=caption)
