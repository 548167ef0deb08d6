"""Messages whose data is one object with the same shape everywhere: buttons, lists, edits, deletions."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable

__all__ = ["Structured", "deleted", "edited", "pressed"]


@attrs.frozen(kw_only=True)
class Structured(Forwardable):
    """One object under one key of `messageData`.

    Attributes:
        type_message: The `typeMessage`.
        key: The key of the object.
        fields: The fields of the object.
        text: The text that a person reads in it.
        forwarding_place: Where the manual puts the forwarding fields: next to the object, inside it, or nowhere.
    """

    type_message: str
    key: str
    fields: Mapping[str, Any]
    text: str = ""
    forwarding_place: Literal["outside", "inside", "none"] = "none"

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        inside = self.forwarding if self.forwarding_place == "inside" else {}
        outside = self.forwarding if self.forwarding_place == "outside" else {}
        return {"typeMessage": self.type_message, self.key: {**self.fields, **inside}, **outside}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row; the manual does not document them."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote."""
        return {"typeMessage": self.type_message, self.key: dict(self.fields)}


def edited(stanza_id: str, field: str, text: str) -> Structured:
    """Return the content of an edit.

    Args:
        stanza_id: The id of the edited message.
        field: The field that holds the new text: `textMessage` or `caption`.
        text: The new text.
    """
    fields = {field: text, "stanzaId": stanza_id}
    return Structured(type_message="editedMessage", key="editedMessageData", fields=fields, text=text)


def deleted(stanza_id: str) -> Structured:
    """Return the content of the deletion of a message for everyone."""
    return Structured(type_message="deletedMessage", key="deletedMessageData", fields={"stanzaId": stanza_id})


def pressed(stanza_id: str, buttons: Structured, button_id: str) -> Structured | None:
    """Return the content of the answer when a button is pressed or a row is selected.

    Args:
        stanza_id: The id of the message with the buttons or rows.
        buttons: Its content.
        button_id: The id of the button or row.

    Returns:
        The answer, or None if the message has no such button or row that answers.
    """
    answer = _ANSWERS.get(buttons.type_message)
    for index, (found, text) in enumerate(_choices(buttons.fields)):
        if answer is not None and found == button_id:
            type_message, key = answer
            return Structured(
                type_message=type_message, key=key, fields=_answer(key, stanza_id, index, found, text), text=text
            )
    return None


_ANSWERS: Mapping[str, tuple[str, str]] = {
    "buttonsMessage": ("buttonsResponseMessage", "buttonsResponseMessage"),
    "templateMessage": ("templateButtonsReplyMessage", "templateButtonReplyMessage"),
    "listMessage": ("listResponseMessage", "listResponseMessage"),
    "interactiveButtonsReply": ("interactiveButtonsResponse", "interactiveButtonsResponse"),
}


def _choices(fields: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    rows = [row for section in fields.get("sections", []) for row in section.get("rows", [])]
    replies = [button["quickReplyButton"] for button in fields.get("buttons", []) if "quickReplyButton" in button]
    plain = [button for button in fields.get("buttons", []) if "buttonId" in button]
    return [
        *((str(row.get("rowId", "")), str(row.get("title", ""))) for row in rows),
        *((str(reply.get("id", "")), str(reply.get("displayText", ""))) for reply in replies),
        *((str(button["buttonId"]), str(button.get("buttonText", ""))) for button in plain),
    ]


def _answer(key: str, stanza_id: str, index: int, found: str, text: str) -> dict[str, Any]:
    if key == "buttonsResponseMessage":
        return {"stanzaId": stanza_id, "selectedButtonId": found, "selectedButtonText": text}
    if key == "listResponseMessage":
        return {"stanzaId": stanza_id, "title": text, "listType": "1", "singleSelectReply": found}
    return {"stanzaId": stanza_id, "selectedIndex": index, "selectedId": found, "selectedDisplayText": text}
