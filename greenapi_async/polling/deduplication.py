"""What is received, on its way into an inbox.

A notification is known by its content, all of it but the receipt, because two statuses of one message differ in nothing
else. One from the journal has another shape, so it is known by its message's id: it is dropped when the message was
received, and the message is dropped when it comes later. A body that has neither an id nor a time is known by its
receipt: another one may be equal to it and yet be news. When it is pushed, without a receipt, it always is.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Entry
from greenapi_async.models.receiving import ReceivedNotification

__all__ = ["digest", "pushed_entry", "received_entry", "recovered_entry"]

_UNSTORABLE = "the body cannot be written as JSON again, so only its scalar fields were kept"


def digest(received: ReceivedNotification) -> bytes:
    """Give the mark of a notification's content."""
    body: Any = received.body
    try:
        canonical = json.dumps(body if _has_identity(body) else [received.receipt_id, body], sort_keys=True)
    except (RecursionError, ValueError):  # as deep as can be read is deeper than can be written
        canonical = str(received.receipt_id)
    return _mark(canonical)


def received_entry(id_instance: int, received: ReceivedNotification) -> Entry:
    """Prepare what was received for an inbox."""
    body, error = _text(received)
    unless, marks = _marks(id_instance, received)
    receipt = received.receipt_id if received.receipt_id < 2**63 else None  # it is not needed any longer
    return Entry(id_instance=id_instance, receipt_id=receipt, body=body, error=error, unless=unless, keys=marks)


def pushed_entry(
    id_instance: int, body: bytes | bytearray, fields: Mapping[str, Any] | None, error: str | None = None
) -> Entry:
    """Prepare a pushed JSON object in UTF-8 for an inbox; ``fields`` is None where it is kept unread, for an error.

    It is known by what the same would be known by if it were polled. What has neither an id nor a time is always news:
    it has no receipt either.
    """
    unless: tuple[bytes, ...] = ()
    marks: tuple[bytes, ...] = ()
    if fields is None:
        unless = marks = (_mark(f"{id_instance} {blake2b(body).hexdigest()}"),)
    elif _has_identity(fields):
        unless, marks = _marks(id_instance, ReceivedNotification(receipt_id=0, body=fields))
    text = body.decode()
    stored = text if fields is not None else json.dumps({"unread": text})
    return Entry(id_instance=id_instance, body=stored, error=error, unless=unless, keys=marks)


def recovered_entry(id_instance: int, body: Mapping[str, Any]) -> Entry:
    """Prepare the notification of an incoming message, made from its row in the journal, for an inbox."""
    about = _message_marks(id_instance, body)
    if about is None:
        raise DecodeError("a row of the journal without idMessage cannot be known again")
    return Entry(id_instance=id_instance, body=json.dumps(body), unless=about, keys=(about[1],), recovered=True)


def _has_identity(body: Any) -> bool:
    return isinstance(body, dict) and ("idMessage" in body or "timestamp" in body)


def _marks(id_instance: int, received: ReceivedNotification) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Give the marks that it must not find, and those that it leaves."""
    content = _mark(f"{id_instance} {digest(received).hex()}")
    fields: Any = received.body
    about = _message_marks(id_instance, cast("Mapping[str, Any]", fields)) if isinstance(fields, Mapping) else None
    return ((content, about[1]), (content, about[0])) if about else ((content,), (content,))


def _mark(text: str) -> bytes:
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _message_marks(id_instance: int, body: Mapping[str, Any]) -> tuple[bytes, bytes] | None:
    """Give what an incoming message leaves behind, and what the same one from the journal does."""
    word, id_message = body.get("typeWebhook"), body.get("idMessage")
    if not isinstance(word, str) or word.lower() != "incomingmessagereceived" or not isinstance(id_message, str):
        return None
    return _mark(f"received {id_instance} {id_message}"), _mark(f"recovered {id_instance} {id_message}")


def _text(received: ReceivedNotification) -> tuple[str, str | None]:
    """Give a JSON object to store, and why it is no notification, if so."""
    body: Any = received.body
    if not isinstance(body, dict):
        return json.dumps(
            received.raw, default=str
        ), f"the body is a JSON {type(body).__name__}; a notification is an object"
    fields = cast("dict[str, Any]", body)
    try:
        return json.dumps(fields), None
    except (RecursionError, ValueError):
        scalars = {name: value for name, value in fields.items() if not isinstance(value, dict | list)}
        return json.dumps(scalars), _UNSTORABLE
