"""Fields of log records: instance, chat, message id and API method.

Every record of the logger ``greenapi_async`` has all four, None where one does not apply. What a call passes in
``extra`` counts first. Otherwise they come from the context: while a handler runs, its notification's fields are those
of everything that is logged on its behalf. The standard library reserves the name ``message`` for the text of a record,
so the field is called ``message_id``.
"""

import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final, TypedDict

__all__ = ["FIELDS", "Fields", "LogFields", "log_context", "log_fields"]


class Fields(TypedDict, total=False):
    """Fields of a log record.

    Attributes:
        instance: Id of the instance.
        chat: Id of the chat.
        message_id: Id of the message that a notification is about.
        method: The API method.
    """

    instance: int | None
    chat: str | None
    message_id: str | None
    method: str | None


FIELDS: Final = ("instance", "chat", "message_id", "method")

log_context: ContextVar[Mapping[str, object] | None] = ContextVar("log_context", default=None)
"""Fields of what is logged in this context."""


def log_fields(
    *,
    instance: int | None = None,
    chat: str | None = None,
    message_id: str | None = None,
    method: str | None = None,
) -> dict[str, object]:
    """Return the fields that are known, for ``extra``."""
    fields = {"instance": instance, "chat": chat, "message_id": message_id, "method": method}
    return {name: value for name, value in fields.items() if value is not None}


class LogFields(logging.Filter):
    """Filter that gives each record ``instance``, ``chat``, ``message_id`` and ``method``.

    The logger ``greenapi_async`` has it. Add it to a handler of yours, and what your own loggers write while a handler
    of the bot runs has these fields, too.

    Example:
        >>> stream = logging.StreamHandler()
        >>> stream.addFilter(LogFields())
        >>> stream.setFormatter(logging.Formatter("%(levelname)s [%(instance)s %(message_id)s] %(message)s"))
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add the fields that the record does not have.

        Args:
            record: The record.

        Returns:
            True: every record is logged.
        """
        context = log_context.get()
        known = record.__dict__
        for name in FIELDS:
            if name not in known:
                known[name] = None if context is None else context.get(name)
        return True


logging.getLogger("greenapi_async").addFilter(LogFields())
