"""Terminal view of a replay: waiting for the bot, a line per acknowledged notification, and a summary."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final, cast

import anyio

from greenapi_async.cli.call_stats import CallStats
from greenapi_async.cli.output import Output
from greenapi_async.cli.text import format_time, printable
from greenapi_async.sandbox import Instance
from greenapi_async.testing.recordings import ReplayedNotification, ReplayResult

__all__ = ["ReplayView"]

IDLE_SECONDS: Final = 1.0
"""Seconds without a call after which the bot counts as idle."""
MAX_IDLE_WAIT: Final = 10.0
MAX_LINES: Final = 20
"""Lines per list in the summary."""


class ReplayView:
    """View of one replay. It is used in the thread of the sandbox's server.

    Attributes:
        result: Progress and outcome of the replay.
    """

    def __init__(self, output: Output, instance: Instance, total: int) -> None:
        """Create a view.

        Args:
            output: Where to print.
            instance: Instance of the sandbox.
            total: Number of notifications in the recording.
        """
        self._output = output
        self._instance = instance
        self._total = total
        self._stats = CallStats(instance.calls)
        self._pending: dict[ReplayedNotification, int] = {}
        self.result = ReplayResult()

    async def run(self, replay: Callable[..., Awaitable[ReplayResult]]) -> None:
        """Wait for the bot, replay, and wait until the bot is idle.

        Args:
            replay: ``recordings.replay`` without the arguments ``on_change`` and ``result``.
        """
        with self._instance.calls.changes.listening(self._stats.update):
            self._stats.update()  # the bot may have connected already
            await self._wait_for_bot()
            self._output.line("The bot is connected. Acknowledged notifications, with the time since queueing:\n")
            await replay(on_change=self._on_change, result=self.result)
            if not self.result.complete:
                self._output.line("The bot acknowledged nothing within the time set by --patience.")
            await self._wait_until_idle()

    def print_summary(self) -> None:
        """Print the notifications that were not acknowledged, and the totals."""
        self._stats.update()
        for notification, number in list(self._pending.items())[:MAX_LINES]:
            self._output.line(f"{self._line(notification, number)}  not acknowledged")
        for line in self._summary_lines():
            self._output.line(line)
        result = self.result
        self._output.record(
            {
                "complete": result.complete,
                "notifications": self._total - result.skipped,
                "replayed": result.queued,
                "acknowledged": result.acknowledged,
                "skipped": result.skipped,
                "sentMessages": self._sent_messages(),
                "failedCalls": self._stats.failed,
            }
        )

    def _on_change(self, notification: ReplayedNotification) -> None:
        if notification.latency is None:
            self._pending[notification] = self.result.queued
            return
        number = self._pending.pop(notification)
        self._output.line(f"{self._line(notification, number)}  {notification.latency * 1000:.0f} ms")

    def _line(self, notification: ReplayedNotification, number: int) -> str:
        width = len(str(self._total))
        body: dict[str, Any] = notification.body
        sender: Any = body.get("senderData")
        holder = cast("dict[str, Any]", sender) if isinstance(sender, dict) else body
        chat_id = holder.get("chatId", body.get("from"))
        chat = f"  {printable(chat_id)}" if isinstance(chat_id, str) else ""
        time = format_time(notification.queued_at)
        return f"{number:>{width}}/{self._total}  {time}  {printable(body.get('typeWebhook'))}{chat}"

    def _summary_lines(self) -> Iterator[str]:
        result = self.result
        yield (
            f"\nReplayed {result.queued} of {_count(self._total - result.skipped, 'notification')}: "
            f"{result.acknowledged} acknowledged, {result.queued - result.acknowledged} not acknowledged."
        )
        if result.skipped:
            yield f"Skipped {_count(result.skipped, 'recorded body', 'recorded bodies')} without JSON fields."
        sent = self._sent_messages()
        yield f"The bot sent {_count(sent.total(), 'message')}{':' if sent else '.'}"
        yield from _list_lines(Counter({f"to {chat_id}": number for chat_id, number in sent.items()}))
        failed = self._stats.failed
        yield f"Failed API calls: {failed.total() or 'none'}"
        yield from _list_lines(failed)

    def _sent_messages(self) -> Counter[str]:
        instance = self._instance
        delivered = [message for chat in instance.chats.values() for message in chat.messages]
        queued = [queued.message for queued in instance.outbox]
        messages = [*delivered, *instance.chats.undelivered, *queued]
        return Counter(message.chat_id for message in messages if message.type == "outgoing" and message.by_api)

    async def _wait_for_bot(self) -> None:
        while not (self._stats.polls or self._instance.settings["webhookUrl"]):
            changed = anyio.Event()
            with self._instance.changes.listening(changed.set), self._instance.calls.changes.listening(changed.set):
                await changed.wait()

    async def _wait_until_idle(self) -> None:
        with anyio.move_on_after(MAX_IDLE_WAIT):
            while True:
                calls = self._stats.others
                await anyio.sleep(IDLE_SECONDS)
                if self._stats.others == calls and not self._stats.pending_others:
                    return


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number or 'no'} {singular if number == 1 else plural or f'{singular}s'}"


def _list_lines(counts: Counter[str]) -> Iterator[str]:
    for item, number in counts.most_common(MAX_LINES):
        yield f"  {number} {item}"
    if len(counts) > MAX_LINES:
        yield f"  and {len(counts) - MAX_LINES} more"
