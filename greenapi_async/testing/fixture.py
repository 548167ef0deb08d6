"""Implementation of the fixtures ``sandbox`` and ``anyio_backend``.

``sandbox`` is a sync fixture, because the async fixtures of pytest-asyncio and of anyio differ. What must happen in the
test's own event loop is done by a wrapper of the test function: both plugins call ``item.obj``.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Generator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from greenapi_async.errors import MissingExtraError
from greenapi_async.testing.virtual_clock import Clock, RealClock, VirtualClock

if TYPE_CHECKING:
    from greenapi_async.testing.sandbox import Sandbox

__all__ = ["anyio_backend", "sandbox_of_test"]


@pytest.fixture(scope="module", params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    """Run anyio's tests on asyncio and on trio, both in virtual time; import it into ``conftest.py``.

    It is needed only for async fixtures on trio: they start the run, and with it the clock, before the test does.
    """
    if request.param == "trio":
        pytest.importorskip("trio")
    return _with_jumping_clock(request.param, {})


def _with_jumping_clock(name: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Add a clock for virtual time to the options of a trio run, unless they have a clock."""
    if name != "trio" or "clock" in options:
        return name, options
    from greenapi_async.testing.virtual_clock_trio import jumping_clock  # noqa: PLC0415  trio may not be installed

    return name, {**options, "clock": jumping_clock()}


@attrs.frozen
class _Options:
    socket: bool = False
    time: str | None = None
    messenger: Any = "whatsapp"


@contextmanager
def sandbox_of_test(request: pytest.FixtureRequest) -> "Generator[Sandbox]":
    """Yield the sandbox of a test.

    Fails the test if it cannot use the fixture: a sync test without a socket, hypothesis, wrong options of the marker,
    or a missing extra.
    """
    item: Any = request.node
    options = _options(item)
    real_time = options.socket or options.time == "real"
    is_async = _is_async(item)
    if not (is_async or options.socket):
        pytest.fail(
            "the fixture sandbox needs an async test. Write `async def`, or mark the test with "
            "@pytest.mark.sandbox(socket=True) if its bot is a separate process",
            pytrace=False,
        )
    _check_extra()
    if not real_time and "anyio_backend" in item.fixturenames:
        backend: str | tuple[str, dict[str, Any]] = request.getfixturevalue("anyio_backend")
        name, backend_options = (backend, {}) if isinstance(backend, str) else backend
        if name == "trio":
            item.funcargs["anyio_backend"] = _with_jumping_clock(name, backend_options)
    with ExitStack() as stack:
        clock = RealClock() if real_time else VirtualClock()
        stack.callback(clock.uninstall)
        sandbox = _sandbox(stack, clock, options, lambda text: item.add_report_section("call", "sandbox", text))
        environment = stack.enter_context(pytest.MonkeyPatch.context())
        for name, value in sandbox.environment.items():
            environment.setenv(name, value)
        if is_async:
            stack.enter_context(_wrapped_test(item, clock, sandbox))
        yield sandbox


def _options(item: pytest.Item) -> _Options:
    marker = item.get_closest_marker("sandbox")
    if marker is None:
        return _Options()
    try:
        options = _Options(*marker.args, **marker.kwargs)
    except TypeError:
        given = [*map(repr, marker.args), *(f"{name}={value!r}" for name, value in marker.kwargs.items())]
        pytest.fail(
            f"@pytest.mark.sandbox accepts socket=, time= and messenger=, got {', '.join(given)}", pytrace=False
        )
    if options.time not in {None, "virtual", "real"} or (options.socket and options.time == "virtual"):
        pytest.fail(
            '@pytest.mark.sandbox accepts time="virtual" or time="real"; with socket=True, time is always real',
            pytrace=False,
        )
    if options.messenger not in {"whatsapp", "max", "telegram"}:
        pytest.fail(
            f'@pytest.mark.sandbox accepts messenger="whatsapp", "max" or "telegram", got {options.messenger!r}',
            pytrace=False,
        )
    return options


def _is_async(item: Any) -> bool:
    function = getattr(item, "obj", None)
    if hasattr(function, "hypothesis"):
        pytest.fail(
            "the fixture sandbox does not support hypothesis, which runs the test many times with the same fixture. "
            "Loop over the examples in one test, or create a greenapi_async.sandbox.Sandbox for each example",
            pytrace=False,
        )
    return inspect.iscoroutinefunction(function)


def _check_extra() -> None:
    try:
        import_module("greenapi_async.testing.sandbox_api")
    except MissingExtraError as error:
        message = str(error)
    else:
        return
    pytest.fail(message, pytrace=False)


def _sandbox(stack: ExitStack, clock: Clock, options: _Options, add_section: Callable[[str], None]) -> "Sandbox":
    from greenapi_async.testing.sandbox import Sandbox  # noqa: PLC0415  needs the extra
    from greenapi_async.testing.sandbox_api import FakeServer, SandboxServer  # noqa: PLC0415  needs the extra
    from greenapi_async.testing.server import InProcessServer, SocketServer  # noqa: PLC0415  needs the extra

    state = FakeServer(clock, seed=1)
    if options.socket:
        served = SocketServer(stack.enter_context(SandboxServer(state)), clock)
        return Sandbox(served, add_section, messenger=options.messenger)
    return Sandbox(InProcessServer(state, clock), add_section, messenger=options.messenger)


@contextmanager
def _wrapped_test(item: Any, clock: Clock, sandbox: "Sandbox") -> Generator[None]:
    function: Callable[..., Coroutine[Any, Any, object]] = item.obj

    @functools.wraps(function)
    async def wrapper(*arguments: Any, **options: Any) -> None:
        __tracebackhide__ = True
        clock.install()
        with anyio.CancelScope() as scope:
            sandbox.journal.cancel_test = scope.cancel
            try:
                await function(*arguments, **options)
            except anyio.get_cancelled_exc_class() as cancelled:
                if sandbox.journal.fatal is not None:
                    raise sandbox.journal.fatal from cancelled
                raise
        if (forgotten := sandbox.journal.unawaited()) is not None:
            pytest.fail(
                f"{forgotten}() was called without await, so it checked nothing: "
                f"write `assert await person.{forgotten}(...)`",
                pytrace=False,
            )
        if (explanation := sandbox.journal.unchecked()) is not None:
            pytest.fail(
                f"{explanation.reason}. The test did not check this result: write `assert await person.hears(...)`",
                pytrace=False,
            )

    item.obj = wrapper
    try:
        yield
    finally:
        item.obj = function
