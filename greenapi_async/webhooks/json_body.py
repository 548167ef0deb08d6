"""What a body says, as far as it is safe to read.

A body that is no JSON object is refused. A JSON object is never refused, because the server would send it again every
minute for a day, and nothing behind it would come in: one that is nested too deeply, or has too many values to be held
in memory, or a number beyond Python's limit, is kept as one string, and becomes a ``MalformedNotification``. Whether it
is one is told by counting, outside of strings and without recursion, before anything is made of it.

What ``json.loads`` accepts beyond the standard is accepted: NaN and Infinity; names given twice, of which the last
counts; half a surrogate pair, as an escape. The encoding is UTF-8, with or without a byte order mark, and no other.
"""

import codecs
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, cast

import attrs

from greenapi_async.webhooks.response import Refusal

__all__ = ["Content", "id_instance_of", "read_content"]

DEEPEST = 100
"""Levels; a notification has about ten."""
MOST_VALUES = 25_000
"""A poll of 12 options in a group of 1024 has half of that at most."""

NOT_UTF_8 = Refusal(HTTPStatus.BAD_REQUEST, "its body is not UTF-8")
NOT_JSON = Refusal(HTTPStatus.BAD_REQUEST, "its body is not JSON")
NO_OBJECT = Refusal(HTTPStatus.BAD_REQUEST, "its body is not a JSON object")

_NEXT = re.compile(rb'(?:[^][{},"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([][{},])', re.DOTALL)
"""What is up to the next mark outside of a string; possessive, so that it takes no memory and no second look."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@attrs.frozen
class Content:
    """A JSON object, as UTF-8; ``fields`` is None where it is not to be read, and ``error`` says why."""

    body: bytes | bytearray = attrs.field(repr=False)
    fields: Mapping[str, Any] | None = attrs.field(repr=False)
    error: str | None = None


def read_content(body: bytes | bytearray) -> Content | Refusal:
    """Read a body, or say why it is refused."""
    if body.startswith(codecs.BOM_UTF8):  # noqa: FURB188  it would copy a bytearray that has none
        body = body[len(codecs.BOM_UTF8) :]
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return NOT_UTF_8
    unwieldy = _unwieldy(body)
    if unwieldy is not None:
        return _unread(body, unwieldy)
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError:
        return NOT_JSON
    except (ValueError, RecursionError) as error:
        return _unread(body, f"Python cannot read it: {type(error).__name__}")
    return Content(body, cast("dict[str, Any]", value)) if isinstance(value, dict) else NO_OBJECT


def id_instance_of(fields: Mapping[str, Any]) -> int | None:
    """Find the number of the instance that a notification names; None where it names none."""
    about = fields.get("instanceData")
    for holder in (fields, about):
        number: Any = cast("Mapping[str, Any]", holder).get("idInstance") if isinstance(holder, Mapping) else None
        if isinstance(number, str) and number.isascii() and number.isdigit() and len(number) < 20:
            return int(number)
        if isinstance(number, int) and not isinstance(number, bool):
            return number
    return None


def _unread(body: bytes | bytearray, error: str) -> Content | Refusal:
    inside = body.strip()
    if not inside.startswith(b"{"):
        return NO_OBJECT
    return Content(body, None, error) if inside.endswith(b"}") and not _CONTROL.search(inside) else NOT_JSON


def _unwieldy(body: bytes | bytearray) -> str | None:
    """Say why a body is not to be read; None when it is."""
    opened = body.count(b"[") + body.count(b"{")
    if opened <= DEEPEST and opened + body.count(b",") <= MOST_VALUES:
        return None
    values = level = 0
    found = _NEXT.match(body)
    while found is not None:
        mark = found[1]
        values += mark in b"[{,"
        level += mark in b"[{"
        level -= mark in b"]}"
        if level > DEEPEST:
            return f"it is nested deeper than {DEEPEST} levels"
        if values > MOST_VALUES:
            return f"it has more than {MOST_VALUES} values"
        found = _NEXT.match(body, found.end())
    return None
