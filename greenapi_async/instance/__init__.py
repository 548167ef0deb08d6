"""The instance itself: sign-in, readiness checks, and delivery of notifications by webhook or polling.

Submodules are imported on first use, for example by ``instance.readiness.Readiness``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.instance import (
        delivery,
        readiness,
        sign_in,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "delivery",
    "readiness",
    "sign_in",
]
