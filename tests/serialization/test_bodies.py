"""Bodies from logs and from users' code are parsed as expected; see ``bodies.json``."""

import json
from pathlib import Path
from typing import Any

import pytest

from greenapi_async import (
    BaseMessage,
    MalformedNotification,
    MessageNotification,
    PollUpdateMessage,
    parse_notification,
    unknown_fields,
)

BODIES = json.loads((Path(__file__).parent / "bodies.json").read_text("utf-8"))
PRESSED = ("selected_id", "selected_button_id", "single_select_reply")


def facts(notification: Any) -> dict[str, Any]:
    """Return what the cases expect, as far as the notification has it."""
    message: BaseMessage | None = notification.message if isinstance(notification, MessageNotification) else None
    found: dict[str, Any] = {
        "class": type(notification).__name__,
        "message": type(message).__name__ if message else None,
        "text": notification.text or None,
        "is_group": notification.is_group,
        "chat_id": notification.chat_id,
        "status": getattr(notification, "status", None),
        "state": getattr(notification, "state_instance", None),
        "stanza": message.stanza_id if message else None,
        "id": next((getattr(message, name) for name in PRESSED if hasattr(message, name)), None),
        "file": message is not None and message.file is not None,
    }
    if isinstance(message, PollUpdateMessage):
        found["voters"] = [voter for vote in message.votes or [] for voter in vote.option_voters or []]
    return found


@pytest.mark.parametrize("case", BODIES, ids=lambda case: f"{case['n']}-{case['about'][:40]}")
def test_a_body_from_the_wild_is_parsed_as_expected(case: dict[str, Any]) -> None:
    notification, expected = parse_notification(case["body"]), dict(case["expect"])
    found = facts(notification)
    assert {name: found[name] for name in expected} == expected
    assert notification.raw == case["body"]
    new = {"UnknownNotification": ["typeWebhook"], "UnknownMessage": ["messageData.typeMessage"]}
    unknown = new.get(found["class"]) or new.get(found["message"] or "", [])
    assert unknown_fields(case["body"]) == (unknown if "messageData" in case["body"] else [])
    assert not isinstance(notification, MalformedNotification)
