"""A fake GREEN-API server, written from the manual: to learn with, and to test against without a phone.

`Sandbox` is the state, `create_app` serves it over ASGI, `greenapi_async.sandbox.server` over a socket.
"""

from greenapi_async.sandbox.app import create_app
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.disconnect import ConnectionDropped
from greenapi_async.sandbox.simulation.clock import ManualClock
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.simulation.instance import Instance

__all__ = ["ConnectionDropped", "Fault", "Instance", "ManualClock", "Sandbox", "create_app"]
