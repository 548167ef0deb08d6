"""Limits and advice that the methods of catalogues share. Source: the vendor's documentation, beyond the manual."""

import re
from typing import Final

from greenapi_async.http import validation
from greenapi_async.http.endpoint import ErrorPattern

__all__ = ["BUSINESS_ONLY", "COUNT", "NOT_FOUND", "PER_SECOND", "PRODUCT_IDS", "text"]

PER_SECOND: Final = 1
"""Requests per second of each method. WhatsApp closes its catalogue interface for some time to accounts that call it
often, and no document says how often that is; this is the library's choice."""

BUSINESS_ONLY: Final = {
    ErrorPattern(400, "catalog mutations"): "Only a WhatsApp Business account with a catalogue, which is created on "
    "the phone first, can change products and collections."
}
NOT_FOUND: Final = (ErrorPattern(400, "not found"),)


text: Final = validation.matches(re.compile(r".*\S.*", re.DOTALL), "a text that is not empty")
COUNT: Final = validation.integer(1)
PRODUCT_IDS: Final = validation.list_of(text, min_items=1)
