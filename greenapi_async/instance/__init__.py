"""The instance itself: sign-in, readiness checks, and delivery of notifications by webhook or polling.

Submodules are imported on first use, for example by ``instance.readiness.Readiness``.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.instance import (
        delivery,
        readiness,
        sign_in,
    )
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return import_module(f"{__name__}.{name}")


__all__ = [
    "delivery",
    "readiness",
    "sign_in",
]
