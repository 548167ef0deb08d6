"""Base class of all models."""

from collections.abc import Callable, Mapping
from typing import Any

import attrs

__all__ = ["DERIVED", "Model", "json_names"]

DERIVED = {"derived": True}
"""Metadata of a field that is not read from the JSON field of its name; the parser sets it."""


@attrs.frozen(kw_only=True)
class Model:
    """Object received from the server. A documented field that is missing or invalid is None.

    Attributes:
        raw: The JSON object as received, including fields that have no attribute.
    """

    raw: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, eq=False, metadata=DERIVED)


def json_names(*names: str, convert: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """Return field metadata with the JSON names of the field, if its name in camelCase is not the only one.

    Args:
        names: Names accepted when reading, in the order of preference; the first is used when writing.
        convert: Function that turns the received value into one of the field's type; None leaves it as it is.
    """
    return {"json_names": names, "convert": convert}
