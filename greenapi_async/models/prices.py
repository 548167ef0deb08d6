"""Prices of catalogues as ``Decimal``.

The vendor uses two scales. ``createProduct`` and ``editProduct`` take whole units ("8.50"); answers and orders have the
currency's smallest unit ("850" for 8.50 EUR, "850" for 850 JPY). Models keep the text as received and derive amounts in
whole units from it.
"""

from decimal import Decimal, InvalidOperation

__all__ = ["minor_amount", "whole_amount"]

_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMN TND",
    4: "CLF UYW",
}
"""The currencies that do not have two decimal digits (ISO 4217)."""
_DIGITS_OF = {currency: digits for digits, currencies in _DIGITS.items() for currency in currencies.split()}
_MAX_LENGTH = 40
"""Characters of a price; a longer text is no price."""


def whole_amount(price: str | None) -> Decimal | None:
    """Return a price in whole units.

    Args:
        price: The price in whole units.

    Returns:
        The amount, or None if the text is not a number of reasonable size.
    """
    if price is None or len(price) > _MAX_LENGTH:
        return None
    try:
        amount = Decimal(price)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and abs(amount.adjusted()) <= _MAX_LENGTH else None


def minor_amount(price: str | None, currency: str | None) -> Decimal | None:
    """Return a price in whole units that was received in the smallest unit of its currency.

    Args:
        price: The number of smallest units.
        currency: The currency, by its ISO 4217 code; an unknown one has two decimal digits, as most have.

    Returns:
        The amount, or None if the text is not a whole number.
    """
    amount = whole_amount(price)
    if amount is None or amount != amount.to_integral_value():
        return None
    return Decimal(f"{amount:f}".partition(".")[0] + f"E-{_DIGITS_OF.get((currency or '').upper(), 2)}")
