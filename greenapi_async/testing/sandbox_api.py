"""Everything the test tools use of ``greenapi_async.sandbox``; importing it needs the extra ``sandbox``."""

from importlib.util import find_spec

from greenapi_async.errors import MissingExtraError

try:
    from greenapi_async.sandbox import ConnectionDropped, Fault, Instance, create_app
    from greenapi_async.sandbox import Sandbox as FakeServer
    from greenapi_async.sandbox.api.methods import METHODS, LongPoll
    from greenapi_async.sandbox.app import SandboxApp
    from greenapi_async.sandbox.network.long_poll import wait_for
    from greenapi_async.sandbox.server import SandboxServer
    from greenapi_async.sandbox.simulation.call_log import LoggedCall
    from greenapi_async.sandbox.simulation.content import Content, FileContent, LocationContent, PollContent, Structured
    from greenapi_async.sandbox.simulation.lifecycle import State
    from greenapi_async.sandbox.simulation.messages import Message as StoredMessage
    from greenapi_async.sandbox.simulation.messengers import MESSENGERS
    from greenapi_async.sandbox.simulation.voice_calls import Line
except ModuleNotFoundError as error:
    missing = [package for package in ("segno", "starlette", "uvicorn") if find_spec(package) is None]
    if not missing:
        raise
    raise MissingExtraError("sandbox", *missing) from error

__all__ = [
    "MESSENGERS",
    "METHODS",
    "ConnectionDropped",
    "Content",
    "FakeServer",
    "Fault",
    "FileContent",
    "Instance",
    "Line",
    "LocationContent",
    "LoggedCall",
    "LongPoll",
    "PollContent",
    "SandboxApp",
    "SandboxServer",
    "State",
    "StoredMessage",
    "Structured",
    "create_app",
    "wait_for",
]
