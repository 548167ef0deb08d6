"""What is received, on its way into an inbox.

A notification is known by its content, all of it but the receipt, because two statuses of one message differ in nothing
else. One from the journal has another shape, so it is known by its message's id: it is dropped when the message was
received, and the message is dropped when it comes later. A body that has neither an id nor a time is known by its
receipt: another one may be equal to it and yet be news.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, cast

from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Arrival
from greenapi_async.models.receiving import ReceivedNotification

__all__ = ["arrival_of", "digest", "recovered_arrival"]

_UNSTORABLE = "the body cannot be written as JSON again, so only its scalar fields were kept"


def digest(received: ReceivedNotification) -> bytes:
    """Give the mark of a notification's content."""
    body: Any = received.body
    has_identity = isinstance(body, dict) and ("idMessage" in body or "timestamp" in body)
    try:
        canonical = json.dumps(body if has_identity else [received.receipt_id, body], sort_keys=True)
    except (RecursionError, ValueError):  # as deep as can be read is deeper than can be written
        canonical = str(received.receipt_id)
    return _mark(canonical)


def arrival_of(id_instance: int, received: ReceivedNotification) -> Arrival:
    """Prepare what was received for an inbox."""
    body, error = _text(received)
    content = _mark(f"{id_instance} {digest(received).hex()}")
    fields: Any = received.body
    about = _message_marks(id_instance, cast("Mapping[str, Any]", fields)) if isinstance(fields, Mapping) else None
    return Arrival(
        id_instance=id_instance,
        receipt_id=received.receipt_id,
        body=body,
        error=error,
        unless=(content, about[1]) if about else (content,),
        marks=(content, about[0]) if about else (content,),
    )


def recovered_arrival(id_instance: int, body: Mapping[str, Any]) -> Arrival:
    """Prepare the notification of an incoming message, made from its row in the journal, for an inbox."""
    about = _message_marks(id_instance, body)
    if about is None:
        raise DecodeError("a row of the journal without idMessage cannot be known again")
    return Arrival(id_instance=id_instance, body=json.dumps(body), unless=about, marks=(about[1],), recovered=True)


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
