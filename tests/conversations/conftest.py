"""The fixtures of the plugin, as users have them, instead of those of this suite."""

from greenapi_async.testing import anyio_backend
from greenapi_async.testing.plugin import sandbox

__all__ = ["anyio_backend", "sandbox"]
