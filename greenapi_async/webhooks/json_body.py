"""Parsing of untrusted JSON bodies within safe limits.

A body that is not a JSON object is rejected. A JSON object is never rejected: the server would send it again every
minute for a day and deliver nothing behind it. An object that is nested too deeply, has too many values or contains a
number beyond Python's limit is kept unparsed as a string and becomes a ``MalformedNotification``. Nesting and values
are counted before parsing, outside of strings and without recursion.

As far as ``json.loads`` is more lenient than the standard, so is this module: NaN and Infinity, duplicate names (the
last one wins) and escaped lone surrogates are accepted. The encoding is UTF-8 with or without a byte order mark.
"""

import codecs
import json
import re
from http import HTTPStatus
from typing import Any, cast

import attrs

from greenapi_async.webhooks.response import Rejection

__all__ = ["JSONBody", "find_id_instance", "parse_body"]

MAX_DEPTH = 100
"""Levels of nesting; a notification has about ten."""
MAX_VALUES = 25_000
"""A poll with 12 options in a group of 1,024 has at most half as many."""

NOT_UTF_8 = Rejection(HTTPStatus.BAD_REQUEST, "the body is not UTF-8")
NOT_JSON = Rejection(HTTPStatus.BAD_REQUEST, "the body is not JSON")
NOT_AN_OBJECT = Rejection(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")

_NEXT = re.compile(rb'(?:[^][{},"]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+([][{},])', re.DOTALL)
"""Everything up to the next structural character outside of strings. Possessive, so it never backtracks."""
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@attrs.frozen
class JSONBody:
    """A JSON object.

    Attributes:
        content: The object as received, in UTF-8.
        fields: The parsed object; None if it was not parsed.
        error: Why it was not parsed; None if it was.
    """

    content: bytes | bytearray = attrs.field(repr=False)
    fields: dict[str, Any] | None = attrs.field(repr=False)
    error: str | None = None


def parse_body(content: bytes | bytearray) -> JSONBody | Rejection:
    """Parse a body; return the rejection if it is not a JSON object."""
    if content.startswith(codecs.BOM_UTF8):  # noqa: FURB188  removeprefix would copy a bytearray without a BOM
        content = content[len(codecs.BOM_UTF8) :]
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return NOT_UTF_8
    error = _limit_error(content)
    if error is not None:
        return _unparsed(content, error)
    try:
        value: Any = json.loads(text)
    except json.JSONDecodeError:
        return NOT_JSON
    except (ValueError, RecursionError) as failure:
        return _unparsed(content, f"Python cannot parse it: {type(failure).__name__}")
    return JSONBody(content, cast("dict[str, Any]", value)) if isinstance(value, dict) else NOT_AN_OBJECT


def find_id_instance(fields: dict[str, Any]) -> int | None:
    """Return the id of the instance that a notification names, or None if it names none."""
    for holder in (fields, fields.get("instanceData")):
        value: Any = cast("dict[str, Any]", holder).get("idInstance") if isinstance(holder, dict) else None
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
    return None


def _unparsed(content: bytes | bytearray, error: str) -> JSONBody | Rejection:
    stripped = content.strip()
    if not stripped.startswith(b"{"):
        return NOT_AN_OBJECT
    return JSONBody(content, None, error) if stripped.endswith(b"}") and not _CONTROL.search(stripped) else NOT_JSON


def _limit_error(content: bytes | bytearray) -> str | None:
    """Return which limit a body exceeds, or None."""
    opened = content.count(b"[") + content.count(b"{")
    if opened <= MAX_DEPTH and opened + content.count(b",") <= MAX_VALUES:
        return None
    values = depth = 0
    found = _NEXT.match(content)
    while found is not None:
        character = found[1]
        values += character in b"[{,"
        depth += character in b"[{"
        depth -= character in b"]}"
        if depth < 0:  # no JSON; the parser finds that out faster
            return None
        if depth > MAX_DEPTH:
            return f"it is nested deeper than {MAX_DEPTH} levels"
        if values > MAX_VALUES:
            return f"it has more than {MAX_VALUES} values"
        found = _NEXT.match(content, found.end())
    return None
