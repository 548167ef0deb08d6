"""What the fixture does around a test.

It is a sync fixture, because those of pytest-asyncio and of anyio differ. What must be done in the test's own event
loop is done by a function around the test's: both plugins call what stands in ``item.obj``.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from greenapi_async import testing
from greenapi_async.testing.virtual_clock import RealTime, VirtualTime

if TYPE_CHECKING:
    from greenapi_async.testing.sandbox import Sandbox

__all__ = ["opened"]


@attrs.frozen
class _Options:
    socket: bool = False
    time: str | None = None


@contextmanager
def opened(request: pytest.FixtureRequest) -> "Generator[Sandbox]":
    """Give the sandbox of a test."""
    item: Any = request.node
    options = _options(item)
    real = options.socket or options.time == "real"
    is_async = _is_async(item)
    if not (is_async or options.socket):
        pytest.fail(
            "the fixture sandbox works in an async test; write `async def`, or mark the test with "
            "@pytest.mark.sandbox(socket=True) if its bot is a process of its own",
            pytrace=False,
        )
    _require_extra()
    if not real and "anyio_backend" in item.fixturenames:
        _make_trio_jump(item, request.getfixturevalue("anyio_backend"))
    with ExitStack() as stack:
        time = RealTime() if real else VirtualTime()
        stack.callback(time.end)
        sandbox = _sandbox(stack, time, options, lambda text: item.add_report_section("call", "sandbox", text))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in sandbox.environment.items():
            environment.setenv(name, value)
        if is_async:
            stack.enter_context(_wrapped(item, time, sandbox))
        yield sandbox


def _options(item: pytest.Item) -> _Options:
    marker = item.get_closest_marker("sandbox")
    try:
        options = _Options(*marker.args, **marker.kwargs) if marker is not None else _Options()
    except TypeError as error:
        pytest.fail(f"@pytest.mark.sandbox takes socket= and time=: {error}", pytrace=False)
    if options.time not in {None, "virtual", "real"} or (options.socket and options.time == "virtual"):
        pytest.fail(
            '@pytest.mark.sandbox takes time="virtual" or time="real", and on a socket time is always real',
            pytrace=False,
        )
    return options


def _is_async(item: Any) -> bool:
    function = getattr(item, "obj", None)
    if hasattr(function, "hypothesis"):
        pytest.fail(
            "the fixture sandbox does not work with hypothesis, which calls the test many times with one fixture; make "
            "the examples in one test, or a sandbox in each by greenapi_async.sandbox",
            pytrace=False,
        )
    return inspect.iscoroutinefunction(function)


def _require_extra() -> None:
    try:
        testing.Sandbox  # noqa: B018  imports it
    except ModuleNotFoundError as error:
        words = str(error)
    else:
        return
    pytest.fail(words, pytrace=False)


def _sandbox(
    stack: ExitStack, time: RealTime | VirtualTime, options: _Options, show: Callable[[str], None]
) -> "Sandbox":
    from greenapi_async.sandbox import Sandbox as State  # noqa: PLC0415  an extra
    from greenapi_async.testing.backend import InProcess, OnSocket  # noqa: PLC0415
    from greenapi_async.testing.sandbox import Sandbox  # noqa: PLC0415

    state = State(time.clock, seed=1)
    if not options.socket:
        return Sandbox(InProcess(state, time), show)
    from greenapi_async.sandbox.server import SandboxServer  # noqa: PLC0415

    return Sandbox(OnSocket(stack.enter_context(SandboxServer(state)), time), show)


def _make_trio_jump(item: Any, backend: str | tuple[str, dict[str, Any]]) -> None:
    """Give this test a run of trio with a clock that jumps, where nobody chose another."""
    name, chosen = (backend, dict[str, Any]()) if isinstance(backend, str) else backend
    if name == "trio" and "clock" not in chosen:
        from greenapi_async.testing.trio_time import jumping_clock  # noqa: PLC0415

        item.funcargs["anyio_backend"] = (name, {**chosen, "clock": jumping_clock()})


@contextmanager
def _wrapped(item: Any, time: RealTime | VirtualTime, sandbox: "Sandbox") -> Generator[None]:
    function: Callable[..., Coroutine[Any, Any, object]] = item.obj

    @functools.wraps(function)
    async def around(*arguments: Any, **options: Any) -> None:
        __tracebackhide__ = True
        time.begin()
        with anyio.CancelScope() as scope:
            sandbox.record.interrupt = scope.cancel
            try:
                await function(*arguments, **options)
            except anyio.get_cancelled_exc_class() as cancelled:
                if sandbox.record.fatal is not None:
                    raise sandbox.record.fatal from cancelled
                raise
        if (overlooked := sandbox.record.overlooked()) is not None:
            pytest.fail(f"{overlooked.words}; and nobody asked: write `assert await ....hears(...)`", pytrace=False)

    item.obj = around
    try:
        yield
    finally:
        item.obj = function
