"""What happened in a test, to be told when it fails."""

import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.simulation.call_log import LoggedCall
from greenapi_async.testing.backend import InProcess, Stage
from greenapi_async.testing.messages import Message
from greenapi_async.testing.report import Explanation

if TYPE_CHECKING:
    from greenapi_async.testing.running import Running

__all__ = ["Record"]

LATEST = 30


class Record:
    """Keeps the calls and the bots of one test; ``show`` adds a section to what pytest tells of a failure."""

    def __init__(self, stage: Stage, show: Callable[[str], None]) -> None:
        self.bots: list[Running] = []
        self.fatal: BaseException | None = None
        self.interrupt: Callable[[], object] = lambda: None
        """Ends the test that runs."""
        self._stage = stage
        self._show = show
        self._calls: dict[int, list[LoggedCall]] = {}
        self._listening = ExitStack()  # never left: for as long as the sandbox lives
        self._explanations: list[Explanation] = []

    def watch(self, instance: Instance) -> None:
        """Keep every call of an instance from now on, which its own log does not."""
        calls = self._calls[instance.id_instance] = []

        def told() -> None:
            latest = instance.calls[-1]
            if not calls or latest.number > calls[-1].number:
                calls.append(latest)

        self._listening.enter_context(instance.calls.changes.listening(told))

    def calls(self, instance: Instance) -> list[LoggedCall]:
        """Give its calls, the oldest first."""
        return list(self._calls[instance.id_instance])

    def explain(self, what: str, instance: Instance, chat: Sequence[Message]) -> Explanation:
        """Say in a line why, and show the rest."""
        calls = self.calls(instance)
        failures = [error for bot in self.bots for error in bot.failures]
        raised = [f"the bot failed: {type(error).__name__}: {error}" for error in failures[:1]]
        words = "; ".join([what, *raised, *self._hints(instance), _summary(calls)])
        explanation = Explanation(words)
        self._explanations.append(explanation)
        self._show("\n".join([words, *_chat(chat), *_calls(calls), *_failures(failures)]))
        return explanation

    def fails(self, error: BaseException) -> None:
        """Let the test end with what is no ``Exception``, as what ``pytest.fail`` raises in a handler."""
        self.fatal = error
        self.interrupt()

    def overlooked(self) -> Explanation | None:
        """Give an explanation that nobody has looked at."""
        return next((each for each in self._explanations if not each.looked_at), None)

    def _hints(self, instance: Instance) -> list[str]:
        """Say what may be the reason."""
        waiting = self._stage.do(lambda: len(instance.notifications))
        queued = self._stage.do(lambda: len(instance.outbox))
        hints = [f"the instance is {instance.state}"] if instance.state != "authorized" else []
        if waiting:
            hints.append(f"notifications that wait for a bot: {waiting}")
        if queued:
            hints.append(f"messages that wait to be sent: {queued}")
        if isinstance(self._stage, InProcess):
            on_socket = "needs @pytest.mark.sandbox(socket=True)"
            if not self.bots and not self.calls(instance):
                hints.append(f"a bot with Client.from_env() {on_socket}")
            if instance.settings["webhookUrl"]:
                hints.append(f"a bot with a webhook URL {on_socket}")
        return hints


def _summary(calls: Sequence[LoggedCall]) -> str:
    failed = [call for call in calls if (call.status or 0) >= 400 or (call.status is None and call.took is not None)]
    words = f"API calls: {len(calls)}"
    return f"{words}, {len(failed)} failed, the last {_told(failed[-1])}" if failed else words


def _told(call: LoggedCall) -> str:
    return f"{call.method} ({call.status or 'no answer'})"


def _chat(chat: Sequence[Message]) -> list[str]:
    if not chat:
        return []
    lines = [f"  {'bot' if each.from_bot else each.sender}: {each.text!r} ({each.type})" for each in chat[-LATEST:]]
    return ["", "the chat:", *lines]


def _calls(calls: Sequence[LoggedCall]) -> list[str]:
    if not calls:
        return []
    counted = Counter(map(_told, calls))
    return ["", "the API calls:", *(f"  {told}: {times}" for told, times in counted.items())]


def _failures(failures: Sequence[BaseException]) -> list[str]:
    return [f"\n{''.join(traceback.format_exception(error))}" for error in failures]
