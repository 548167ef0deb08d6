"""The instance itself: sign-in, readiness, delivery by webhook or polling; the partner API, which creates instances.

Submodules are imported on first use, for example by ``instance.readiness.Readiness``.
"""

from typing import TYPE_CHECKING

from greenapi_async._internal.lazy import lazy_modules

if TYPE_CHECKING:
    from greenapi_async.instance import (
        delivery,
        environment,
        health,
        partner,
        readiness,
        sign_in,
    )
else:
    __getattr__ = lazy_modules(__name__)

__all__ = [
    "delivery",
    "environment",
    "health",
    "partner",
    "readiness",
    "sign_in",
]
