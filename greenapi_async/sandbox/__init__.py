"""A fake GREEN-API server, written from the manual: to learn with, and to test against without a phone.

`Sandbox` is the state, `create_app` serves it over ASGI, `greenapi_async.sandbox.server` over a socket.
"""

from greenapi_async.sandbox.app import create_app
from greenapi_async.sandbox.clock import ManualClock
from greenapi_async.sandbox.dropping import ConnectionDropped
from greenapi_async.sandbox.faults import Fault
from greenapi_async.sandbox.instance import Instance
from greenapi_async.sandbox.state import Sandbox

__all__ = ["ConnectionDropped", "Fault", "Instance", "ManualClock", "Sandbox", "create_app"]
