"""Broadcasts when something is wrong: the list, the content, the network, the instance, the owner."""

import io
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import anyio
import pytest
from rich.console import Console

from greenapi_async import BroadcastStoppedError, Client, InboxUnavailableError, InvalidArgumentError, MemoryInbox
from greenapi_async.inbox.records import Change, PutRecord
from greenapi_async.outgoing.broadcast_run import UNKNOWN_SENDS
from greenapi_async.outgoing.broadcast_store import HEADERS
from greenapi_async.outgoing.broadcast_terminal import ProgressBar
from greenapi_async.processing.idempotency import SEARCH_DELAYS
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox.simulation.messengers import State
from greenapi_async.types import BroadcastFile, BroadcastPoll, BroadcastProgress, BroadcastState, Recipient
from tests.outgoing.broadcasting import chat, memory, people, received, running

pytestmark = pytest.mark.anyio

FAST = (0.0, 0.0)


class OptedOut:
    def __init__(self, *chat_ids: str) -> None:
        self._chat_ids = chat_ids

    async def contains(self, chat_id: str) -> bool:
        return chat_id in self._chat_ids


async def test_a_broadcast_that_has_ended_is_not_repeated(client: Client, instance: Instance) -> None:
    inbox = memory()
    for _ in range(2):
        async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as broadcast:
            progress = await broadcast.wait()
        assert (progress.delivered, progress.state) == (2, "finished")
    assert received(instance) == {chat(0): 1, chat(1): 1}


@pytest.mark.parametrize("state", ["finished", "cancelled"])
async def test_a_broadcast_that_has_ended_warns_that_nothing_is_sent(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(1), lambda _: "Hello!", inbox=inbox) as broadcast:
        await (broadcast.cancel() if state == "cancelled" else broadcast.wait())
    before = received(instance)
    assert "already ended" not in caplog.text
    async with client.broadcast("sale", people(1), lambda _: "Good-bye!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).state == state
    [record] = [each for each in caplog.records if "already ended" in each.getMessage()]
    assert record.levelname == "WARNING"
    assert f"({state}): nothing is sent; another message needs another name" in record.getMessage()
    assert received(instance) == before


async def test_a_name_belongs_to_one_content_and_one_list(client: Client) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(2), "Hello!", inbox=inbox):
        pass
    with pytest.raises(InvalidArgumentError, match="another content"):
        async with client.broadcast("sale", people(2), "Good-bye!", inbox=inbox):
            pass
    with pytest.raises(InvalidArgumentError, match="other recipients"):
        async with client.broadcast("sale", people(3), "Hello!", inbox=inbox):
            pass


async def test_a_broadcast_without_a_start_cannot_be_continued(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="pass its recipients"):
        async with client.broadcast("sale", None, "Hello!", inbox=memory()):
            pass


@pytest.mark.parametrize("is_iterator", [False, True])
async def test_an_empty_list_is_refused_and_its_name_stays_free(
    client: Client, instance: Instance, is_iterator: bool
) -> None:
    inbox = memory()
    with pytest.raises(InvalidArgumentError, match="the list of recipients is empty"):
        async with client.broadcast("sale", iter([]) if is_iterator else [], "Hello!", inbox=inbox):
            pass
    async with client.broadcast("sale", people(2), "Good-bye!", inbox=inbox, pause=FAST) as broadcast:
        await anyio.sleep(0.1)
        broadcast.stop()
    async with client.broadcast("sale", [], "Good-bye!", inbox=inbox, pause=FAST) as broadcast:
        assert (await broadcast.wait()).delivered == 2
    assert received(instance) == {chat(0): 1, chat(1): 1}


async def test_a_broadcast_needs_an_inbox(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="inbox="):
        async with client.broadcast("sale", people(1), "Hello!"):
            pass


async def test_a_function_that_fails_for_one_person_concerns_that_person(client: Client, instance: Instance) -> None:
    def text(recipient: Recipient) -> str:
        return f"Hello {recipient.data['first']}!"

    inbox = memory()
    listed = [Recipient(str(number), data={"first": "Anna"}) for number in people(3)]
    listed[1] = Recipient(listed[1].chat_id)
    async with client.broadcast("sale", listed, text, inbox=inbox) as broadcast:
        progress = await broadcast.wait()
        [failed] = [person async for person in broadcast.recipients("failed")]
    assert (progress.delivered, progress.failed) == (2, 1)
    assert failed.reason == "its content failed: KeyError: 'first'"
    assert received(instance) == {chat(0): 1, chat(2): 1}


async def test_who_got_nothing_because_the_function_failed_is_tried_again_at_the_next_start(
    client: Client, instance: Instance
) -> None:
    names, inbox = {chat(0): "Anna"}, memory()

    def text(recipient: Recipient) -> str:
        return f"Hello {names[recipient.chat_id]}!"

    async with client.broadcast("sale", people(2), text, inbox=inbox) as broadcast:
        assert (await broadcast.wait()).failed == 1
    names[chat(1)] = "Boris"
    for _ in range(2):
        async with client.broadcast("sale", people(2), text, inbox=inbox) as broadcast:
            progress = await broadcast.wait()
        assert (progress.delivered, progress.failed, progress.state) == (2, 0, "finished")
    assert received(instance) == {chat(0): 1, chat(1): 1}


async def test_a_broadcast_that_was_not_started_says_so(client: Client) -> None:
    broadcast = client.broadcast("sale", people(1), "Hello!", inbox=memory())
    with pytest.raises(RuntimeError, match="async with"):
        await broadcast.wait()
    with pytest.raises(RuntimeError, match="async with"):
        await broadcast.cancel()
    with pytest.raises(RuntimeError, match="async with"):
        await anext(broadcast.recipients())


async def test_a_function_that_fails_for_everybody_stops_the_broadcast_and_can_be_corrected(
    client: Client, instance: Instance
) -> None:
    def wrong(_: Recipient) -> str:
        raise RuntimeError("no template")

    inbox = memory()
    with pytest.raises(BroadcastStoppedError, match="no template"):
        async with client.broadcast("sale", people(20), wrong, inbox=inbox):
            pass
    assert not received(instance)
    async with client.broadcast("sale", None, lambda _: "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).delivered == 20


async def test_who_is_listed_twice_gets_one_message(client: Client, instance: Instance) -> None:
    instance.lids.assign(chat(0), "111222333@lid")
    inbox = memory()
    await inbox.identities.save(instance.id_instance, {"111222333@lid": chat(0)})
    listed: list[str | int | Recipient] = [
        "+7 900 123-00-00",
        chat(0),
        "111222333@lid",
        str(people(1)[0]),
        people(2)[1],
    ]
    async with client.broadcast("sale", listed, "Hello!", inbox=inbox) as broadcast:
        progress = await broadcast.wait()
    assert (progress.total, progress.duplicates, progress.delivered) == (2, 3, 2)
    assert received(instance) == {chat(0): 1, chat(1): 1}


async def test_who_turns_out_to_be_the_same_person_gets_one_message(client: Client, instance: Instance) -> None:
    instance.lids.assign(chat(1), "111222333@lid")

    async def text(recipient: Recipient) -> str:
        if recipient.chat_id == chat(0):  # it becomes known while the broadcast runs
            client._identities.learn([("111222333@lid", chat(1))])  # pyright: ignore[reportPrivateUsage]
        return "Hello!"

    listed = [chat(0), "111222333@lid", chat(1)]
    async with client.broadcast("sale", listed, text, inbox=memory(), check=False) as broadcast:
        progress = await broadcast.wait()
    assert (progress.skipped, progress.delivered) == (1, 2)
    assert received(instance).total() == 2


async def test_an_invalid_recipient_is_reported(client: Client, instance: Instance) -> None:
    listed: list[str | int | Recipient] = ["12", "status@broadcast", people(1)[0]]
    async with client.broadcast("sale", listed, "Hello!", inbox=memory()) as broadcast:
        progress = await broadcast.wait()
        reasons = [person.reason async for person in broadcast.recipients("failed")]
    assert (progress.failed, progress.delivered) == (2, 1)
    assert all(reason.startswith("invalid recipient: ") for reason in reasons)


async def test_who_has_opted_out_or_has_no_account_is_skipped(client: Client, instance: Instance) -> None:
    instance.people.no_account.add(chat(2))
    options = {"inbox": memory(), "opt_outs": OptedOut(chat(1))}
    async with client.broadcast("sale", people(4), "Hello!", **options) as broadcast:  # type: ignore[arg-type]  # options of any type
        progress = await broadcast.wait()
        skipped = {person.recipient.chat_id: person.reason async for person in broadcast.recipients("skipped")}
    assert skipped == {chat(1): "opted out", chat(2): "the number has no account"}
    assert progress.delivered == 2


async def test_who_opted_out_in_the_inbox_is_skipped(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with running(client, inbox):
        await client.opt_outs.add(chat(1))
        async with client.broadcast("sale", people(3), "Hello!") as broadcast:
            progress = await broadcast.wait()
    assert (progress.skipped, progress.delivered) == (1, 2)
    assert chat(1) not in received(instance)


async def test_what_the_server_reports_as_failed_is_failed(client: Client, instance: Instance) -> None:
    instance.people.no_account.add(chat(1))
    inbox = memory()
    async with running(client, inbox), client.broadcast("sale", people(2), "Hello!", check=False) as broadcast:
        progress = await broadcast.wait()
        [failed] = [person async for person in broadcast.recipients("failed")]
    assert (progress.delivered, progress.failed) == (1, 1)
    assert "the number has no account" in failed.reason


async def test_an_hour_without_network_is_waited_for(client: Client, instance: Instance) -> None:
    async def fail_for_an_hour() -> None:
        await anyio.sleep(60)
        instance.fail("*", Fault(drop=True), 10**9)
        await anyio.sleep(3600)
        instance.clear_faults()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(fail_for_an_hour)
        async with client.broadcast("sale", people(10), "Hello!", inbox=memory()) as broadcast:
            assert (await broadcast.wait()).delivered == 10
    assert anyio.current_time() > 3600
    assert received(instance) == {chat(number): 1 for number in range(10)}


async def test_answers_that_are_lost_lead_to_no_second_message(client: Client, instance: Instance) -> None:
    poll, file = BroadcastPoll("Do you come?", ("yes", "no")), BroadcastFile("https://a.org/b.png", "b.png")
    contents: list[str | BroadcastPoll | BroadcastFile] = ["Hello!", poll, file]
    for content in contents:
        for method in ("sendMessage", "sendPoll", "sendFileByUrl"):
            instance.fail(method, Fault(drop=True, after_effect=True), 2)
        inbox, before = memory(), received(instance)
        async with client.broadcast(str(content)[:20], people(4), content, inbox=inbox) as broadcast:
            progress = await broadcast.wait()
        assert progress.delivered == 4
        assert received(instance) - before == {chat(number): 1 for number in range(4)}
        instance.clear_faults()


async def test_a_picture_that_the_journal_shows_under_another_name_is_not_sent_again_and_ends_nothing(
    client: Client, instance: Instance
) -> None:
    row = {
        "idMessage": "BAE5F4886F6F2D05",
        "chatId": chat(0),
        "typeMessage": "imageMessage",
        "fileName": "b89ded5e.png",
    }
    instance.fail("sendFileByUrl", Fault(drop=True, after_effect=True), 1)
    searches = UNKNOWN_SENDS * len(SEARCH_DELAYS)
    instance.fail("lastOutgoingMessages", Fault(status=200, body=json.dumps([row])), searches)
    picture = BroadcastFile("https://a.org/b.png", "b.png")
    async with client.broadcast("sale", people(3), picture, inbox=memory()) as broadcast:
        progress = await broadcast.wait()
        [person] = [person async for person in broadcast.recipients("failed")]
    assert (progress.state, progress.delivered) == ("finished", 2)
    assert person.recipient.chat_id == chat(0)
    assert person.reason.startswith("it is not known whether it was sent")
    assert received(instance) == {chat(number): 1 for number in range(3)}


@pytest.mark.parametrize("state", ["notAuthorized", "blocked", "yellowCard", "suspended"])
async def test_an_instance_that_cannot_send_stops_the_broadcast(
    client: Client, instance: Instance, state: State
) -> None:
    inbox = memory()

    async def end_soon() -> None:
        await anyio.sleep(60)
        instance.set_state(state)

    broadcast = client.broadcast("sale", people(10), "Hello!")
    async with running(client, inbox), anyio.create_task_group() as tasks:
        tasks.start_soon(end_soon)
        with pytest.raises(BroadcastStoppedError, match=state):
            async with broadcast:
                pass
    assert broadcast.progress.state == "stopped"
    assert state in broadcast.progress.reason
    assert "the broadcast" not in broadcast.progress.reason
    assert 1 < broadcast.progress.waiting < 10
    instance.set_state("authorized")
    async with running(client, inbox), client.broadcast("sale", None, "Hello!") as broadcast:
        assert (await broadcast.wait()).delivered == 10
    assert received(instance) == {chat(number): 1 for number in range(10)}


async def test_messages_of_others_are_waited_for(client: Client, instance: Instance) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = 60_000
    seen: list[BroadcastProgress] = []
    for number in range(3):
        await client.send_message("79009999999@c.us", f"reply {number}")
    async with client.broadcast("sale", people(2), "Hello!", inbox=memory(), on_progress=seen.append):
        await anyio.sleep(100)
        assert not received(instance)[chat(0)]
    assert any("the server's queue has 2 messages, for 120 s" in each.reason for each in seen)
    assert received(instance) == {chat(0): 1, chat(1): 1, "79009999999@c.us": 3}


async def test_a_message_that_the_owner_clears_from_the_queue_is_reported(client: Client, instance: Instance) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = 60_000
    async with client.broadcast("sale", people(3), "Hello!", inbox=memory(), pause=FAST) as broadcast:
        await anyio.sleep(30)
        assert len(instance.outbox) == 1
        await client.clear_messages_queue()
        progress = await broadcast.wait()
        [failed] = [person async for person in broadcast.recipients("failed")]
    assert (progress.delivered, progress.failed) == (2, 1)
    assert "the queue was cleared" in failed.reason
    assert received(instance).total() == 2


async def test_two_broadcasts_keep_one_pause(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with (
        client.broadcast("one", people(10), "Hello!", inbox=inbox, pause=(20, 20)),
        client.broadcast("two", people(10), "Good-bye!", inbox=inbox, pause=(20, 20)),
    ):
        pass
    assert received(instance) == {chat(number): 2 for number in range(10)}
    times = sorted(each.timestamp for number in range(10) for each in instance.chats.open(chat(number)).messages)
    assert min(after - before for before, after in pairwise(times)) >= 19


@pytest.mark.parametrize("seconds", [-400 * 86_400, -3600, 3600, 400 * 86_400])
async def test_a_clock_that_is_set_delays_nothing_and_loses_no_status(
    client: Client, instance: Instance, seconds: float
) -> None:
    ahead = 0.0
    inbox = MemoryInbox(clock=lambda: 1_800_000_000 + ahead + anyio.current_time())
    async with client.broadcast("sale", people(10), "Hello!", inbox=inbox, pause=(20, 20), daily=100) as broadcast:
        await anyio.sleep(70)
        ahead += seconds
        progress = await broadcast.wait()
    assert (progress.delivered, progress.state) == (10, "finished")
    assert anyio.current_time() < 600
    assert received(instance) == {chat(number): 1 for number in range(10)}


async def test_a_clock_that_was_set_back_leaves_the_daily_limit_of_a_day(client: Client, instance: Instance) -> None:
    ahead = 0.0
    inbox = MemoryInbox(clock=lambda: 1_800_000_000 + ahead + anyio.current_time())
    async with client.broadcast("sale", people(6), "Hello!", inbox=inbox, pause=FAST, daily=3) as broadcast:
        await anyio.sleep(600)
        assert received(instance).total() == 3
        ahead -= 400 * 86_400
        assert (await broadcast.wait()).delivered == 6
    assert anyio.current_time() < 86_400


async def test_statuses_that_arrive_after_the_end_are_in_a_later_report(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(3), "Hello!", inbox=inbox) as broadcast:
        progress = await broadcast.wait()
    assert (progress.delivered, progress.read) == (3, 0)
    await anyio.sleep(3600)
    instance.contact_reads(chat(1))
    instance.calls.clear()
    async with client.broadcast("sale", None, "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).state == "finished"
        report = [part async for part in broadcast.report("read")]
    assert report == [f"sale: 3 of 3, 2 delivered, 1 read (finished)\n{chat(1)}: read"]
    assert [call.method for call in instance.calls] == ["lastOutgoingMessages"]


async def test_hours_and_daily_limit(client: Client, instance: Instance) -> None:
    start = datetime(2026, 3, 27, 18, tzinfo=UTC).timestamp()
    inbox = MemoryInbox(clock=lambda: start + anyio.current_time())
    sent: list[datetime] = []

    def text(_: Recipient) -> str:
        sent.append(datetime.fromtimestamp(start + anyio.current_time(), UTC))
        return "Hello!"

    async with client.broadcast(
        "sale", people(10), text, inbox=inbox, hours=(9, 20), time_zone="Europe/Berlin", daily=3
    ) as broadcast:
        await anyio.sleep(1800)
        assert (broadcast.progress.state, broadcast.progress.waiting) == ("paused", 7)
        assert broadcast.progress.next_at == datetime(2026, 3, 28, 8, tzinfo=UTC)
        assert broadcast.progress.reason == "the daily limit of 3 is reached; it continues at 2026-03-28 09:00 CET"
    assert [each.date().day for each in sent] == [27] * 3 + [28] * 3 + [29] * 3 + [30]
    assert [each.hour for each in sent] == [18] * 3 + [8] * 3 + [7] * 4  # clocks are changed on the 29th


async def test_outside_of_the_hours_it_says_when_it_continues(client: Client) -> None:
    start = datetime(2026, 3, 27, 19, 30, tzinfo=UTC).timestamp()
    inbox = MemoryInbox(clock=lambda: start + anyio.current_time())
    async with client.broadcast(
        "sale", people(1), "Hello!", inbox=inbox, hours=(9, 20), time_zone="Europe/Berlin", daily=3
    ) as broadcast:
        await anyio.sleep(60)
        shown = str(broadcast.progress)
    assert shown == ("sale: 0 of 1 (paused: outside of the hours 09:00 to 20:00; it continues at 2026-03-28 09:00 CET)")


async def test_what_the_server_has_not_sent_yet_is_counted_in_words(client: Client, instance: Instance) -> None:
    shown: list[str] = []
    async with client.broadcast(
        "sale", people(1), "Hello!", inbox=memory(), on_progress=lambda progress: shown.append(progress.reason)
    ):
        pass
    assert "the server is still sending the last message" in shown


async def test_two_broadcasts_keep_one_daily_limit_although_their_contents_take_long(
    client: Client, instance: Instance
) -> None:
    start = datetime(2026, 3, 27, 12, tzinfo=UTC).timestamp()
    inbox = MemoryInbox(clock=lambda: start + anyio.current_time())

    async def text(_: Recipient) -> str:
        await anyio.sleep(40)
        return "Hello!"

    async with (
        client.broadcast("one", people(5), text, inbox=inbox, daily=3, pause=FAST) as one,
        client.broadcast("two", people(5), text, inbox=inbox, daily=3, pause=FAST) as two,
    ):
        await anyio.sleep(3600)
        assert received(instance).total() == 3
        one.stop()
        two.stop()


async def test_who_opts_out_because_of_a_message_whose_answer_was_lost_is_not_reported_as_never_reached(
    client: Client, instance: Instance
) -> None:
    class OptedOutOnceReached:
        async def contains(self, chat_id: str) -> bool:
            return chat_id in received(instance)

    instance.fail("sendMessage", Fault(drop=True, after_effect=True), 1)
    instance.fail("lastOutgoingMessages", Fault(status=502), 4)  # so the search for the message fails
    opt_outs = OptedOutOnceReached()
    async with client.broadcast("sale", people(1), "Hello!", inbox=memory(), opt_outs=opt_outs) as broadcast:
        await broadcast.wait()
        [person] = [person async for person in broadcast.recipients()]
    assert person.status == "skipped"
    assert person.reason.startswith("opted out; ")
    assert "may have been sent" in person.reason
    assert received(instance).total() == 1


async def test_a_process_that_slept_while_it_stored_the_list_overwrites_nothing(
    client: Client, instance: Instance
) -> None:
    slept, has_slept = [0.0], anyio.Event()
    inbox = MemoryInbox(clock=anyio.current_time, monotonic=lambda: anyio.current_time() + slept[0])

    async def slow_list() -> AsyncIterator[int]:
        for each in people(3):
            yield each
        await anyio.sleep(10.5)
        slept[0] += 100
        has_slept.set()
        await anyio.sleep(5)

    poll = BroadcastPoll("Do you come?", ("yes", "no"))
    async with client.broadcast("sale", slow_list(), poll, inbox=inbox, pause=FAST) as first:
        await has_slept.wait()
        async with client.broadcast("sale", people(3), poll, inbox=inbox, pause=FAST) as second:
            progress = await second.wait()
        assert (progress.delivered, progress.waiting) == (3, 0)
        assert (await first.wait()).delivered == 3
    assert received(instance) == {chat(number): 1 for number in range(3)}


async def test_a_cancelled_broadcast_does_not_continue(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(10), "Hello!", inbox=inbox) as broadcast:
        await anyio.sleep(40)
        await broadcast.cancel()
        progress = await broadcast.wait()
    assert progress.state == "cancelled"
    assert 0 < progress.waiting < 10
    async with client.broadcast("sale", people(10), "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).waiting == progress.waiting
    assert received(instance).total() == 10 - progress.waiting


def slow_header(inbox: MemoryInbox, state: BroadcastState) -> anyio.Event:
    """Let the store take five seconds until the first header with a state is written; return when that begins."""
    apply, reached = inbox.records.apply, anyio.Event()

    async def slowly(changes: Sequence[Change], *, done: Sequence[int] = (), durable: bool = True) -> bool:
        headers = [each for each in changes if isinstance(each, PutRecord) and each.collection == HEADERS]
        if not reached.is_set() and any(json.loads(each.json)["state"] == state for each in headers):
            reached.set()
            await anyio.sleep(5)
        return await apply(changes, done=done, durable=durable)

    inbox.records.apply = slowly  # type: ignore[method-assign]  # what a slow network does
    return reached


@pytest.mark.parametrize(("state", "sent"), [("loading", 0), ("sending", 0), ("finished", 2)])
async def test_a_cancellation_is_not_overwritten_by_what_another_process_stores_at_this_moment(
    client: Client, instance: Instance, state: str, sent: int
) -> None:
    inbox = memory()
    reached = slow_header(inbox, BroadcastState(state))
    async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as first:
        await reached.wait()
        async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as second:
            await second.cancel()
        assert (await first.wait()).state == "cancelled"
    async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as third:
        assert (await third.wait()).state == "cancelled"
    assert received(instance).total() == sent


async def test_a_broadcast_that_ends_while_it_is_cancelled_has_ended(client: Client, instance: Instance) -> None:
    inbox = memory()
    finishes, cancels = slow_header(inbox, BroadcastState.FINISHED), slow_header(inbox, BroadcastState.CANCELLED)
    async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as first:
        await finishes.wait()
        await anyio.sleep(2)
        async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as second:
            await second.cancel()
            assert cancels.is_set()
        assert (await first.wait()).state == "finished"
    async with client.broadcast("sale", people(2), "Hello!", inbox=inbox) as third:
        assert (await third.wait()).state == "finished"
    assert received(instance).total() == 2


async def test_a_broadcast_that_is_cancelled_while_its_list_is_stored_does_not_continue(
    client: Client, instance: Instance
) -> None:
    inbox = memory()

    async def slow_list() -> AsyncIterator[int]:
        for each in people(3):
            await anyio.sleep(2)
            yield each

    async with client.broadcast("sale", slow_list(), "Hello!", inbox=inbox) as broadcast:
        await anyio.sleep(3)
        await broadcast.cancel()
        assert (await broadcast.wait()).state == "cancelled"
    async with client.broadcast("sale", None, "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).state == "cancelled"
    assert not received(instance)


async def test_a_stopped_broadcast_continues_at_the_next_start(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(10), "Hello!", inbox=inbox) as broadcast:
        await anyio.sleep(40)
        broadcast.stop()
    assert broadcast.progress.state == "stopped"
    assert 0 < broadcast.progress.waiting < 10
    async with client.broadcast("sale", None, "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).delivered == 10
    assert received(instance) == {chat(number): 1 for number in range(10)}


async def test_a_broadcast_that_is_stopped_before_the_server_can_be_reached_ends(
    client: Client, instance: Instance
) -> None:
    instance.fail("*", Fault(status=503), times=1000)
    async with client.broadcast("sale", people(3), "Hello!", inbox=memory()) as broadcast:
        await anyio.sleep(3600)
        broadcast.stop()
        with anyio.fail_after(120):
            progress = await broadcast.wait()
    assert (progress.state, progress.waiting) == ("stopped", 3)


async def test_a_block_that_is_left_early_stops_sending(client: Client, instance: Instance) -> None:
    inbox = memory()
    for seconds in (7, 31, 55, 1):
        with anyio.move_on_after(seconds):
            async with client.broadcast("sale", people(10), "Hello!", inbox=inbox):
                pass
        sent = received(instance).total()
        await anyio.sleep(timedelta(hours=1).total_seconds())
        assert received(instance).total() <= sent + 1
    async with client.broadcast("sale", people(10), "Hello!", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).delivered == 10
    assert received(instance) == {chat(number): 1 for number in range(10)}


async def test_the_quota_of_checks_stops_the_broadcast(client: Client, instance: Instance) -> None:
    instance.fail("checkWhatsapp", Fault(status=466, body="{}"), 10)
    inbox = memory()
    with pytest.raises(BroadcastStoppedError, match="check=False"):
        async with client.broadcast("sale", people(2), "Hello!", inbox=inbox):
            pass
    async with client.broadcast("sale", None, "Hello!", inbox=inbox, check=False) as broadcast:
        assert (await broadcast.wait()).delivered == 2


async def test_texts_by_language(client: Client, instance: Instance) -> None:
    listed = [Recipient(chat(0), language="ru"), Recipient(chat(1), language="en"), Recipient(chat(2))]
    async with client.broadcast("sale", listed, {"en": "Hello!", "ru": "Привет!"}, inbox=memory()):
        pass
    texts = [each.text for number in range(3) for each in instance.chats.open(chat(number)).messages if each.by_api]
    assert texts == ["Привет!", "Hello!", "Hello!"]


async def test_a_callback_that_fails_does_not_stop_the_broadcast(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: BroadcastProgress) -> None:
        raise RuntimeError("no screen")

    async with client.broadcast("sale", people(2), "Hello!", inbox=memory(), on_progress=fail) as broadcast:
        assert (await broadcast.wait()).delivered == 2
    assert "no screen" in caplog.text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pause": (30, 5)}, "pause"),
        ({"pause": 5}, "pause"),
        ({"hours": (9, 20)}, "time zone"),
        ({"hours": (9, 9), "time_zone": "UTC"}, "never comes"),
        ({"hours": (9, 25), "time_zone": "UTC"}, "hours"),
        ({"hours": (9, 20), "time_zone": "Mars/Base"}, "time_zone"),
        ({"daily": 0}, "daily"),
        ({"settle": -1}, "settle"),
        ({"on_progress": "bar"}, "on_progress"),
        ({"opt_outs": [chat(0)]}, "opt_outs"),
        ({"name": "two\nlines"}, "name"),
        ({"recipients": chat(0)}, "recipients is of type str"),
        ({"recipients": 79001230000}, "recipients is of type int"),
        ({"content": ""}, "message is empty"),
        ({"content": {}}, "the content is {}"),
        ({"content": {"en": "Hello!", "ru": "x" * 20_001}}, "20,001 characters"),
        ({"content": BroadcastPoll("Do you come?", ["yes"])}, "options has 1 item"),
        ({"content": BroadcastFile("sale.png", "sale.png")}, "url_file"),
    ],
)
async def test_invalid_options_are_refused(client: Client, options: dict[str, object], message: str) -> None:
    arguments = {"name": "sale", "recipients": people(1), "content": "Hello!", "inbox": memory(), **options}
    with pytest.raises(InvalidArgumentError, match=message):
        client.broadcast(**arguments)  # type: ignore[arg-type]  # options of any type


@pytest.mark.parametrize("number", [79001230000.0, None, True])
async def test_a_phone_number_that_is_no_text_is_refused_and_nothing_is_sent(
    client: Client, instance: Instance, number: object
) -> None:
    with pytest.raises(InvalidArgumentError, match="chat_id"):
        async with client.broadcast("sale", [*people(1), number], "Hello!", inbox=memory()):  # type: ignore[list-item]  # that is the mistake
            pass
    assert not received(instance)


async def test_a_function_whose_texts_are_too_long_can_be_corrected(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with client.broadcast("sale", people(2), lambda _: "x" * 20_001, inbox=inbox) as broadcast:
        assert (await broadcast.wait()).failed == 2
    async with client.broadcast("sale", None, lambda _: "x", inbox=inbox) as broadcast:
        assert (await broadcast.wait()).failed == 0
    assert received(instance) == {chat(0): 1, chat(1): 1}


async def test_a_used_up_quota_of_the_journal_leaves_statuses_unknown(client: Client, instance: Instance) -> None:
    instance.fail("lastOutgoingMessages", Fault(status=466, body="{}"), 10**6)
    async with client.broadcast("sale", people(2), "Hello!", inbox=memory()) as broadcast:
        progress = await broadcast.wait()
    assert (progress.sent, progress.state) == (2, "finished")


async def test_more_than_a_day_in_the_queue_is_reported(client: Client, instance: Instance) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = 6 * 3_600_000
    for number in range(6):
        await client.send_message("79009999999@c.us", f"reply {number}")
    with anyio.move_on_after(60):
        async with client.broadcast("sale", people(1), "Hello!", inbox=memory()) as broadcast:
            await anyio.sleep(30)
            assert "longer than the 24 hours" in broadcast.progress.reason
    assert not received(instance)[chat(0)]


async def test_a_broadcast_of_another_process_is_waited_for(client: Client, instance: Instance) -> None:
    inbox = memory()
    async with (
        client.broadcast("sale", people(5), "Hello!", inbox=inbox),
        client.broadcast("sale", people(5), "Hello!", inbox=inbox) as second,
    ):
        await anyio.sleep(20)
        assert (second.progress.state, second.progress.total) == ("standby", 5)
        assert (await second.wait()).delivered == 5
    assert received(instance) == {chat(number): 1 for number in range(5)}


async def test_a_recipient_list_that_fails_is_read_again_at_the_next_start(client: Client, instance: Instance) -> None:
    async def rows(count: int) -> AsyncIterator[str]:
        for number in range(300):
            if number == count:
                raise OSError("the database is gone")
            yield chat(number % 3)

    inbox = memory()
    with pytest.raises(OSError, match="gone"):
        async with client.broadcast("sale", rows(250), "Hello!", inbox=inbox):
            pass
    assert not received(instance)
    async with client.broadcast("sale", rows(-1), "Hello!", inbox=inbox) as broadcast:
        progress = await broadcast.wait()
    assert (progress.delivered, progress.duplicates) == (3, 297)


async def test_of_a_list_that_can_be_read_once_no_part_is_taken_for_the_whole(
    client: Client, instance: Instance
) -> None:
    inbox, outage_until = memory(), [0.0]
    apply, renew = inbox.records.apply, inbox.records.renew

    async def failing_apply(changes: Sequence[Change], **options: Any) -> bool:
        if anyio.current_time() < outage_until[0]:
            raise InboxUnavailableError("the database restarts")
        return await apply(changes, **options)

    async def failing_renew(collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        if anyio.current_time() < outage_until[0]:
            raise InboxUnavailableError("the database restarts")
        return await renew(collection, versions, lease=lease)

    def numbers(outage: float) -> Iterator[int]:
        for number, each in enumerate(people(250)):
            if number == 150:
                outage_until[0] = anyio.current_time() + outage
            yield each

    inbox.records.apply = failing_apply  # type: ignore[method-assign]  # a database that is away for a while
    inbox.records.renew = failing_renew  # type: ignore[method-assign]  # the same
    with pytest.raises(BroadcastStoppedError, match="an iterator cannot be read again; nothing was sent"):
        async with client.broadcast("sale", numbers(60), "Hello!", inbox=inbox, pause=FAST):
            pass
    assert not received(instance)
    async with client.broadcast("sale", numbers(0), "Hello!", inbox=inbox, pause=FAST) as broadcast:
        while not broadcast.progress.total:  # noqa: ASYNC110  nothing else tells
            await anyio.sleep(1)
        assert broadcast.progress.total == 250
        broadcast.stop()


async def test_the_report_comes_in_parts(client: Client) -> None:
    async with client.broadcast("sale", people(30), "Hello!", inbox=memory(), check=False) as broadcast:
        await broadcast.wait()
        parts = [part async for part in broadcast.report(limit=200)]
        with pytest.raises(InvalidArgumentError, match="there is no status 'error'; expected waiting, sending"):
            [part async for part in broadcast.report("error", "failed")]
    assert parts[0].startswith("sale: 30 of 30, 30 delivered (finished)\n79001230000@c.us: delivered\n")
    assert all(len(part) <= 200 for part in parts)
    lines = "\n".join(parts).splitlines()[1:]
    assert lines == [f"{chat(number)}: delivered" for number in range(30)]


async def test_the_progress_bar_shows_the_numbers() -> None:
    screen = io.StringIO()
    with ProgressBar(Console(file=screen, force_terminal=True, width=100)) as bar:
        bar(BroadcastProgress(name="sale", state=BroadcastState.SENDING, total=10, waiting=6, read=3, failed=1))
    assert "4/10" in screen.getvalue()
    assert "3 delivered, 1 failed (sending)" in screen.getvalue()


async def test_the_reason_of_a_stop_is_left_to_the_error_and_does_not_displace_the_bar() -> None:
    screen, reason = io.StringIO(), "getSettings 401: Unauthorized. Check the token: the server does not accept it."
    with ProgressBar(Console(file=screen, force_terminal=True, width=100)) as bar:
        bar(BroadcastProgress(name="sale", state=BroadcastState.STOPPED, reason=reason, total=10, waiting=6, read=4))
    assert "4/10" in screen.getvalue()
    assert "4 delivered (stopped)" in screen.getvalue()
