"""Constructors of structured messages: buttons, templates, lists, several contact cards, group invitations."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from greenapi_async.sandbox.simulation.content.contact import ContactContent
from greenapi_async.sandbox.simulation.content.structured import Structured

__all__ = ["Interactive", "buttons", "contacts", "group_invite", "interactive_buttons", "list_message", "template"]

Interactive = Literal["interactiveButtons", "interactiveButtonsReply"]
Objects = Sequence[Mapping[str, Any]]


def buttons(text: str, footer: str, choices: Objects) -> Structured:
    """Return a text with buttons.

    Args:
        text: The text.
        footer: The text under it.
        choices: The buttons, in the fields of `sendButtons`.
    """
    fields = {"contentText": text, "footer": footer, "buttons": list(choices)}
    return Structured(
        type_message="buttonsMessage", key="buttonsMessage", fields=fields, text=text, forwarding_place="outside"
    )


def template(text: str, footer: str, choices: Objects, **named: str) -> Structured:
    """Return a text with template buttons.

    Args:
        text: The text.
        footer: The text under it.
        choices: The buttons, in the fields of `sendTemplateButtons`.
        named: `namespace` and `elementName` of the template.
    """
    fields = {**named, "contentText": text, "footer": footer, "buttons": list(choices)}
    return Structured(
        type_message="templateMessage", key="templateMessage", fields=fields, text=text, forwarding_place="inside"
    )


def list_message(text: str, footer: str, sections: Objects, *, title: str, button: str) -> Structured:
    """Return a text with a list of rows to select from.

    Args:
        text: The text.
        footer: The text under it.
        sections: The sections with their rows, in the fields of `sendListMessage`.
        title: The title of the message.
        button: The label of the button that opens the list.
    """
    fields = {
        "contentText": text,
        "footer": footer,
        "title": title,
        "buttonText": button,
        "sections": list(sections),
    }
    return Structured(
        type_message="listMessage", key="listMessage", fields=fields, text=text, forwarding_place="outside"
    )


def interactive_buttons(kind: Interactive, texts: Mapping[str, str], choices: Objects) -> Structured:
    """Return a text with interactive buttons.

    Args:
        kind: Whether the buttons copy, call and open links, or answer.
        texts: `header`, `body` and `footer`.
        choices: The buttons, in the fields of `sendInteractiveButtons`.
    """
    fields = {**{name: texts.get(name, "") for name in ("header", "body", "footer")}, "buttons": list(choices)}
    return Structured(type_message=kind, key=kind, fields=fields, text=texts.get("body", ""))


def contacts(cards: Sequence[ContactContent]) -> Structured:
    """Return several contact cards in one message."""
    listed = [{"displayName": card.display_name, "vcard": card.vcard} for card in cards]
    names = ", ".join(card.display_name for card in cards)
    return Structured(
        type_message="contactsArrayMessage",
        key="messageData",
        fields={"contacts": listed},
        text=names,
        forwarding_place="inside",
    )


def group_invite(group_id: str, group_name: str, *, code: str, caption: str, thumbnail: str = "") -> Structured:
    """Return an invitation to a group.

    Args:
        group_id: The chat id of the group.
        group_name: Its name.
        code: The code in the invite link.
        caption: The text of the invitation.
        thumbnail: The picture of the group as a JPEG in Base64.
    """
    fields = {
        "groupJid": group_id,
        "inviteCode": code,
        "inviteExpiration": "0",
        "groupName": group_name,
        "caption": caption,
        "name": group_name,
        "jpegThumbnail": thumbnail,
    }
    return Structured(type_message="groupInviteMessage", key="groupInviteMessageData", fields=fields, text=caption)
