"""Filters: what a handler is for. They compose: ``filters.command("buy") & ~filters.group``.

Each is made by a function or is a value here, so that a misspelt one is an AttributeError where it is written.
"""

from greenapi_async.bots.filters.chat import chat, group, private, sender
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.bots.filters.message import button, forwarded, kind, media, poll, quoted
from greenapi_async.bots.filters.predicate import where
from greenapi_async.bots.filters.state import no_state, state
from greenapi_async.bots.filters.text import Command, command, contains, regex, text

__all__ = [
    "Command",
    "Filter",
    "button",
    "chat",
    "command",
    "contains",
    "forwarded",
    "group",
    "kind",
    "media",
    "no_state",
    "poll",
    "private",
    "quoted",
    "regex",
    "sender",
    "state",
    "text",
    "where",
]
