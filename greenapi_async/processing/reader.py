"""Reader: from the inbox to the lanes, as far ahead as is useful.

An inbox can hold a million entries that wait, of which a hundred are in progress. Memory must depend on the latter, and
four things need an entry before its turn: a lane that waits for a retry or a slow handler must not block the lanes of
the entries behind it; the lane is known only when the notification is parsed; a conversation and ``wait_for_status``
need what arrives now, whatever waits before it; and the order within a lane must stay.

So entries are read by id, oldest first, and placed in their lanes until enough lanes are ready to run; then reading
pauses until some of them have run. Lanes that are held up are not ready, so reading goes on past any number of their
entries, of which only the id is kept. While reading pauses, entries that arrive are read a second time, ahead of their
turn, to be offered to the waiters; what no conversation takes is dropped and read again in its turn. If nothing is left
unread, an entry is offered and placed at once. Everything is offered at most once.

What was in the inbox at start-up answers no conversation. Its statuses are offered in their turn. The same goes for
what was passed over because its instance was added later; it is placed before anything else is read.
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import anyio
import anyio.lowlevel

from greenapi_async._internal.concurrency import Background
from greenapi_async.inbox.base import Entry

__all__ = ["PAGE_SIZE", "READ_AHEAD", "Reader"]

PAGE_SIZE = 100
"""Entries read from the inbox at once."""
READ_AHEAD = 1000
"""Ready lanes, beyond the free slots, with which reading pauses; so many chats take turns."""
TURN_ENTRIES = 20
TURN_CHARACTERS = 50_000
"""Entries, and characters of their bodies, between two turns of the event loop; parsing them takes about a
millisecond."""


class Place(Protocol):
    """Appends an entry to its lane."""

    async def __call__(self, entry: Entry, *, is_new: bool, offer: bool) -> None:
        """Append an entry to its lane.

        Args:
            entry: The entry.
            is_new: Whether it arrived during the run.
            offer: Whether to offer it to the waiters first.
        """
        ...


class Paused(Protocol):
    """Called when reading pauses."""

    async def __call__(self, *, is_complete: bool) -> None:
        """Note a pause.

        Args:
            is_complete: Whether everything was read.
        """
        ...


class Reader:
    """Reads the inbox for one run.

    Attributes:
        placed: Every entry up to this id is in its lane, or finished.
    """

    def __init__(
        self,
        read: Callable[[int, int], Awaitable[Sequence[Entry]]],
        wait_for_change: Callable[[int], Awaitable[int]],
        *,
        place: Place,
        offer: Callable[[Entry], Awaitable[None]],
        placed: Callable[[], None],
        paused: Paused,
        catch_up: Callable[[int], Awaitable[None]],
        has_room: Callable[[], bool],
    ) -> None:
        """Create the reader.

        Args:
            read: Returns the first entries after an id.
            wait_for_change: See ``Inbox.wait_for_change``.
            place: Appends an entry to its lane.
            offer: Offers an entry to the waiters that is not in its lane yet.
            placed: Called after a page of entries was placed.
            paused: Called when reading pauses.
            catch_up: Places the entries up to an id that were passed over.
            has_room: Whether more lanes should become ready.
        """
        self.placed = 0
        self._read = read
        self._wait_for_change = wait_for_change
        self._append = place
        self._offer = offer
        self._after_page = placed
        self._paused = paused
        self._catch_up = catch_up
        self._has_room = has_room
        self._offered = 0
        self._newest_at_start: float = math.inf
        self._newest_when_joined: dict[int, int] = {}
        self._has_joined = False
        self._waiting: anyio.CancelScope | None = None
        self._version = 0
        self._changed = False
        self._error: Exception | None = None
        self._wake: anyio.Event | None = None
        self._characters = self._entries = 0
        self._reading = False
        self._finished: set[int] = set()

    def notice_room(self) -> None:
        """Continue if there is room; called when lanes have started to run."""
        if self._wake is not None and self._has_room():
            self._wake.set()

    def join(self, id_instance: int) -> None:
        """Catch up with the entries of an instance that was added; called when ``read`` returns its entries."""
        self._newest_when_joined[id_instance] = max(self.placed, self._offered)
        self._has_joined = True
        self._wake_up()
        if self._waiting is not None:
            self._waiting.cancel()

    def note_finished(self, id: int) -> None:  # noqa: A002  the name of the field
        """Skip an entry that a conversation has finished while it was about to be placed."""
        if self._reading and id > self.placed:
            self._finished.add(id)

    async def prepare(self) -> None:
        """Note which entries are there at the start; what is stored later arrived during the run."""
        self._newest_at_start = await self._find_newest()

    async def run(self) -> None:
        """Read until cancelled."""
        while True:
            await self._place_passed_over()
            entries = await self._read(self.placed, PAGE_SIZE)
            if entries:
                await self._place(entries)
            if len(entries) == PAGE_SIZE or not self._has_room():
                await self._read_behind()
            elif not entries:
                await self._paused(is_complete=True)
                await self._wait()

    async def _wait(self) -> None:
        if self._has_joined:
            return
        with anyio.CancelScope() as self._waiting:
            self._version = await self._wait_for_change(self._version)
        self._waiting = None

    async def _place_passed_over(self) -> None:
        while self._has_joined:
            self._has_joined = False
            await self._catch_up(self.placed)

    async def _place(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.id in self._finished:
                self.placed = entry.id
                continue
            is_new = entry.id > self._newest_at_start and entry.id > self._newest_when_joined.get(entry.id_instance, 0)
            await self._append(entry, is_new=is_new, offer=not is_new or entry.id > self._offered)
            self.placed = entry.id
            self._offered = max(self._offered, entry.id)
            if self._is_turn_over(entry):
                await anyio.lowlevel.checkpoint()
        self._after_page()

    def _is_turn_over(self, entry: Entry) -> bool:
        """Count an entry; return whether the event loop must have its turn."""
        self._entries += 1
        self._characters += len(entry.body)
        if self._entries < TURN_ENTRIES and self._characters < TURN_CHARACTERS:
            return False
        self._entries = self._characters = 0
        return True

    async def _read_behind(self) -> None:
        """Offer what arrives, and place what waits before it as there is room, until everything is placed."""
        self._offered = max(self._offered, self.placed, int(self._newest_at_start))
        self._changed = True  # entries may have arrived already
        async with Background(self._watch):
            while True:
                wake = self._wake = anyio.Event()
                if self._error is not None:
                    raise self._error
                await self._place_passed_over()
                if self._changed:
                    await self._offer_new()
                if self._has_room():
                    if not await self._read_page():
                        break
                elif not self._changed:
                    await self._paused(is_complete=False)
                    await wake.wait()
        self._wake = None

    async def _read_page(self) -> bool:
        """Place the next entries that were offered already; return whether there were any."""
        self._reading = True
        entries = [entry for entry in await self._read(self.placed, PAGE_SIZE) if entry.id <= self._offered]
        await self._place(entries)
        self._reading = False
        self._finished.clear()
        return bool(entries)

    async def _offer_new(self) -> None:
        self._changed = False
        entries = await self._read(self._offered, PAGE_SIZE)
        for entry in entries:
            self._offered = entry.id
            await self._offer(entry)
            if self._is_turn_over(entry):
                await anyio.lowlevel.checkpoint()
        self._changed = self._changed or bool(entries)

    async def _watch(self) -> None:
        try:
            while True:
                self._version = await self._wait_for_change(self._version)
                self._changed = True
                self._wake_up()
        except Exception as error:  # noqa: BLE001  raised by _read_behind
            self._error = error
            self._wake_up()

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake.set()

    async def _find_newest(self) -> int:
        """Return the id of the newest entry, found by bisection: an inbox only returns entries in ascending order."""
        entries = await self._read(0, PAGE_SIZE)
        newest = entries[-1].id if entries else 0
        if not await self._read(newest, 1):
            return newest
        step = PAGE_SIZE
        while later := await self._read(newest + step, 1):
            newest = later[0].id
            step *= 2
        nothing_after = newest + step
        while newest < nothing_after:
            middle = (newest + nothing_after) // 2
            if later := await self._read(middle, 1):
                newest = later[0].id
            else:
                nothing_after = middle
        return newest
