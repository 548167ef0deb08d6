"""A fake GREEN-API server, written from the manual: to learn with, and to test against without a phone.

`Sandbox` is the state, `create_app` serves it over ASGI, `greenapi_async.sandbox.server` over a socket.
"""

from greenapi_async.sandbox.app import create_app
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.wire.dropping import ConnectionDropped
from greenapi_async.sandbox.world.clock import ManualClock
from greenapi_async.sandbox.world.faults import Fault
from greenapi_async.sandbox.world.instance import Instance

__all__ = ["ConnectionDropped", "Fault", "Instance", "ManualClock", "Sandbox", "create_app"]
