"""The sandbox as one ASGI app: the API, and the control API beside it."""

from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.api import Api
from greenapi_async.sandbox.control import control_app
from greenapi_async.sandbox.state import Sandbox


class SandboxApp:
    """An ASGI app over a sandbox; runs on asyncio and on trio."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._api = Api(sandbox)
        self._control = control_app(sandbox)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        ours = scope["type"] == "http" and not scope["path"].startswith("/sandbox/")
        await (self._api if ours else self._control)(scope, receive, send)

    def close(self) -> None:
        """End every call under way, dropping its connection."""
        self._api.close()


def create_app(sandbox: Sandbox) -> SandboxApp:
    """Make the ASGI app that serves a sandbox."""
    return SandboxApp(sandbox)
