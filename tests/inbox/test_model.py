"""For any sequence of operations, ``SQLiteInbox`` returns the same as ``MemoryInbox``."""

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenapi_async import GreenAPIError
from greenapi_async.inbox import Entry, Inbox, MemoryInbox, SQLiteInbox, tables

NAMES = st.sampled_from("abcdefghijklmnopqrstuvwxyz")
IDS = st.integers(0, 12)
STEPS = st.one_of(
    st.tuples(st.just("put"), NAMES, NAMES, st.sampled_from([1, 2])),
    st.tuples(st.just("put"), NAMES, NAMES, st.sampled_from([1, 2])),
    st.tuples(st.just("waiting"), st.sampled_from([(1,), (2,), (1, 2)]), IDS, st.sampled_from([0, 1, 2, 100])),
    st.tuples(st.just("done"), IDS),
    st.tuples(st.just("failed"), IDS, st.integers(1, 5), st.text(max_size=50)),
    st.tuples(st.just("quarantine"), IDS, st.integers(1, 5), st.text(max_size=50)),
    st.tuples(st.just("quarantined")),
    st.tuples(st.just("release"), IDS),
    st.tuples(st.just("drop"), IDS),
    st.tuples(st.just("pass"), st.sampled_from([1, 1800, 3600, 86_400, 200_000])),
    st.tuples(st.just("reopen")),
)
LAST: list[tuple[Any, ...]] = [("waiting", (1, 2), 0, 100), ("quarantined",)]


class Clock:
    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


async def carry_out(inbox: Inbox, clock: Clock, make_entry: Callable[..., Entry], step: tuple[Any, ...]) -> Any:
    match step:
        case "put", key, unless, instance:
            keys = {"keys": (key.encode(),), "unless": (key.encode(), unless.encode())}
            return await inbox.put(make_entry(key + unless, id_instance=instance, **keys))
        case "failed", id_, attempts, failure:
            due = datetime.fromtimestamp(clock.now, UTC) + timedelta(seconds=attempts)
            return await inbox.failed(id_, attempts, due, failure)
        case name, *arguments:
            return await getattr(inbox, name)(*arguments)
        case _:
            raise AssertionError(step)


async def outcome(inbox: Inbox, clock: Clock, make_entry: Callable[..., Entry], step: tuple[Any, ...]) -> Any:
    try:
        return await carry_out(inbox, clock, make_entry, step)
    except GreenAPIError as error:
        return repr(error)


async def compare(steps: list[tuple[Any, ...]], make_entry: Callable[..., Entry]) -> None:
    clock = Clock()
    model = MemoryInbox(clock=clock)
    with tempfile.TemporaryDirectory() as folder:
        inbox = SQLiteInbox(Path(folder) / "inbox.db", clock=clock)
        for step in steps + LAST:
            if step[0] == "pass":
                clock.now += step[1]
            elif step[0] == "reopen":
                async with inbox:
                    pass
            else:
                assert await outcome(inbox, clock, make_entry, step) == await outcome(model, clock, make_entry, step), (
                    step
                )
        async with inbox:
            pass


@pytest.mark.parametrize("cache", [0, 3, 1000])
@settings(max_examples=60, deadline=None)
@given(steps=st.lists(STEPS, max_size=40))
def test_sqlite_and_memory_inboxes_are_equivalent(
    cache: int, make_entry: Callable[..., Entry], steps: list[tuple[Any, ...]]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "CACHE_ENTRIES", cache)
        anyio.run(compare, steps, make_entry)
