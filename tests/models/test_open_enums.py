"""Enum fields accept values that are not listed."""

from enum import StrEnum
from typing import Any

import pytest

from greenapi_async import CallStatus, InstanceState, MessageStatus, parse_notification
from greenapi_async.serialization.converter import structure
from greenapi_async.types import Direction, SocketState, StatusFont

OPEN: list[tuple[type[StrEnum], Any]] = [
    (InstanceState, InstanceState | str | None),
    (MessageStatus, MessageStatus | str | None),
    (CallStatus, CallStatus | str | None),
    (SocketState, SocketState | str | None),
    (Direction, Direction | str | None),
    (StatusFont, StatusFont | str | None),
]


@pytest.mark.parametrize(("members", "kind"), OPEN)
def test_a_known_value_is_a_member_and_an_unknown_one_stays_a_string(members: type[StrEnum], kind: Any) -> None:
    for member in members:
        for value in (member.value, member.value.upper(), member.value.lower()):
            assert structure(kind, value) is member
    found: Any = structure(kind, "somethingNew")
    assert (type(found), found) == (str, "somethingNew")
    assert structure(kind, None) is None
    assert (type(structure(kind, 5)), structure(kind, 5)) == (str, "5")


@pytest.mark.parametrize(
    ("body", "name", "known"),
    [
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "yellowCard"}, "state_instance", True),
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "asleep"}, "state_instance", False),
        ({"typeWebhook": "statusInstanceChanged", "statusInstance": "offline"}, "status_instance", True),
        ({"typeWebhook": "statusInstanceChanged", "statusInstance": "away"}, "status_instance", False),
        ({"typeWebhook": "outgoingMessageStatus", "status": "notInGroup"}, "status", True),
        ({"typeWebhook": "outgoingMessageStatus", "status": "played"}, "status", False),
        ({"typeWebhook": "incomingCall", "status": "pickUp"}, "status", True),
        ({"typeWebhook": "incomingCall", "status": "onHold"}, "status", False),
    ],
)
def test_a_notification_keeps_an_unknown_value(body: dict[str, Any], name: str, known: bool) -> None:
    value = getattr(parse_notification(body), name)
    assert value == next(part for key, part in body.items() if key != "typeWebhook")
    assert (type(value) is str) is not known
