"""Limits and advice that the methods of catalogues share. Source: the vendor's documentation, beyond the manual."""

import re
from typing import Any, Final

from greenapi_async.http import validation
from greenapi_async.http.endpoint import ErrorPattern

__all__ = ["BUSINESS_ONLY", "COUNT", "NOT_FOUND", "PER_SECOND", "PRODUCT_IDS", "flag", "text", "whole_number"]

PER_SECOND: Final = 1
"""Requests per second of each method. WhatsApp closes its catalogue interface for some time to accounts that call it
often, and no document says how often that is; this is the library's choice."""

BUSINESS_ONLY: Final = {
    ErrorPattern(400, "catalog mutations"): "Only a WhatsApp Business account with a catalogue, which is created on "
    "the phone first, can change products and collections."
}
NOT_FOUND: Final = (ErrorPattern(400, "not found"),)


def whole_number(minimum: int) -> validation.Validator:
    """Return a validator for integers.

    Args:
        minimum: The smallest allowed value.
    """

    def check(value: Any) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and value >= minimum:
            return None
        return f"is {value!r}; expected an integer from {minimum}"

    return check


text: Final = validation.matches(re.compile(r".*\S.*", re.DOTALL), "a text that is not empty")
flag: Final = validation.boolean
COUNT: Final = whole_number(1)
PRODUCT_IDS: Final = validation.list_of(text, min_items=1)
