"""Filters: conditions that select the notifications of a handler.

Filters compose with ``&``, ``|`` and ``~``, for example ``filters.command("buy") & ~filters.group``.
"""

from greenapi_async.bots.filters.chat import chat, group, private, sender
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.filters.message import button, forwarded, kind, media, poll, quoted
from greenapi_async.bots.filters.predicate import where
from greenapi_async.bots.filters.rate import rate
from greenapi_async.bots.filters.state import no_state, state
from greenapi_async.bots.filters.text import Command, Text, command, contains, has_text, regex, text

__all__ = [
    "Command",
    "Filter",
    "Text",
    "button",
    "chat",
    "command",
    "contains",
    "forwarded",
    "group",
    "has_text",
    "kind",
    "media",
    "no_state",
    "poll",
    "private",
    "quoted",
    "rate",
    "regex",
    "sender",
    "state",
    "text",
    "where",
]
