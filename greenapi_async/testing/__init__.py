"""Test tools for bots: simulated people, a fake server, and virtual time.

The pytest plugin is loaded wherever the package is installed; its fixtures need the extra ``sandbox``::

    async def test_it_answers(sandbox: Sandbox) -> None:
        anna = sandbox.contact("79001234567", name="Anna")
        async with sandbox.runs(router):
            await anna.says("hi")
            assert await anna.hears("hello")

Tests are async and run by pytest-asyncio or by anyio's plugin, on asyncio or trio. The fake server runs in process and
in virtual time: as soon as the event loop is idle, its clock jumps to the next timer. Code that does not take its time
from the event loop, such as ``datetime.now``, does not follow; pass it ``sandbox.clock``.

``@pytest.mark.sandbox(socket=True)`` serves on a real socket in real time, for a bot that is a separate process or
creates its client with ``Client.from_env()``. ``@pytest.mark.sandbox(time="real")`` disables virtual time.

The fixture ``client`` is ``sandbox.client``. It is not registered if another plugin has a fixture of that name, as
pytest-django does.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.testing.fixture import anyio_backend
    from greenapi_async.testing.messages import Button, File, Message
    from greenapi_async.testing.owner import Owner
    from greenapi_async.testing.people import Contact, Group
    from greenapi_async.testing.report import Explanation
    from greenapi_async.testing.running import Running
    from greenapi_async.testing.sandbox import Sandbox
    from greenapi_async.testing.sound import Sound

__all__ = [
    "Button",
    "Contact",
    "Explanation",
    "File",
    "Group",
    "Message",
    "Owner",
    "Running",
    "Sandbox",
    "Sound",
    "anyio_backend",
]

_MODULES = {
    "Button": "messages",
    "Contact": "people",
    "Explanation": "report",
    "File": "messages",
    "Group": "people",
    "Message": "messages",
    "Owner": "owner",
    "Running": "running",
    "Sandbox": "sandbox",
    "Sound": "sound",
    "anyio_backend": "fixture",
}


def __getattr__(name: str) -> object:  # lazy, because every pytest run loads the plugin in this package
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value
