"""Recognition of a message that may have been sent, in the outgoing queue and in the journal.

A text is recognised by its words, a poll by its question, and a file by its caption: the journal has neither the URL
nor, for every kind of file, the name and the caption. So a file without a caption in the journal may be the one. White
space does not count.

Each answer is True, False, or None if the row cannot be read. Where in doubt it is True: then nothing is sent, because
not sending twice comes first.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import attrs

from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import ExtendedTextMessage, FileMessage, PollMessage, TextMessage
from greenapi_async.models.queues import QueuedBody, QueuedMessage

__all__ = ["SoughtMessage", "sought_message"]


@attrs.frozen(kw_only=True)
class SoughtMessage:
    """A message that may have been sent.

    Attributes:
        method: The method that sends it.
        digest: Digest of all that belongs to its key.
        text: The text, the question or the caption.
    """

    method: str
    digest: bytes = attrs.field(repr=False)
    text: str = attrs.field(repr=False)
    _queued: Callable[[QueuedBody], str | None] = attrs.field(alias="queued", repr=False)
    _logged: Callable[["SoughtMessage", HistoryMessage], bool | None] = attrs.field(alias="logged", repr=False)

    def is_queued(self, row: QueuedMessage) -> bool | None:
        """Return whether a row of the queue is this message, whatever its chat."""
        if row.type is not None and row.type.lower() != self.method.lower():
            return False
        found = None if row.body is None else self._queued(row.body)
        return None if found is None else self.equals(found)

    def is_logged(self, row: HistoryMessage) -> bool | None:
        """Return whether a row of the journal is this message, whatever its chat and time."""
        return None if row.type_message is None else self._logged(self, row)

    def equals(self, text: str) -> bool:
        """Return whether a text is that of the message."""
        return _normalized(text) == _normalized(self.text)


def sought_message(method: str, values: Mapping[str, Any]) -> SoughtMessage:
    """Return how the message of a request is recognised.

    Args:
        method: ``sendMessage``, ``sendPoll`` or ``sendFileByUrl``.
        values: The arguments by their JSON names.
    """
    if method == "sendFileByUrl":
        caption = values.get("caption") or ""
        parts = [method, values["fileName"], caption]
        queued, logged = _queued_caption, _is_logged_file
        return SoughtMessage(method=method, digest=_digest(parts), text=caption, queued=queued, logged=logged)
    text = values["message"]
    if method == "sendPoll":
        parts = [method, text, *(each["optionName"] for each in values["options"])]
        return SoughtMessage(
            method=method, digest=_digest(parts), text=text, queued=_queued_text, logged=_is_logged_poll
        )
    return SoughtMessage(method=method, digest=_digest([text]), text=text, queued=_queued_text, logged=_is_logged_text)


def _queued_text(body: QueuedBody) -> str | None:
    return body.message


def _queued_caption(body: QueuedBody) -> str | None:
    return body.caption or ""


def _is_logged_text(sought: SoughtMessage, row: HistoryMessage) -> bool | None:
    if row.text is None:
        return None if isinstance(row.message, TextMessage | ExtendedTextMessage) else False
    return sought.equals(row.text) and not isinstance(row.message, FileMessage | PollMessage)


def _is_logged_poll(sought: SoughtMessage, row: HistoryMessage) -> bool | None:
    if not isinstance(row.message, PollMessage):
        return False
    return None if row.message.name is None else sought.equals(row.message.name)


def _is_logged_file(sought: SoughtMessage, row: HistoryMessage) -> bool | None:
    return isinstance(row.message, FileMessage) and (not row.message.caption or sought.equals(row.message.caption))


_SEPARATOR: Final = "\0"


def _digest(parts: Iterable[str]) -> bytes:
    text = _SEPARATOR.join(map(_normalized, parts))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _normalized(text: str) -> str:
    return " ".join(text.split())
