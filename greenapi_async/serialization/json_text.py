"""JSON objects that keep the text of one member, so that it can be stored exactly as received."""

import json
import re
from typing import Any

__all__ = ["ObjectWithText", "parse_object_with_text"]

_OPENING = re.compile(r"[ \t\n\r]*\{[ \t\n\r]*")
_COLON = re.compile(r"[ \t\n\r]*:[ \t\n\r]*")
_FOLLOWING = re.compile(r"[ \t\n\r]*([,}])[ \t\n\r]*")
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
    opening = _OPENING.match(text)
    if opening is None:
        return json.loads(text)
    result = ObjectWithText()
    position = opening.end()
    if text.startswith("}", position):
        return _complete(result, text, position + 1)
    while True:
        name, end = _DECODER.raw_decode(text, position)
        colon = _COLON.match(text, end)
        if colon is None or not isinstance(name, str):
            raise ValueError(f"expected a member at position {end}")
        start = colon.end()
        result[name], end = _DECODER.raw_decode(text, start)
        if name == member:
            result.text = text[start:end]
        following = _FOLLOWING.match(text, end)
        if following is None:
            raise ValueError(f"expected ',' or '}}' at position {end}")
        position = following.end()
        if following[1] == "}":
            return _complete(result, text, position)


def _complete(result: ObjectWithText, text: str, end: int) -> ObjectWithText:
    if text[end:].strip(" \t\n\r"):
        raise ValueError(f"unexpected data after the object at position {end}")
    return result
