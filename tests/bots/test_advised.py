"""A bot of each kind that the manual advises in 1.3.13, driven through the phone."""

from collections.abc import Callable

import anyio
import pytest

from greenapi_async import Client, MemoryInbox, ServiceError
from greenapi_async.bots import Router, lifespan
from greenapi_async.sandbox import Instance

from .advised import (
    AGAIN,
    Desk,
    Watch,
    calls_that_begin,
    calls_that_ended,
    every_call,
    look_every_minute,
    no_calls,
    unreadable,
    watching,
)
from .driving import ANNA, BORIS, replies

pytestmark = pytest.mark.anyio

ENDS = ("pickUp", "hangUp", "missed", "declined")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def watch(client: Client, desk: Desk) -> Watch:
    return Watch(client, desk)


class TestCalls:
    """ "Работа с входящими звонками"."""

    @pytest.fixture(autouse=True)
    async def telephone(self, instance: Instance) -> None:
        instance.settings["incomingCallWebhook"] = "yes"
        instance.people.names[ANNA] = "Анна"

    async def calls(self, client: Client, instance: Instance, router: Router) -> None:
        """Let Anna call so that each end comes about once, and write at last."""
        async with lifespan(router, clients=client, inbox=MemoryInbox()):
            for end in ENDS:
                id_message = instance.phone_calls.incoming(ANNA)
                await anyio.sleep(10)
                instance.phone_calls.end(id_message, end)
            instance.contact_writes(ANNA, "Возьмите трубку!", sender_name="Анна")
            await anyio.sleep(10)
        assert len(instance.notifications) == 0

    async def test_are_dropped(self, client: Client, instance: Instance, desk: Desk) -> None:
        await self.calls(client, instance, no_calls(desk))
        assert desk.journal == {ANNA: ["Возьмите трубку!"]}
        assert desk.told == []

    async def test_are_told_of_when_they_begin_by_the_name_of_who_calls(
        self, client: Client, instance: Instance, desk: Desk
    ) -> None:
        await self.calls(client, instance, calls_that_begin(desk))
        assert desk.told == ["Анна звонит"] * 4
        assert desk.journal == {}

    async def test_are_noted_when_they_have_ended(self, client: Client, instance: Instance, desk: Desk) -> None:
        await self.calls(client, instance, calls_that_ended(desk))
        assert desk.journal == {ANNA: ["Отвеченный звонок", *["Пропущенный звонок"] * 3]}
        assert desk.told == []

    async def test_are_followed_from_beginning_to_end(self, client: Client, instance: Instance, desk: Desk) -> None:
        await self.calls(client, instance, every_call(desk))
        rings = "Входящий вызов"
        ends = ["Отвеченный звонок", "Сброшенный звонок", "Пропущенный звонок", "Пропущенный звонок"]
        assert desk.journal == {ANNA: [words for end in ends for words in (rings, end)]}
        assert desk.told == [f"{rings}: {ANNA}"] * 4


class TestTheInstancesState:
    """ "Отслеживание состояния инстанса", by notifications, by getStateInstance, and by both."""

    @pytest.fixture(params=["notifications", "looks", "both"], autouse=True)
    async def seen_by(self, request: pytest.FixtureRequest, instance: Instance) -> str:
        by = str(request.param)
        instance.settings["stateWebhook"] = "no" if by == "looks" else "yes"
        return by

    async def lives(
        self, client: Client, seen_by: str, watch: Watch, *scenes: Callable[[], object], each: float = 300
    ) -> None:
        """Play scenes while the bot runs, the first after a minute, each for some time."""
        router = watching(watch)
        async with lifespan(router, clients=client, inbox=MemoryInbox()), anyio.create_task_group() as tasks:
            if seen_by != "notifications":
                tasks.start_soon(look_every_minute, client, watch)
            await anyio.sleep(61)
            for scene in scenes:
                scene()
                await anyio.sleep(each)
            tasks.cancel_scope.cancel()

    def told(self, desk: Desk, seen_by: str) -> list[str]:
        """What the desk was told; looks also tell of the state at the start."""
        return desk.told if seen_by == "notifications" else desk.told[1:]

    @pytest.mark.parametrize(
        ("state", "words"), [("notAuthorized", "link the phone again"), ("blocked", "ask for the account's release")]
    )
    async def test_where_nothing_can_be_sent_the_operator_is_told_and_nothing_is(
        self, client: Client, instance: Instance, desk: Desk, watch: Watch, seen_by: str, state: str, words: str
    ) -> None:
        sent: list[int] = []

        def queued() -> None:
            instance.produce("textMessage")

        def look() -> None:
            sent.append([call.method for call in instance.calls].count("sendMessage"))

        scenes = (lambda: instance.set_state(state), queued, look, lambda: instance.set_state("authorized"), look)  # type: ignore[arg-type]  # any str
        await self.lives(client, seen_by, watch, *scenes)
        assert self.told(desk, seen_by) == [words, "works"]
        assert sent == [0, 1]

    async def test_an_instance_that_hangs_is_restarted(
        self, client: Client, instance: Instance, desk: Desk, watch: Watch, seen_by: str
    ) -> None:
        await self.lives(client, seen_by, watch, lambda: instance.set_state("starting"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert instance.state == "authorized"
        assert self.told(desk, seen_by) == ["works"]

    async def test_one_that_hangs_longer_is_told_of_as_a_delay(
        self, client: Client, instance: Instance, desk: Desk, watch: Watch, seen_by: str
    ) -> None:
        instance.lifecycle.restart_seconds = 200
        await self.lives(client, seen_by, watch, lambda: instance.set_state("starting"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert self.told(desk, seen_by) == ["starting: messages may be late", "works"]

    async def test_a_yellow_card_is_told_of_and_the_instance_restarted(
        self, client: Client, instance: Instance, desk: Desk, watch: Watch, seen_by: str
    ) -> None:
        instance.lifecycle.restart_seconds = 30
        await self.lives(client, seen_by, watch, lambda: instance.set_state("yellowCard"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert self.told(desk, seen_by) == ["warned for spam: follow the instructions on yellowCard", "works"]


class TestServiceErrors:
    """1.3.11, "Ошибки в теле уведомлений и журналах", and 1.3.13, "Обработка входящих уведомлений"."""

    async def bot(self, client: Client, desk: Desk) -> None:
        async with lifespan(unreadable(desk), clients=client, inbox=MemoryInbox()):
            await anyio.sleep(60)

    @pytest.mark.parametrize("marker", ["{{SWE001}}", "{{SWE999}}"])
    async def test_who_wrote_what_did_not_come_is_asked_to_write_again(
        self, client: Client, instance: Instance, desk: Desk, marker: str
    ) -> None:
        instance.contact_writes(ANNA, marker)
        instance.contact_writes(BORIS, "Привет")
        async with lifespan(unreadable(desk), clients=client, inbox=MemoryInbox()):
            await anyio.sleep(10)
            assert replies(instance) == [AGAIN]
            instance.contact_writes(ANNA, "Привет")
            await anyio.sleep(10)
        assert replies(instance) == [AGAIN, "We read you"]
        assert replies(instance, BORIS) == ["We read you"]
        assert desk.told == []

    @pytest.mark.parametrize(
        ("kind", "variant", "error"),
        [
            ("videoMessage", "SWE002", ServiceError.SWE002),
            ("textMessage", "SWE003", ServiceError.SWE003),
            ("outgoingMessageStatus", "failedSWE004", ServiceError.SWE004),
        ],
    )
    async def test_what_a_person_must_see_to_is_told(
        self, client: Client, instance: Instance, desk: Desk, kind: str, variant: str, error: ServiceError
    ) -> None:
        instance.produce(kind, variant=variant)
        await self.bot(client, desk)
        assert [words.partition(": ")[2] for words in desk.told] == [error.advice]
        assert "sendMessage" not in {call.method for call in instance.calls}

    async def test_what_is_not_as_documented_is_told_and_holds_nothing_up(
        self, client: Client, instance: Instance, desk: Desk
    ) -> None:
        head = {"instanceData": {"idInstance": instance.id_instance}, "timestamp": 1}
        instance.queue_notification({"typeWebhook": "somethingNew", **head})
        instance.queue_notification({"typeWebhook": "incomingMessageReceived", **head, "messageData": 5})
        instance.contact_writes(ANNA, "Привет")
        await self.bot(client, desk)
        assert desk.told == [
            "a new type of notification: somethingNew",
            "a notification that is not as documented: incomingMessageReceived",
        ]
        assert replies(instance) == ["We read you"]
