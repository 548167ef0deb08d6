"""Refusals told with HTTP 200 (quirk 15).

The manual lists them among the errors and seldom shows the body: a flag that is false, with or without a reason beside
it, or bare words, which may stand alone as a JSON string or in a field. Manual: 1.3.7 and others, "Ошибки".
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

__all__ = ["Refusal", "refused_unless", "refused_without"]

Refusal = Callable[[Any], str | None]

_YES = (True, "true", "yes")
_TELLING = ("reason", "message", "error", "description")


def refused_unless(*flags: str, detail: str = "") -> Refusal:
    """Refuse an answer unless one of these flags is true; ``detail`` names a field that belongs to the reason."""

    def refusal(value: Any) -> str | None:
        if isinstance(value, str):
            return value or "no words were given"
        if not isinstance(value, Mapping):
            return None
        fields = cast("Mapping[str, Any]", value)
        if any(fields.get(flag) in _YES for flag in flags):
            return None
        told = next((fields[flag] for flag in flags if isinstance(fields.get(flag), str)), None) or _told(fields)
        false = next((flag for flag in flags if fields.get(flag) is False), None)
        if told is None and false is None:
            return None
        words = told or f"the server answered {false}: false"
        return f"{words} ({detail}: {fields[detail]})" if detail in fields else words

    return refusal


def refused_without(field: str) -> Refusal:
    """Refuse an answer that is words instead of an object with this field."""

    def refusal(value: Any) -> str | None:
        if isinstance(value, str):
            return value or "no words were given"
        if not isinstance(value, Mapping) or field in value:
            return None
        return _told(cast("Mapping[str, Any]", value))

    return refusal


def _told(fields: Mapping[str, Any]) -> str | None:
    return next((fields[name] for name in _TELLING if isinstance(fields.get(name), str) and fields[name]), None)
