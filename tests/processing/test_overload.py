"""A busy event loop: instances with full queues leave time for the handlers."""

from itertools import count

import anyio
import pytest

from greenapi_async import Client, MemoryInbox
from greenapi_async.polling import ingest
from greenapi_async.sandbox import Instance

from .handling import ANNA, left, nothing, run

pytestmark = pytest.mark.anyio


async def test_polls_give_way_while_turns_of_the_event_loop_take_long(
    client: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        instance.contact_writes(ANNA, str(number))
    turns = count()
    start = anyio.current_time()
    with monkeypatch.context() as patch:
        patch.setattr(ingest, "current_time", lambda: next(turns) * 0.1)  # each look at the clock is 0.1 s later
        seen = await run(client, 40, nothing, MemoryInbox())
    busy = anyio.current_time() - start
    assert seen == [str(number) for number in range(40)]
    assert 60 < busy < 150  # the first 16 without a pause, then up to 5 s after each


async def test_a_pause_ends_when_the_event_loop_is_idle_again(
    client: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        instance.contact_writes(ANNA, str(number))
    turns = count()
    monkeypatch.setattr(ingest, "current_time", lambda: min(next(turns), 20) * 0.1)  # ten long turns
    inbox = MemoryInbox()
    start = anyio.current_time()
    assert len(await run(client, 60, nothing, inbox)) == 60
    assert anyio.current_time() - start < 60
    assert await left(inbox, instance) == []
