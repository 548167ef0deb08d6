"""A replay as it is seen in a terminal: waiting for the bot, one line for each notification, and the sum."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, Protocol, cast

import anyio

from greenapi_async.cli.call_stats import Tally
from greenapi_async.cli.terminal import Terminal
from greenapi_async.cli.text import moment, plain
from greenapi_async.recordings import Fed, Replayed
from greenapi_async.sandbox import Instance

__all__ = ["Play", "Playing"]

REST: Final = 1.0
"""Seconds without a call, after which the bot is taken to have nothing more to say."""
LONGEST_REST: Final = 10.0
SHOWN: Final = 20
"""Lines of each list in the sum."""


class Play(Protocol):
    """``recordings.replay`` with all but these two given."""

    async def __call__(self, *, told: Any, into: Replayed) -> Replayed:
        """Feed the recording."""
        ...


class Playing:
    """One replay; belongs to the thread of the sandbox's server."""

    def __init__(self, console: Terminal, instance: Instance, total: int) -> None:
        self._console = console
        self._instance = instance
        self._total = total
        self._tally = Tally(instance.calls)
        self._waiting: dict[Fed, int] = {}
        self.result = Replayed()

    async def play(self, play: Play) -> None:
        """Wait for a bot, feed the recording to it, and give it time to answer the last."""
        with self._instance.calls.changes.listening(self._tally.look):
            await self._bot_comes()
            self._console.print("The bot is here. What it acknowledges, and how long after it could be had:\n")
            await play(told=self._told, into=self.result)
            if not self.result.complete:
                self._console.print("The bot acknowledged nothing for as long as --patience allows.")
            await self._bot_rests()

    def sum_up(self) -> None:
        """Say what became of it."""
        self._tally.look()
        for fed, number in list(self._waiting.items())[:SHOWN]:
            self._console.print(f"{self._line(fed, number)}  not acknowledged")
        for line in self._sum():
            self._console.print(line)

    def _told(self, fed: Fed) -> None:
        if fed.acknowledged is None:
            self._waiting[fed] = self.result.fed
            return
        number = self._waiting.pop(fed)
        self._console.print(f"{self._line(fed, number)}  {fed.acknowledged * 1000:.0f} ms")

    def _line(self, fed: Fed, number: int) -> str:
        width = len(str(self._total))
        body: dict[str, Any] = fed.body
        sender: Any = body.get("senderData")
        holder = cast("dict[str, Any]", sender) if isinstance(sender, dict) else body
        chat = holder.get("chatId", body.get("from"))
        where = f"  {plain(chat)}" if isinstance(chat, str) else ""
        return f"{number:>{width}}/{self._total}  {moment(fed.at)}  {plain(body.get('typeWebhook'))}{where}"

    def _sum(self) -> Iterator[str]:
        result = self.result
        yield (
            f"\n{result.fed} of {self._total - result.left_out} fed, {result.acknowledged} acknowledged, "
            f"{result.fed - result.acknowledged} not."
        )
        if result.left_out:
            yield f"{result.left_out} left out: no JSON objects, and so no notifications."
        sent = self._sent()
        yield f"The bot sent {_count(sent.total(), 'message')}{':' if sent else '.'}"
        yield from _list(sent)
        failed = self._tally.failed
        yield f"{_count(failed.total(), 'call').capitalize()} failed{':' if failed else '.'}"
        yield from _list(failed)

    def _sent(self) -> Counter[str]:
        instance = self._instance
        sent = [message for chat in instance.chats.values() for message in chat.messages]
        queued = [queued.message for queued in instance.outbox]
        every = [*sent, *instance.chats.undelivered, *queued]
        return Counter(f"to {message.chat_id}" for message in every if message.type == "outgoing" and message.by_api)

    async def _bot_comes(self) -> None:
        while not (self._tally.polls or self._instance.settings["webhookUrl"]):
            came = anyio.Event()
            with self._instance.changes.listening(came.set), self._instance.calls.changes.listening(came.set):
                await came.wait()

    async def _bot_rests(self) -> None:
        with anyio.move_on_after(LONGEST_REST):
            while True:
                called = self._tally.others
                await anyio.sleep(REST)
                if self._tally.others == called and not self._tally.open_others:
                    return


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"


def _list(counted: Counter[str]) -> Iterator[str]:
    for what, number in counted.most_common(SHOWN):
        yield f"  {number} {what}"
    if len(counted) > SHOWN:
        yield f"  and {len(counted) - SHOWN} more"
