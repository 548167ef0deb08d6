"""Errors that the server sends with HTTP 200 (quirk 15).

The manual lists these answers among a method's errors but seldom shows their bodies. They come as a flag that is false,
with or without a reason next to it, or as plain text: a JSON string of its own or the value of a field. Each function
here returns a check for ``Endpoint.refusal``: a function of the parsed JSON that returns the reason if the answer is an
error, else None. Source: manual 1.3.7 and others, "Ошибки".
"""

from collections.abc import Callable, Mapping
from typing import Any, cast

__all__ = ["error_unless_present", "error_unless_true"]

_TRUE_VALUES = (True, "true", "yes")
_REASON_FIELDS = ("reason", "message", "error", "description")


def error_unless_true(*flags: str, detail: str = "") -> Callable[[Any], str | None]:
    """Return a check for answers that are errors unless a flag is true.

    Args:
        *flags: Fields of which one is true on success.
        detail: Field to append to the reason.
    """

    def check(value: Any) -> str | None:
        if isinstance(value, str):
            return value or "no reason was given"
        if not isinstance(value, Mapping):
            return None
        fields = cast("Mapping[str, Any]", value)
        if any(fields.get(flag) in _TRUE_VALUES for flag in flags):
            return None
        reason = next((fields[flag] for flag in flags if isinstance(fields.get(flag), str)), None) or _reason(fields)
        false_flag = next((flag for flag in flags if fields.get(flag) is False), None)
        if reason is None and false_flag is None:
            return None
        reason = reason or f"the server answered {false_flag}: false"
        return f"{reason} ({detail}: {fields[detail]})" if detail in fields else reason

    return check


def error_unless_present(*names: str) -> Callable[[Any], str | None]:
    """Return a check for answers that are errors if they are text instead of an object with a field.

    Args:
        *names: Fields of which every successful answer has one.
    """

    def check(value: Any) -> str | None:
        if isinstance(value, str):
            return value or "no reason was given"
        if not isinstance(value, Mapping) or any(name in value for name in names):
            return None
        return _reason(cast("Mapping[str, Any]", value))

    return check


def _reason(fields: Mapping[str, Any]) -> str | None:
    return next((fields[name] for name in _REASON_FIELDS if isinstance(fields.get(name), str) and fields[name]), None)
