"""Conversion between JSON and models.

Submodules are imported on first use, for example by ``serialization.converter.structure``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.serialization import (
        converter,
        decoders,
        encoding,
        identities,
        journals,
        json_text,
        notifications,
        storage,
        unknown_fields,
        vcard,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "converter",
    "decoders",
    "encoding",
    "identities",
    "journals",
    "json_text",
    "notifications",
    "storage",
    "unknown_fields",
    "vcard",
]
