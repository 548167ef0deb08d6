"""The fixtures of the plugin, for examples that are tested in process."""

from greenapi_async.testing import anyio_backend
from greenapi_async.testing.plugin import sandbox

__all__ = ["anyio_backend", "sandbox"]
