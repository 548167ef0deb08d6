"""Recognition of a message that may have been sent, in the outgoing queue and in the journal.

A text is recognised by its words, a poll by its question and answers, and a file by its name and caption, in the queue
also by its URL. White space does not count.

What a row leaves out can make it look like two messages. The journal has no URL; of documents it has the name and no
caption, of pictures and videos the caption and another name; a quote has no answers. A row that may be this message or
another one is ``ALIKE``: taking it for this message could mean that the other one is sent twice and this one never. So
it is not taken, and the message is not sent again either.
"""

import enum
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import (
    DocumentMessage,
    ExtendedTextMessage,
    FileMessage,
    PollMessage,
    PollOption,
    QuotedMessage,
    TextMessage,
)
from greenapi_async.models.queues import QueuedBody, QueuedMessage

__all__ = ["Match", "SoughtMessage", "sought_message"]


class Match(enum.Enum):
    """Result of comparing a row with the message."""

    SAME = "same"
    OTHER = "other"
    ALIKE = "alike"
    """It may be the message, or another one that the row does not tell from it."""
    UNREADABLE = "unreadable"
    """It may be the message, but what decides cannot be read."""


@attrs.frozen(kw_only=True)
class SoughtMessage:
    """A message that may have been sent.

    Attributes:
        method: The method that sends it.
        digest: Digest of all that belongs to its key.
    """

    method: str
    digest: bytes = attrs.field(repr=False)
    _queued: Callable[[QueuedBody], Match] = attrs.field(alias="queued", repr=False)
    _logged: Callable[[HistoryMessage], Match] = attrs.field(alias="logged", repr=False)

    def is_queued(self, row: QueuedMessage) -> Match:
        """Return whether a row of the queue is this message, whatever its chat."""
        if row.type is not None and row.type.lower() != self.method.lower():
            return Match.OTHER
        return Match.UNREADABLE if row.body is None else self._queued(row.body)

    def is_logged(self, row: HistoryMessage) -> Match:
        """Return whether a row of the journal is this message, whatever its chat and time."""
        return Match.UNREADABLE if row.type_message is None else self._logged(row)


def sought_message(method: str, values: Mapping[str, Any]) -> SoughtMessage:
    """Return how the message of a request is recognised.

    Args:
        method: ``sendMessage``, ``sendPoll`` or ``sendFileByUrl``.
        values: The arguments by their JSON names.
    """
    content: _Text | _Poll | _File
    is_reply = bool(values.get("quotedMessageId"))
    if method == "sendFileByUrl":
        content = _File(values["fileName"], values.get("caption") or "", values["urlFile"], is_reply)
        parts = [method, content.name, content.caption]
    elif method == "sendPoll":
        content = _Poll(values["message"], [each["optionName"] for each in values["options"]], is_reply)
        parts = [method, content.question, *content.options]
    else:
        content = _Text(values["message"])
        parts = [content.text]
    return SoughtMessage(method=method, digest=_digest(parts), queued=content.is_queued, logged=content.is_logged)


@attrs.frozen
class _Text:
    text: str

    def is_queued(self, body: QueuedBody) -> Match:
        return _compare(body.message, self.text)

    def is_logged(self, row: HistoryMessage) -> Match:
        if row.text is None:
            is_text = isinstance(row.message, TextMessage | ExtendedTextMessage | QuotedMessage)
            return Match.UNREADABLE if is_text else Match.OTHER
        return Match.OTHER if isinstance(row.message, FileMessage | PollMessage) else _compare(row.text, self.text)


@attrs.frozen
class _Poll:
    question: str
    options: Sequence[str]
    is_reply: bool

    def is_queued(self, body: QueuedBody) -> Match:
        return self._compare(body.message, body.options)

    def is_logged(self, row: HistoryMessage) -> Match:
        if isinstance(row.message, PollMessage):
            return self._compare(row.message.name, row.message.options)
        return _is_reply_with(self.question, row) if self.is_reply else Match.OTHER

    def _compare(self, question: str | None, options: Sequence[PollOption] | None) -> Match:
        if (match := _compare(question, self.question)) is not Match.SAME:
            return match
        names = [each.option_name for each in options or ()]
        readable = [_normalized(name) for name in names if name is not None]
        if not names or len(readable) < len(names):
            return Match.ALIKE
        return Match.SAME if readable == [_normalized(option) for option in self.options] else Match.OTHER


@attrs.frozen
class _File:
    name: str
    caption: str
    url: str
    is_reply: bool

    def is_queued(self, body: QueuedBody) -> Match:
        if not _is_equal(body.caption or "", self.caption):
            return Match.OTHER
        if not body.file_name:
            return Match.ALIKE
        if not _is_equal(body.file_name, self.name):
            return Match.OTHER
        return Match.SAME if body.url_file == self.url else Match.ALIKE

    def is_logged(self, row: HistoryMessage) -> Match:
        file = row.message.file
        if file is None:
            return _is_reply_with(self.caption, row) if self.is_reply else Match.OTHER
        if file.caption and not _is_equal(file.caption, self.caption):
            return Match.OTHER
        is_document = isinstance(file, DocumentMessage)
        if not file.file_name or not _is_equal(file.file_name, self.name):  # other files are renamed
            return Match.OTHER if is_document and file.file_name else Match.ALIKE
        return Match.SAME if is_document or _is_equal(file.caption or "", self.caption) else Match.ALIKE


def _is_reply_with(text: str, row: HistoryMessage) -> Match:
    """Return whether a row may be a poll or a file with a quote, of which the journal has only the quote and a text."""
    if not isinstance(row.message, QuotedMessage):
        return Match.OTHER
    return Match.ALIKE if not row.text or _is_equal(row.text, text) else Match.OTHER


def _compare(found: str | None, text: str) -> Match:
    if found is None:
        return Match.UNREADABLE
    return Match.SAME if _is_equal(found, text) else Match.OTHER


_SEPARATOR: Final = "\0"


def _digest(parts: Iterable[str]) -> bytes:
    text = _SEPARATOR.join(map(_normalized, parts))
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _is_equal(found: str, text: str) -> bool:
    return _normalized(found) == _normalized(text)


def _normalized(text: str) -> str:
    return " ".join(text.split())
