"""Phone numbers written for calls within a country. Needs the extra ``phones`` (phonenumberslite)."""

from importlib import import_module
from typing import Any

from greenapi_async.errors import InvalidArgumentError, MissingExtraError

try:
    _phonenumbers: Any = import_module("phonenumbers")
except ImportError:
    raise MissingExtraError("phones", "phonenumberslite") from None

__all__ = ["regional_digits"]


def regional_digits(phone: str, region: str) -> str:
    """Return the digits of a phone number in international form.

    Args:
        phone: The number as it is written in the region, or in international form with ``+``.
        region: Country code of ISO 3166, for example ``RU``.

    Raises:
        InvalidArgumentError: The region is unknown, or no number of it has this form.
    """
    country = str(region).upper()
    if country not in _phonenumbers.SUPPORTED_REGIONS:
        raise InvalidArgumentError(f"region is {region!r}; expected a country code of two letters, for example 'RU'")
    try:
        number = _phonenumbers.parse(phone, country)
    except _phonenumbers.NumberParseException:
        number = None
    if number is None or not _phonenumbers.is_possible_number(number):
        raise InvalidArgumentError(f"the phone number is {phone!r}, which is no number of the region {country}")
    return str(_phonenumbers.format_number(number, _phonenumbers.PhoneNumberFormat.E164)).removeprefix("+")
