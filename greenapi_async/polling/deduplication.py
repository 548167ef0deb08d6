"""Deduplication: how a notification is recognised when it arrives again.

The server delivers some notifications twice. A notification is identified by a digest of its content without the
receipt, because two statuses of one message differ in nothing else. The digest is that of the canonical JSON, so the
order of members and white space do not matter. The second time the server may name the person by another id; if both
are known to be one person's, the digests with each of them are looked for.

A message recovered from the journal has a different shape, so it is identified by its message id: it is rejected if the
message was received before, and the message is rejected if it arrives later. Ids of edits, deletions, reactions and
votes are kept apart from those of messages: an edit that was received does not prevent the recovery of its message. A
body with neither an id nor a time is identified by its receipt, because an equal one may be news; if it is pushed,
without a receipt, it is always new.

All keys of one message begin with the same bytes, so that a database stores them side by side: an index in which each
key has a random place would be written in two places for each notification.

``HandledDigests`` is the memory of a loop without an inbox; an inbox stores the keys of its entries.
"""

import json
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any, cast

from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Entry
from greenapi_async.models.chat_ids import is_chat_number
from greenapi_async.models.identities import Identities
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.serialization.notifications import message_class

__all__ = [
    "DIGESTS_KEPT",
    "HandledDigests",
    "content_digest",
    "other_digests",
    "pushed_entry",
    "received_entry",
    "recovered_entry",
]

DIGESTS_KEPT = 10_000
"""Digests in memory; about 1 MB."""
_ID_FIELDS = ("chatId", "sender", "from")
"""Fields that name a person, in the notification or in its ``senderData``."""

_canonical = json.JSONEncoder(sort_keys=True, check_circular=False).encode
"""``json.dumps`` would create an encoder for each notification."""


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
    return _content_digest(received, received.body)


def other_digests(received: ReceivedNotification, known: Identities) -> list[bytes]:
    """Return the digests that a notification's content would have with the other known ids of its person."""
    if not len(known):
        return []
    return [_content_digest(received, body) for body in _with_other_ids(received.body, known)]


def _content_digest(received: ReceivedNotification, body: Any) -> bytes:
    try:
        canonical = _canonical(body if _is_identifiable(body) else [received.receipt_id, body])
    except (RecursionError, ValueError):  # nested too deeply to be serialised
        canonical = str(received.receipt_id)
    return _key(canonical)


def received_entry(id_instance: int, received: ReceivedNotification, known: Identities | None = None) -> Entry:
    """Create the inbox entry of a polled notification; the body is stored as received.

    Args:
        id_instance: The instance that received it.
        received: The notification.
        known: Which ids belong to the same person; None knows nothing.
    """
    unless, keys = _keys(id_instance, received)
    if known is not None:
        others = other_digests(received, known)
        unless = (*unless, *(_content_key(id_instance, received.body, digest) for digest in others))
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


def recovered_entry(id_instance: int, body: Mapping[str, Any], also: Iterable[str] = ()) -> Entry:
    """Create the inbox entry of a message from the journal.

    Args:
        id_instance: The instance that received the message.
        body: The notification rebuilt from the journal's row.
        also: Further ids under which the message may be known: those of its edited versions.

    Raises:
        DecodeError: The row has no message id, so it cannot be deduplicated.
    """
    keys = _message_keys(id_instance, body)
    if keys is None:
        raise DecodeError("a journal row without idMessage cannot be deduplicated")
    others = (
        _message_keys(id_instance, {**body, "idMessage": one}) for one in sorted(also) if one != body["idMessage"]
    )
    pairs = [keys, *(pair for pair in others if pair is not None)]
    unless = tuple(key for pair in pairs for key in pair)
    recovered = tuple(key for _, key in pairs)
    return Entry(id_instance=id_instance, body=json.dumps(body), unless=unless, keys=recovered, recovered=True)


def _is_identifiable(body: Any) -> bool:
    return isinstance(body, dict) and ("idMessage" in body or "timestamp" in body)


def _keys(id_instance: int, received: ReceivedNotification) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Return the keys that reject the entry, and the keys it leaves."""
    fields: Any = received.body
    content = _content_key(id_instance, fields, content_digest(received))
    message = _message_keys(id_instance, cast("Mapping[str, Any]", fields)) if isinstance(fields, Mapping) else None
    return ((content, message[1]), (content, message[0])) if message else ((content,), (content,))


def _content_key(id_instance: int, body: Any, digest: bytes) -> bytes:
    id_message: object = cast("Mapping[str, Any]", body).get("idMessage") if isinstance(body, Mapping) else None
    return _place(id_message) + _key(f"{id_instance} {digest.hex()}")


def _with_other_ids(body: Any, known: Identities) -> Iterator[dict[str, Any]]:
    """Yield a notification's body as it would be if its person was named by each of their other ids."""
    if not isinstance(body, dict):
        return
    fields = cast("dict[str, Any]", body)
    sender_data: Any = fields.get("senderData")
    nested = cast("dict[str, Any]", sender_data) if isinstance(sender_data, dict) else {}
    named = {value for each in (fields, nested) for name in _ID_FIELDS if isinstance(value := each.get(name), str)}
    for one in named:
        for other in known.ids_of(one):
            if other != one:
                top, inner = (
                    {name: other for name in _ID_FIELDS if each.get(name) == one} for each in (fields, nested)
                )
                yield {**fields, **top, **({"senderData": {**nested, **inner}} if nested else {})}


def _message_keys(id_instance: int, body: Mapping[str, Any]) -> tuple[bytes, bytes] | None:
    """Return the key of a received incoming message and that of the same message recovered from the journal.

    On MAX and Telegram, whose chat ids are numbers, message ids are unique within one chat only.
    """
    kind, id_message = body.get("typeWebhook"), body.get("idMessage")
    if not isinstance(kind, str) or kind.lower() != "incomingmessagereceived" or not isinstance(id_message, str):
        return None
    sender = body.get("senderData")
    chat_id = cast("Mapping[str, Any]", sender).get("chatId") if isinstance(sender, Mapping) else None
    message = f"event {id_message}" if _is_event(body.get("messageData")) else id_message
    if is_chat_number(chat_id):  # ids are unique within one chat only
        message = f"{chat_id} {message}"
    place = _place(id_message)
    return place + _key(f"received {id_instance} {message}"), place + _key(f"recovered {id_instance} {message}")


def _is_event(data: Any) -> bool:
    return isinstance(data, Mapping) and message_class(cast("Mapping[str, Any]", data)).is_event


def _place(id_message: object) -> bytes:
    """Return the first bytes of the keys of a message."""
    text = id_message if isinstance(id_message, str) else ""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=4).digest()


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
