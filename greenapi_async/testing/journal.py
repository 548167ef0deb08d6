"""Journal of a test: API calls, bots and explanations, shown when the test fails."""

import traceback
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from inspect import CORO_CREATED, getcoroutinestate
from typing import TYPE_CHECKING, Any, TypeVar

from greenapi_async.testing.messages import Message
from greenapi_async.testing.report import Explanation
from greenapi_async.testing.sandbox_api import Instance, LoggedCall
from greenapi_async.testing.server import InProcessServer, Server

if TYPE_CHECKING:
    from greenapi_async.testing.running import Running

__all__ = ["Journal"]

T = TypeVar("T")

_MAX_MESSAGES = 30
"""Messages of a chat shown for a failure."""


class Journal:
    """Record of one test.

    Attributes:
        bots: The bots that ran.
        fatal: An error that is not an ``Exception``, such as that of ``pytest.fail`` in a handler; it ends the test.
        cancel_test: Cancels the running test.
    """

    def __init__(self, server: Server, add_section: Callable[[str], None]) -> None:
        """Create an empty journal.

        Args:
            server: The fake server.
            add_section: Adds a text to pytest's report of the test.
        """
        self.bots: list[Running] = []
        self.fatal: BaseException | None = None
        self.cancel_test: Callable[[], object] = lambda: None
        self._server = server
        self._add_section = add_section
        self._calls: dict[int, list[LoggedCall]] = {}
        self._subscriptions = ExitStack()  # never closed: they last as long as the sandbox
        self._explanations: list[Explanation] = []
        self._expectations: list[tuple[str, Coroutine[Any, Any, Any]]] = []

    def record_calls(self, instance: Instance) -> None:
        """Record every API call of an instance from now on; the instance's own log is bounded."""
        calls = self._calls[instance.id_instance] = []

        def record_latest() -> None:
            latest = instance.calls[-1]
            if not calls or latest.number > calls[-1].number:
                calls.append(latest)

        self._subscriptions.enter_context(instance.calls.changes.listening(record_latest))

    def calls(self, instance: Instance) -> list[LoggedCall]:
        """Return the API calls of an instance, oldest first."""
        return list(self._calls[instance.id_instance])

    def explain(self, problem: str, instance: Instance, chat: Sequence[Message]) -> Explanation:
        """Create an explanation of one line, and add the details to pytest's report.

        Args:
            problem: What was expected and what happened instead.
            instance: The instance in question.
            chat: Messages of the chat in question.
        """
        calls = self.calls(instance)
        failures = [error for bot in self.bots for error in bot.failures]
        raised = [f"the bot raised {type(error).__name__}: {error}" for error in failures[:1]]
        reason = "; ".join([problem, *raised, *self._hints(instance), _summarize_calls(calls)])
        explanation = Explanation(reason)
        self._explanations.append(explanation)
        self._add_section("\n".join([reason, *_list_chat(chat), *_list_calls(calls), *_list_failures(failures)]))
        return explanation

    def expect(self, name: str, coroutine: Coroutine[Any, Any, T]) -> Coroutine[Any, Any, T]:
        """Remember an expectation, to find out whether the test awaited it.

        Args:
            name: Name of the method.
            coroutine: What the test must await.
        """
        self._expectations.append((name, coroutine))
        return coroutine

    def unawaited(self) -> str | None:
        """Return the name of an expectation that the test has not awaited, if any, and close all of these."""
        forgotten = [(name, one) for name, one in self._expectations if getcoroutinestate(one) == CORO_CREATED]
        for _, one in forgotten:
            one.close()
        return forgotten[0][0] if forgotten else None

    def abort(self, error: BaseException) -> None:
        """End the test with an error that is not an ``Exception``."""
        self.fatal = error
        self.cancel_test()

    def unchecked(self) -> Explanation | None:
        """Return an explanation that the test has not looked at, if any."""
        return next((each for each in self._explanations if not each.checked), None)

    def _hints(self, instance: Instance) -> list[str]:
        """Return possible causes."""
        unreceived = self._server.call(lambda: len(instance.notifications))
        unsent = self._server.call(lambda: len(instance.outbox))
        hints = [f"the instance is {instance.state}"] if instance.state != "authorized" else []
        if unreceived:
            hints.append(f"notifications waiting for a bot: {unreceived}")
        if unsent:
            hints.append(f"messages waiting to be sent: {unsent}")
        if isinstance(self._server, InProcessServer):
            solution = "needs @pytest.mark.sandbox(socket=True)"
            if not self.bots and not self.calls(instance):
                hints.append(f"a bot that uses Client.from_env() {solution}")
            if instance.settings["webhookUrl"]:
                hints.append(f"a bot with a webhook URL {solution}")
        return hints


def _summarize_calls(calls: Sequence[LoggedCall]) -> str:
    failed = [call for call in calls if (call.status or 0) >= 400 or (call.status is None and call.took is not None)]
    summary = f"API calls: {len(calls)}"
    return f"{summary}, {len(failed)} failed (last: {_describe(failed[-1])})" if failed else summary


def _describe(call: LoggedCall) -> str:
    return f"{call.method} {call.status or ('pending' if call.took is None else 'connection dropped')}"


def _list_chat(chat: Sequence[Message]) -> list[str]:
    if not chat:
        return []
    shown = chat[-_MAX_MESSAGES:]
    lines = [
        f"  {'bot' if message.from_bot else message.sender}: {message.text!r} ({message.type})" for message in shown
    ]
    return ["", "Chat:", *lines]


def _list_calls(calls: Sequence[LoggedCall]) -> list[str]:
    if not calls:
        return []
    counts = Counter(map(_describe, calls))
    return ["", "API calls:", *(f"  {call}: {count}" for call, count in counts.items())]


def _list_failures(failures: Sequence[BaseException]) -> list[str]:
    return [f"\n{''.join(traceback.format_exception(error))}" for error in failures]
