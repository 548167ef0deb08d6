"""``inspect.signature`` and ``help`` show the unions by name instead of listing their classes."""

import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

import pytest

from greenapi_async import IncomingMessageReceived, Message, Notification, parse_notification
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import HistoryMessage


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (parse_notification, "'Notification'"),
        (parse_message, "'Message'"),
        (IncomingMessageReceived, "message: 'Message'"),
        (HistoryMessage, "message: 'Message'"),
    ],
)
def test_signatures_show_the_name_of_the_union(function: Callable[..., Any], name: str) -> None:
    signature = str(inspect.signature(function))
    assert name in signature
    assert "OutgoingMessageReceived" not in signature
    assert "ExtendedTextMessage" not in signature


def test_type_hints_still_resolve_to_the_unions() -> None:
    assert get_type_hints(parse_notification)["return"] == Notification
    assert get_type_hints(IncomingMessageReceived)["message"] == Message
    assert get_type_hints(HistoryMessage)["message"] == Message
