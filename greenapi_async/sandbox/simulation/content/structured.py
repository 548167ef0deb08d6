"""Messages with an object of their own, which looks the same wherever it stands: buttons, lists, edits."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable


@attrs.frozen(kw_only=True)
class Structured(Forwardable):
    """One object under one key; the manual puts the forwarding of some beside the object, of others inside."""

    type_message: str
    key: str
    fields: Mapping[str, Any]
    text: str = ""
    marked: Literal["beside", "inside", "not"] = "not"

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        inside = self.marks if self.marked == "inside" else {}
        beside = self.marks if self.marked == "beside" else {}
        return {"typeMessage": self.type_message, self.key: {**self.fields, **inside}, **beside}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape, which the manual does not tell."""
        return self.data()

    def quote(self) -> dict[str, Any]:
        """Give the flat shape."""
        return {"typeMessage": self.type_message, self.key: dict(self.fields)}


def edited(stanza_id: str, field: str, text: str) -> Structured:
    """Tell that a message has another text or caption now."""
    fields = {field: text, "stanzaId": stanza_id}
    return Structured(type_message="editedMessage", key="editedMessageData", fields=fields, text=text)


def deleted(stanza_id: str) -> Structured:
    """Tell that a message was deleted for everyone."""
    return Structured(type_message="deletedMessage", key="deletedMessageData", fields={"stanzaId": stanza_id})


def pressed(stanza_id: str, buttons: Structured, button_id: str) -> Structured | None:
    """Make the answer of who presses a button or picks a row; None where there is no such one."""
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
