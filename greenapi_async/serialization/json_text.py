"""JSON objects that keep the text of one member, so that it can be stored exactly as received."""

import json
import re
from typing import Any

__all__ = ["ObjectWithText", "parse_object_with_text"]

_WHITESPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class ObjectWithText(dict[str, Any]):
    """A parsed JSON object, and the JSON text of one of its members."""

    text: str | None = None


def parse_object_with_text(text: str, member: str) -> Any:
    """Parse JSON once and keep the text of one member.

    Args:
        text: The JSON text.
        member: Name of the member of the top-level object whose text is kept.

    Returns:
        An ``ObjectWithText``, or the parsed value if it is not an object.

    Raises:
        ValueError: The text is not JSON.
        RecursionError: It is nested too deeply.
    """
    position = _skip(text, 0)
    if text[position : position + 1] != "{":
        return json.loads(text)
    result = ObjectWithText()
    position = _skip(text, position + 1)
    if text[position : position + 1] == "}":
        return _complete(result, text, position)
    while True:
        name, position = _DECODER.raw_decode(text, position)
        position = _skip(text, position)
        if not isinstance(name, str) or text[position : position + 1] != ":":
            raise ValueError(f"expected a member at position {position}")
        start = _skip(text, position + 1)
        result[name], end = _DECODER.raw_decode(text, start)
        if name == member:
            result.text = text[start:end]
        position = _skip(text, end)
        if text[position : position + 1] == "}":
            return _complete(result, text, position)
        if text[position : position + 1] != ",":
            raise ValueError(f"expected ',' or '}}' at position {position}")
        position = _skip(text, position + 1)


def _skip(text: str, position: int) -> int:
    if text[position : position + 1] > " ":
        return position
    match = _WHITESPACE.match(text, position)
    return match.end() if match else position


def _complete(result: ObjectWithText, text: str, position: int) -> ObjectWithText:
    if _skip(text, position + 1) != len(text):
        raise ValueError(f"unexpected data after the object at position {position + 1}")
    return result
