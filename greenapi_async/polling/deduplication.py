"""Deduplication: how a notification is recognised when it arrives again.

The server delivers some notifications twice. A notification is identified by a digest of its content without the
receipt, because two statuses of one message differ in nothing else. The digest is that of the canonical JSON, so the
order of members and white space do not matter. A message recovered from the journal has a different shape, so it is
identified by its message id: it is rejected if the message was received before, and the message is rejected if it
arrives later. A body with neither an id nor a time is identified by its receipt, because an equal one may be news; if
it is pushed, without a receipt, it is always new.

``HandledDigests`` is the memory of a loop without an inbox; an inbox stores the keys of its entries.
"""

import json
from collections import OrderedDict
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Entry
from greenapi_async.models.chat_ids import is_chat_number
from greenapi_async.models.receiving import ReceivedNotification

__all__ = ["DIGESTS_KEPT", "HandledDigests", "content_digest", "pushed_entry", "received_entry", "recovered_entry"]

DIGESTS_KEPT = 10_000
"""Digests in memory; about 1 MB."""


class HandledDigests:
    """Bounded LRU of handled digests."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def add(self, digest: bytes) -> None:
        """Add a digest and evict the oldest beyond the bound."""
        self._digests[digest] = None
        if len(self._digests) > DIGESTS_KEPT:
            self._digests.popitem(last=False)

    def __contains__(self, digest: object) -> bool:
        return digest in self._digests


def content_digest(received: ReceivedNotification) -> bytes:
    """Return the digest of a notification's content."""
    body: Any = received.body
    try:
        canonical = json.dumps(body if _is_identifiable(body) else [received.receipt_id, body], sort_keys=True)
    except (RecursionError, ValueError):  # nested too deeply to be serialised
        canonical = str(received.receipt_id)
    return _key(canonical)


def received_entry(id_instance: int, received: ReceivedNotification) -> Entry:
    """Create the inbox entry of a polled notification; the body is stored as received.

    Args:
        id_instance: The instance that received it.
        received: The notification.
    """
    unless, keys = _keys(id_instance, received)
    body, error = _storable_body(received)
    receipt = received.receipt_id if received.receipt_id < 2**63 else None  # SQLite's limit; not needed any more
    return Entry(id_instance=id_instance, receipt_id=receipt, body=body, error=error, unless=unless, keys=keys)


def pushed_entry(
    id_instance: int, body: bytes | bytearray, fields: Mapping[str, Any] | None, error: str | None = None
) -> Entry:
    """Create the inbox entry of a pushed notification; it has the keys it would have if it were polled.

    Args:
        id_instance: The instance that received it.
        body: The body of the request, a JSON object in UTF-8.
        fields: The parsed body; None if it is stored unparsed.
        error: Why it is stored unparsed.
    """
    unless: tuple[bytes, ...] = ()
    keys: tuple[bytes, ...] = ()
    if fields is None:
        unless = keys = (_key(f"{id_instance} {blake2b(body).hexdigest()}"),)
    elif _is_identifiable(fields):
        unless, keys = _keys(id_instance, ReceivedNotification(receipt_id=0, body=fields))
    text = body.decode()
    stored = text if fields is not None else json.dumps({"unread": text})
    return Entry(id_instance=id_instance, body=stored, error=error, unless=unless, keys=keys)


def recovered_entry(id_instance: int, body: Mapping[str, Any]) -> Entry:
    """Create the inbox entry of a message from the journal.

    Args:
        id_instance: The instance that received the message.
        body: The notification rebuilt from the journal's row.

    Raises:
        DecodeError: The row has no message id, so it cannot be deduplicated.
    """
    keys = _message_keys(id_instance, body)
    if keys is None:
        raise DecodeError("a journal row without idMessage cannot be deduplicated")
    return Entry(id_instance=id_instance, body=json.dumps(body), unless=keys, keys=(keys[1],), recovered=True)


def _is_identifiable(body: Any) -> bool:
    return isinstance(body, dict) and ("idMessage" in body or "timestamp" in body)


def _keys(id_instance: int, received: ReceivedNotification) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the keys that reject the entry, and the keys it leaves."""
    content = _key(f"{id_instance} {content_digest(received).hex()}")
    fields: Any = received.body
    message = _message_keys(id_instance, cast("Mapping[str, Any]", fields)) if isinstance(fields, Mapping) else None
    return ((content, message[1]), (content, message[0])) if message else ((content,), (content,))


def _message_keys(id_instance: int, body: Mapping[str, Any]) -> tuple[bytes, bytes] | None:
    """Return the key of a received incoming message and that of the same message recovered from the journal.

    On MAX and Telegram, whose chat ids are numbers, message ids are unique within one chat only.
    """
    kind, id_message = body.get("typeWebhook"), body.get("idMessage")
    if not isinstance(kind, str) or kind.lower() != "incomingmessagereceived" or not isinstance(id_message, str):
        return None
    sender = body.get("senderData")
    chat_id = cast("Mapping[str, Any]", sender).get("chatId") if isinstance(sender, Mapping) else None
    message = f"{id_instance} {chat_id} {id_message}" if is_chat_number(chat_id) else f"{id_instance} {id_message}"
    return _key(f"received {message}"), _key(f"recovered {message}")


def _key(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _storable_body(received: ReceivedNotification) -> tuple[str, str | None]:
    """Return the JSON object to store, and why it is not a notification, if so."""
    body: Any = received.body
    if not isinstance(body, dict):
        error = f"the body is a JSON {type(body).__name__}, not an object"
        return json.dumps(received.raw, default=str), error
    text = received.body_text
    if text is not None and _is_utf8(text):
        return text, None
    fields = cast("dict[str, Any]", body)  # parsed leniently, so that there is no text to keep
    try:
        return json.dumps(fields), None
    except (RecursionError, ValueError):
        scalars = {name: value for name, value in fields.items() if not isinstance(value, dict | list)}
        return json.dumps(scalars), "the body is nested too deeply; only its scalar fields were kept"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return False
    return True
