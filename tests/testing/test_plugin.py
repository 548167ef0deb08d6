"""The plugin in a user's run of pytest."""

import subprocess
import sys
from pathlib import Path

from .inner import USER, run

KINDS = (
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
async def test_without_it() -> None:
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
async def test_a_handler_gives_up(sandbox: Sandbox) -> None:
    async def never(notification):
        pytest.fail(f"it was called with {notification.text!r}")

    async with sandbox.runs(never):
        await sandbox.contact("79001234567").says("hi")
        await asyncio.Event().wait()  # where it stood


@pytest.mark.asyncio
async def test_nobody_looks(sandbox: Sandbox) -> None:
    await sandbox.contact("79001234567").hears("hello")


@router.message()
async def unreached(notification: IncomingMessageReceived) -> None:
    pass
"""
)

WITHOUT_EXTRA = """
import pytest


def test_import():
    with pytest.raises(ModuleNotFoundError) as raised:
        from greenapi_async.testing import Sandbox
    print(raised.value)


@pytest.mark.asyncio
async def test_fixture(sandbox):
    pass
"""

WRONG = '''
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


class Odd(asyncio.SelectorEventLoop):
    """A loop whose selector is not to be had, as uvloop's."""

    _made = None

    @property
    def _selector(self):
        return self._made if self.is_running() is False or asyncio.current_task(self) is None else None

    @_selector.setter
    def _selector(self, made):
        self._made = made


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": Odd}


@pytest.mark.anyio
async def test_loop(sandbox):
    pass


@pytest.mark.anyio
@pytest.mark.sandbox(time="real")
async def test_loop_in_real_time(sandbox):
    pass
'''


def test_twenty_lines_pass_in_the_auto_mode_of_pytest_asyncio(tmp_path: Path) -> None:
    outcome = run(tmp_path, USER.replace("@pytest.mark.asyncio\n", ""), "--asyncio-mode=auto")
    assert outcome.counts == {"passed": 1}, outcome.said
    assert len(USER.splitlines()) <= 21


def test_tests_of_all_kinds_pass_in_the_strict_mode_of_pytest_asyncio(tmp_path: Path) -> None:
    outcome = run(tmp_path, KINDS)
    assert outcome.counts == {"passed": 9}, outcome.said


def test_under_anyio_tests_pass_on_asyncio_and_on_trio(tmp_path: Path) -> None:
    outcome = run(tmp_path, ANYIO, conftest="from greenapi_async.testing import anyio_backend")
    assert outcome.counts == {"passed": 6}, outcome.said


def test_without_the_backend_of_ours_trio_needs_it_for_async_fixtures_only(tmp_path: Path) -> None:
    outcome = run(tmp_path, ANYIO)
    assert outcome.counts == {"passed": 5, "error": 1}, outcome.said
    assert "put `from greenapi_async.testing import anyio_backend` into conftest.py" in outcome.said


def test_a_failure_explains_itself(tmp_path: Path) -> None:
    outcome = run(tmp_path, FAILING)
    assert outcome.counts == {"failed": 3}, outcome.said
    for words in (
        "AssertionError: assert <not heard within 30 s: 'good day'; but 'hello'; API calls: ",
        "Captured sandbox call",
        "  79001234567@c.us: 'hi' (textMessage)\n  bot: 'hello' (textMessage)\n",
        "  sendMessage (200): 1\n",
        "await asyncio.Event().wait()  # where it stood",
        "Failed: it was called with 'hi'",
        "and nobody asked: write `assert await ....hears(...)`",
    ):
        assert words in outcome.said


def test_wrong_use_is_refused_in_a_sentence(tmp_path: Path) -> None:
    outcome = run(tmp_path, WRONG)
    assert outcome.counts == {"passed": 1, "failed": 1, "errors": 4}, outcome.said
    for words in (
        "the fixture sandbox works in an async test; write `async def`",
        "the fixture sandbox does not work with hypothesis",
        "@pytest.mark.sandbox takes socket= and time=",
        "on a socket time is always real",
        "virtual time needs asyncio's own selector event loop, and this test runs on test_bot.Odd; mark the test with",
    ):
        assert words in outcome.said


def test_a_missing_extra_is_named(tmp_path: Path) -> None:
    words = "greenapi_async.testing needs starlette: pip install 'greenapi-async[sandbox]'"
    outcome = run(tmp_path, WITHOUT_EXTRA, "-rP", conftest="import sys\nsys.modules['starlette'] = None")
    assert outcome.counts == {"error": 1, "passed": 1}, outcome.said
    assert outcome.said.count(words) == 2, outcome.said


def test_what_every_run_of_pytest_loads_is_next_to_nothing() -> None:
    code = (
        "import pytest, sys; old = {*sys.modules}; import greenapi_async.testing.plugin; print(*{*sys.modules} - old)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert set(said.split()) == {"greenapi_async", "greenapi_async.testing", "greenapi_async.testing.plugin"}


def test_another_plugin_keeps_its_client(tmp_path: Path) -> None:
    other = "import pytest\n\n@pytest.fixture\ndef client():\n    return 'theirs'\n"
    (tmp_path / "other.py").write_text(other)
    source = "def test_theirs(client):\n    assert client == 'theirs'\n"
    outcome = run(tmp_path, source, "-p", "other", python_path=str(tmp_path))
    assert outcome.counts == {"passed": 1}, outcome.said
