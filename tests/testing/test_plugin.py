"""The plugin in a user's pytest run."""

import subprocess
import sys
from pathlib import Path

import pytest

from .pytest_run import USER, run

pytestmark = pytest.mark.slow

PYTEST_ASYNCIO = (
    USER
    + """

import asyncio
import pytest_asyncio
from greenapi_async import Client


@pytest_asyncio.fixture
async def bot(sandbox: Sandbox):
    async with sandbox.runs(router) as running:
        yield running


@pytest.mark.asyncio
@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize("text", ["one", "two"])
async def test_with_a_fixture_that_runs_the_bot(sandbox: Sandbox, text: str) -> None:
    anna = sandbox.contact("79001234567")
    await asyncio.sleep(3600)
    await anna.says(text)
    assert await anna.hears("hello")


@pytest.mark.asyncio(loop_scope="module")
class TestInOneLoop:
    async def test_first(self, sandbox: Sandbox) -> None:
        await asyncio.sleep(3600)
        await test_it_answers(sandbox)

    async def test_second(self, sandbox: Sandbox) -> None:
        await asyncio.sleep(3600)
        await test_it_answers(sandbox)

    @pytest.mark.sandbox(socket=True)
    async def test_on_a_socket(self, sandbox: Sandbox) -> None:
        await test_it_answers(sandbox)


@pytest.mark.asyncio
@pytest.mark.parametrize((), [(), pytest.param(marks=pytest.mark.sandbox(socket=True))])
async def test_the_client_is_a_fixture_too(client: Client, sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await client.send_message(anna.id, "hi")
    assert await anna.hears("hi")


@pytest.mark.asyncio
async def test_without_the_fixture() -> None:
    pass
"""
)

ANYIO = (
    USER.replace("mark.asyncio", "mark.anyio")
    + """

import anyio


@pytest.fixture
async def bot(sandbox: Sandbox):
    async with sandbox.runs(router) as running:
        yield running


@pytest.mark.anyio
async def test_time_passes(sandbox: Sandbox) -> None:
    await anyio.sleep(3600)


@pytest.mark.anyio
class TestClass:
    async def test_with_a_fixture_that_runs_the_bot(self, sandbox: Sandbox, bot) -> None:
        anna = sandbox.contact("79001234567")
        await anyio.sleep(3600)
        await anna.says("hi")
        assert await anna.hears("hello")
"""
)

FAILING = (
    USER.replace('hears("hello")', 'hears("good day")')
    + """
import asyncio

@pytest.mark.asyncio
async def test_a_handler_fails_the_test(sandbox: Sandbox) -> None:
    async def never(notification):
        pytest.fail(f"called with {notification.text!r}")

    async with sandbox.runs(never):
        await sandbox.contact("79001234567").says("hi")
        await asyncio.Event().wait()  # interrupted here


@pytest.mark.asyncio
async def test_unchecked_result(sandbox: Sandbox) -> None:
    await sandbox.contact("79001234567").hears("hello")


@router.message()
async def unreached(notification: IncomingMessageReceived) -> None:
    pass
"""
)

WITHOUT_EXTRA = """
import importlib

import pytest


def test_import():
    from greenapi_async.errors import MissingExtraError

    with pytest.raises(MissingExtraError) as raised:
        from greenapi_async.testing import Sandbox
    print(raised.value)
    for module in ("expectations", "journal", "messages", "people", "sandbox", "server", "transport"):
        with pytest.raises(MissingExtraError, match="starlette"):
            importlib.import_module(f"greenapi_async.testing.{module}")


@pytest.mark.asyncio
async def test_fixture(sandbox):
    pass
"""

MISUSE = '''
import asyncio
import pytest
from hypothesis import given, strategies


def test_sync(sandbox):
    pass


@pytest.mark.asyncio
@given(number=strategies.integers())
async def test_hypothesis(sandbox, number):
    pass


@pytest.mark.asyncio
@pytest.mark.sandbox(sockets=True)
async def test_marker(sandbox):
    pass


@pytest.mark.asyncio
@pytest.mark.sandbox(socket=True, time="virtual")
async def test_both(sandbox):
    pass


class ForeignLoop(asyncio.SelectorEventLoop):
    """A loop without an accessible selector, like uvloop's."""

    _own = None

    @property
    def _selector(self):
        return self._own if self.is_running() is False or asyncio.current_task(self) is None else None

    @_selector.setter
    def _selector(self, selector):
        self._own = selector


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": ForeignLoop}


@pytest.mark.anyio
async def test_loop(sandbox):
    pass


@pytest.mark.anyio
@pytest.mark.sandbox(time="real")
async def test_loop_in_real_time(sandbox):
    pass
'''


def test_a_test_of_twenty_lines_passes_in_pytest_asyncios_auto_mode(tmp_path: Path) -> None:
    outcome = run(tmp_path, USER.replace("@pytest.mark.asyncio\n", ""), "--asyncio-mode=auto")
    assert outcome.counts == {"passed": 1}, outcome.output
    assert len(USER.splitlines()) <= 21


def test_fixtures_classes_and_loop_scopes_work_in_pytest_asyncios_strict_mode(tmp_path: Path) -> None:
    outcome = run(tmp_path, PYTEST_ASYNCIO)
    assert outcome.counts == {"passed": 9}, outcome.output


def test_under_anyio_tests_run_on_asyncio_and_trio(tmp_path: Path) -> None:
    outcome = run(tmp_path, ANYIO, conftest="from greenapi_async.testing import anyio_backend")
    assert outcome.counts == {"passed": 6}, outcome.output


def test_without_our_anyio_backend_only_async_fixtures_on_trio_fail(tmp_path: Path) -> None:
    outcome = run(tmp_path, ANYIO)
    assert outcome.counts == {"passed": 5, "error": 1}, outcome.output
    assert "Put `from greenapi_async.testing import anyio_backend` into conftest.py" in outcome.output


FORGETFUL = (
    USER
    + """

@pytest.mark.asyncio
async def test_without_await(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        await anna.says("hi")
        assert anna.hears("something else")


@pytest.mark.asyncio
async def test_silence_without_await(sandbox: Sandbox) -> None:
    group = sandbox.group("Team", sandbox.contact("79001234567"))
    assert group.hears_nothing()


@pytest.mark.asyncio
async def test_awaited_in_a_task(sandbox: Sandbox) -> None:
    import asyncio

    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router), asyncio.TaskGroup() as tasks:
        heard = tasks.create_task(anna.hears("hello"))
        await anna.says("hi")
    assert heard.result()
"""
)


def test_an_expectation_without_await_fails_the_test(tmp_path: Path) -> None:
    outcome = run(tmp_path, FORGETFUL)
    assert outcome.counts == {"failed": 2, "passed": 2}, outcome.output
    for name in ("hears", "hears_nothing"):
        assert f"{name}() was called without await, so it checked nothing: write `assert await person.{name}(...)`" in (
            outcome.output
        )
    assert "never awaited" not in outcome.output


def test_a_failure_explains_itself(tmp_path: Path) -> None:
    outcome = run(tmp_path, FAILING)
    assert outcome.counts == {"failed": 3}, outcome.output
    for text in (
        "AssertionError: assert <expected 'good day' within 30 s, got 'hello'; API calls: ",
        "Captured sandbox call",
        "  79001234567@c.us: 'hi' (textMessage)\n  bot: 'hello' (textMessage)\n",
        "  sendMessage 200: 1\n",
        "await asyncio.Event().wait()  # interrupted here",
        "Failed: called with 'hi'",
        "The test did not check this result: write `assert await person.hears(...)`",
    ):
        assert text in outcome.output


def test_misuse_is_refused_with_a_clear_message(tmp_path: Path) -> None:
    outcome = run(tmp_path, MISUSE)
    assert outcome.counts == {"passed": 1, "failed": 1, "errors": 4}, outcome.output
    for text in (
        "the fixture sandbox needs an async test. Write `async def`",
        "the fixture sandbox does not support hypothesis",
        "@pytest.mark.sandbox accepts socket=, time= and messenger=, got sockets=True",
        "with socket=True, time is always real",
        "virtual time needs asyncio's own selector event loop, but this test runs on test_bot.ForeignLoop.",
    ):
        assert text in outcome.output


def test_a_missing_extra_is_reported_with_the_command_to_install_it(tmp_path: Path) -> None:
    message = "starlette is not installed; run: pip install 'greenapi-async[sandbox]'"
    outcome = run(tmp_path, WITHOUT_EXTRA, "-rP", conftest="import sys\nsys.modules['starlette'] = None")
    assert outcome.counts == {"error": 1, "passed": 1}, outcome.output
    assert outcome.output.count(message) == 2, outcome.output


def test_a_pytest_run_without_the_fixtures_imports_nothing_else() -> None:
    code = (
        "import pytest, sys; old = {*sys.modules}; import greenapi_async.testing.plugin; print(*{*sys.modules} - old)"
    )
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(loaded.split()) == {"greenapi_async", "greenapi_async.testing", "greenapi_async.testing.plugin"}


def test_a_client_fixture_of_another_plugin_is_kept(tmp_path: Path) -> None:
    other = "import pytest\n\n@pytest.fixture\ndef client():\n    return 'theirs'\n"
    (tmp_path / "other.py").write_text(other)
    source = "def test_theirs(client):\n    assert client == 'theirs'\n"
    outcome = run(tmp_path, source, "-p", "other", python_path=str(tmp_path))
    assert outcome.counts == {"passed": 1}, outcome.output
