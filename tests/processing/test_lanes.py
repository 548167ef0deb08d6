"""Lanes that become one when the server reports that their chats are one person's."""

import random
from collections import defaultdict

import anyio
import attrs
import pytest

from greenapi_async.polling.counters import Counters
from greenapi_async.processing.id_queue import IdQueue
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.timers import Timers
from greenapi_async.processing.unfinished import Unfinished


@attrs.define(eq=False)
class Run:
    """Lanes as the processor uses them; keys are persons, some of whom become one."""

    lanes: Lanes = attrs.field(factory=lambda: Lanes(100))
    running: list[Lane] = attrs.field(factory=list[Lane])
    order: list[int] = attrs.field(factory=list[int])

    def add(self, key: str, item: int) -> None:
        self.ready(self.lanes.add(key, item))

    def ready(self, lane: Lane | None) -> None:
        if lane is not None and not lane.before:
            self.lanes.make_ready(lane)
        while (taken := self.lanes.take()) is not None:
            self.running.append(taken)

    def finish(self, lane: Lane) -> None:
        self.running.remove(lane)
        self.order.append(lane.ids.popleft())
        self.lanes.free_slot()
        self.ready(self.lanes.release(lane))

    def rename(self, old: str, new: str) -> None:
        for lane in self.lanes.all():
            if lane.key == old:
                self.lanes.rename(lane, new)
        self.ready(None)

    def finish_all(self) -> None:
        while self.running:
            self.finish(self.running[0])


def test_a_lane_alone_only_changes_its_key() -> None:
    run = Run()
    run.add("lid", 1)
    run.rename("lid", "number")
    run.add("number", 2)
    assert len(run.running) == 1
    run.finish_all()
    assert run.order == [1, 2]
    assert run.lanes.all() == []


@pytest.mark.parametrize("first_to_finish", [0, 1])
def test_if_both_run_the_common_lane_waits_for_both(first_to_finish: int) -> None:
    run = Run()
    for item, key in enumerate(("lid", "number", "lid", "number", "lid")):
        run.add(key, item)
    run.rename("lid", "number")
    run.add("number", 5)
    assert len(run.running) == 2
    run.finish(run.running[first_to_finish])
    assert len(run.running) == 1
    run.finish_all()
    assert run.order[2:] == [2, 3, 4, 5]
    assert run.lanes.all() == []


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_lost_stuck_or_out_of_order(seed: int) -> None:
    rng = random.Random(seed)
    run = Run(Lanes(rng.choice((1, 2, 100))))
    main = {key: key for key in "abcdef"}
    persons: dict[int, str] = {}
    at_merge: defaultdict[str, int] = defaultdict(int)
    for item in range(200):
        action = rng.random()
        if action < 0.6:
            key = rng.choice("abcdef")
            while main[key] != key:
                key = main[key]
            persons[item] = key
            run.add(key, item)
        elif action < 0.97 and run.running:
            run.finish(rng.choice(run.running))
        elif action >= 0.97:
            old, new = rng.sample([key for key in main if main[key] == key] * 2, 2)
            if old != new:
                at_once = sum(persons[lane.ids.first] in {old, new} for lane in run.running)
                at_merge[new] = max(at_once, at_merge[old], at_merge[new])
                run.rename(old, new)
                main[old] = new
                persons |= {each: new for each, person in persons.items() if person == old}
        for person in set(persons.values()):
            assert sum(persons[lane.ids.first] == person for lane in run.running) <= max(1, at_merge[person])
    run.finish_all()
    assert sorted(run.order) == sorted(persons)
    assert run.lanes.all() == []


@pytest.mark.parametrize("seed", range(5))
def test_a_queue_of_ids_is_sorted_behind_the_one_that_runs(seed: int) -> None:
    rng = random.Random(seed)
    queue, expected = IdQueue(), list[int]()
    runs = False
    for number in range(500):
        action = rng.random()
        first = expected[:1] if runs else []
        if action < 0.5:
            queue.append(10_000 + number)
            expected.append(10_000 + number)
        elif action < 0.8 and expected:
            assert queue.first == expected[0]
            assert queue.popleft() == expected.pop(0)
            runs = False
        elif action < 0.9:
            queue.insert(number, keep_first=runs)
            expected = [*first, *sorted([*expected[len(first) :], number])]
        elif action < 0.95:
            queue.merge(IdQueue([number, 5000 + number]), keep_first=runs)
            expected = [*first, *sorted([*expected[len(first) :], number, 5000 + number])]
        else:
            runs = bool(expected)
        assert list(queue) == expected
        assert len(queue) == len(expected)


@pytest.mark.parametrize("seed", range(5))
def test_the_counters_know_the_number_of_unfinished_entries_and_the_oldest(seed: int) -> None:
    rng = random.Random(seed)
    counters = Counters()
    unfinished = Unfinished(counters)
    expected: dict[int, float] = {}
    for id_ in range(1, 2000):
        if rng.random() < 0.5:
            unfinished.add(id_, id_ / 2)
            expected[id_] = id_ / 2
        elif expected:
            gone = rng.choice([*expected, 0])
            unfinished.remove(gone)
            unfinished.remove(gone)
            expected.pop(gone, None)
        assert counters.waiting == len(expected)
        assert counters.oldest == (expected[min(expected)] if expected else None)
    unfinished.set_total(len(expected) + 7)
    unfinished.add_unread(-3)
    assert counters.waiting == len(expected) + 4
    unfinished.all_read()
    assert counters.waiting == len(expected)


@pytest.mark.anyio
async def test_timers_call_in_order_and_on_time_however_they_were_added() -> None:
    called: list[tuple[float, float]] = []

    def call(due: float) -> None:
        called.append((due, anyio.current_time()))

    timers = Timers(call)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(timers.run)
        await anyio.sleep(1)
        for seconds in (50.0, 10.0, *[20.0] * 250, 30.0):
            timers.add(anyio.current_time() + seconds, seconds)
        await anyio.sleep(25)
        timers.add(anyio.current_time() + 1, 1)
        await anyio.sleep(100)
        tasks.cancel_scope.cancel()
    assert len(called) == 254
    assert [due for due, _ in called] == sorted(due for due, _ in called)
    assert all(at == pytest.approx(due) for due, at in called)
