"""A fake GREEN-API server, written from the manual: for learning, and for tests without a phone.

`Sandbox` is the state, `create_app` serves it over ASGI, and `greenapi_async.sandbox.server` over a socket. The package
imports nothing else of `greenapi_async`. Its layers, top to bottom:

- `server`, `app`: the sandbox on a socket, and as one ASGI app
- `control`: the control API under /sandbox/ and its page
- `network`: ASGI apps of the API, long polls, webhook delivery, fault injection
- `api`: routes, checks and methods of the API
- `state`: `Sandbox`
- `simulation`: instances and the people around them, without any network
- `payloads`: request and response bodies
"""

try:
    from greenapi_async.sandbox.app import create_app
    from greenapi_async.sandbox.network.disconnect import ConnectionDropped
    from greenapi_async.sandbox.simulation.clock import ManualClock
    from greenapi_async.sandbox.simulation.faults import Fault
    from greenapi_async.sandbox.simulation.instance import Instance
    from greenapi_async.sandbox.state import Sandbox
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"the sandbox needs {error.name}; run: pip install 'greenapi-async[sandbox]'", name=error.name
    ) from error

__all__ = ["ConnectionDropped", "Fault", "Instance", "ManualClock", "Sandbox", "create_app"]
