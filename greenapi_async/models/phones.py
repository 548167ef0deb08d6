"""Phone numbers as people write them. Source: manual 1.3.11; E.164 for the lengths; ITU's list of country codes."""

import re
from typing import Any

from greenapi_async.errors import InvalidArgumentError

__all__ = ["phone_digits", "phone_error", "phone_to_wire", "suggested_number"]

_PUNCTUATION = re.compile(r"[\s().\-\u2010-\u2015]")
_TRUNK_8 = re.compile(r"\+?(?:8[\s().\-\u2010-\u2015]+.*|89[0-9]{9}|80[1-79][0-9]{8})", re.DOTALL)
"""A number of Russia, Kazakhstan or Belarus with the prefix 8: no country code is 8, none begins with 89 or 801."""


_DECIMAL = re.compile(r"\+?\d{7,}[.,]\d")
"""A number of a spreadsheet, such as ``79001234567.0``; its last digit is none of the phone number."""


def phone_digits(phone: str | int, *, region: str | None = None) -> str:
    """Return the digits of a phone number in international form.

    Args:
        phone: The number, with or without ``+`` and punctuation.
        region: Country of a number that is written without its country code, such as ``RU``; needs the extra
            ``phones``. None expects the country code.

    Raises:
        InvalidArgumentError: It is not a phone number in international form, or not one of the region.
        MissingExtraError: ``region`` is given and the extra is not installed.
    """
    if region is not None:
        from greenapi_async.models.phone_regions import regional_digits  # noqa: PLC0415  needs the extra phones

        return regional_digits(str(phone), region)
    problem = _problem(phone)
    if problem:
        raise InvalidArgumentError(f"invalid phone number {phone!r}: {problem}")
    return _digits(str(phone))


def phone_error(value: Any) -> str | None:
    """Return why a value is not a phone number in international form, or None if it is one."""
    problem = _problem(value)
    return f"is {value!r}: {problem}" if problem else None


def phone_to_wire(value: Any) -> Any:
    """Return a phone number as the integer that the server expects; what is not a phone number stays as it is."""
    return int(_digits(value)) if isinstance(value, str) and phone_error(value) is None else value


def suggested_number(value: Any) -> str | None:
    """Return how a value would be written as a number in international form; None if it does not look like a number."""
    given = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    digits = _digits(given)
    if not re.fullmatch(r"[0-9]{7,15}", digits) or digits.startswith("0") or _DECIMAL.fullmatch(given):
        return None
    if _is_with_trunk_8(given):
        return None if digits.startswith("80") else f"+7{digits[1:]}"
    return f"+{digits}"


def _problem(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return f"a {type(value).__name__} is no number; expected 7 to 15 digits with the country code"
    given = str(value).strip()
    digits = _digits(given)
    if given.startswith("-") or _DECIMAL.fullmatch(given) or not (digits.isascii() and digits.isdecimal()):
        return "only digits are allowed, with optional '+', spaces, hyphens and brackets"
    if _is_with_trunk_8(given):
        number = suggested_number(given)
        country, region, written = ("Russia", "RU", number) if number else ("Belarus", "BY", "the country code, +375")
        return (
            f"its 8 is the prefix of calls within {country} and no country code; write {written}, or use "
            f"chat_id(..., region='{region}')"
        )
    if not 7 <= len(digits) <= 15:
        return f"it has {len(digits)} digit{'' if len(digits) == 1 else 's'}; 7 to 15 are allowed, country code first"
    if digits.startswith("0"):
        return "it starts with 0; replace the 0 with the country code"
    return None


def _digits(given: str) -> str:
    return _PUNCTUATION.sub("", given).removeprefix("+").removeprefix("00")


def _is_with_trunk_8(given: str) -> bool:
    digits = _digits(given)
    return len(digits) == 11 and any(_TRUNK_8.fullmatch(written) for written in (given, digits))
