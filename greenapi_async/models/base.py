"""What every model has."""

from collections.abc import Mapping
from typing import Any

import attrs

__all__ = ["LIFTED", "Model", "wire"]

LIFTED = {"lifted": True}
"""Metadata of an attribute that is not read by its name, but set by what reads the object."""


@attrs.frozen(kw_only=True)
class Model:
    """Something the server said. Every documented field may be missing, and then is None."""

    raw: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, eq=False, metadata=LIFTED)
    """The object as received, with the fields that no attribute names."""


def wire(*names: str) -> dict[str, tuple[str, ...]]:
    """Name an attribute as the wire does, where that is not its own name in camelCase; the first name is sent."""
    return {"wire": names}
