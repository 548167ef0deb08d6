"""Conversion between JSON and models.

Submodules are imported on first use, for example by ``serialization.converter.structure``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.serialization import (
        converter,
        decoders,
        encoding,
        formatting,
        identities,
        journals,
        json_text,
        markdown,
        notifications,
        storage,
        unknown_fields,
        vcard,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "converter",
    "decoders",
    "encoding",
    "formatting",
    "identities",
    "journals",
    "json_text",
    "markdown",
    "notifications",
    "storage",
    "unknown_fields",
    "vcard",
]
