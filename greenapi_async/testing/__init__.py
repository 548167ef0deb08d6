"""Tests of bots: people who write to them, a fake server, and a day that passes at once.

The fixture ``sandbox`` is there in every run of pytest, once the package is installed with its extra ``sandbox``::

    async def test_it_answers(sandbox: Sandbox) -> None:
        anna = sandbox.contact("79001234567", name="Anna")
        async with sandbox.runs(router):
            await anna.says("hi")
            assert await anna.hears("hello")

The test is an async one, run by pytest-asyncio or by anyio's plugin, on asyncio or on trio. It runs in process and in
virtual time: when nothing is left to do, the clock of the event loop jumps to the next timer. What does not take its
time from the event loop, as ``datetime.now``, does not follow; ``sandbox.clock`` can be handed to what takes a clock.

``@pytest.mark.sandbox(socket=True)`` serves on a real socket and in real time, for a bot that is a process of its own
or is made by ``Client.from_env()``; ``@pytest.mark.sandbox(time="real")`` leaves time alone.

The fixture ``client`` is ``sandbox.client``, for tests that call the API themselves. Where another plugin has a fixture
of that name, as pytest-django does, it keeps it.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenapi_async.testing.backends import anyio_backend
    from greenapi_async.testing.messages import Button, File, Message
    from greenapi_async.testing.people import Contact, Group
    from greenapi_async.testing.report import Explanation
    from greenapi_async.testing.running import Running
    from greenapi_async.testing.sandbox import Sandbox

__all__ = ["Button", "Contact", "Explanation", "File", "Group", "Message", "Running", "Sandbox", "anyio_backend"]

_HOME_OF = {
    "Button": "messages",
    "Contact": "people",
    "Explanation": "report",
    "File": "messages",
    "Group": "people",
    "Message": "messages",
    "Running": "running",
    "Sandbox": "sandbox",
    "anyio_backend": "backends",
}


def __getattr__(name: str) -> object:  # the plugin is loaded in every run of pytest, and must cost it nothing
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        value: object = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    except ModuleNotFoundError as error:
        missing = (error.name or "an extra").partition(".")[0]
        words = f"{__name__} needs {missing}: pip install 'greenapi-async[sandbox]'"
        raise ModuleNotFoundError(words, name=error.name) from error
    globals()[name] = value
    return value
