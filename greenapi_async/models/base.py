"""Base class of all models."""

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["DERIVED", "Model", "json_names"]

DERIVED = {"derived": True}
"""Metadata of a field that is not read from the JSON field of its name; the parser sets it."""


@attrs.frozen(kw_only=True)
class Model:
    """Object received from the server. A documented field that is missing is None.

    Attributes:
        raw: The JSON object as received, including fields that have no attribute.
    """

    raw: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, eq=False, metadata=DERIVED)


def json_names(*names: str) -> dict[str, tuple[str, ...]]:
    """Return field metadata with the JSON names of the field, if its name in camelCase is not the only one.

    Args:
        names: Names accepted when reading; the first is used when writing.
    """
    return {"json_names": names}
