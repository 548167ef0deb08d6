"""The bots that the manual recommends in 1.3.13, tested with the sandbox."""

from collections.abc import Callable

import anyio
import pytest

from greenapi_async import Client, MemoryInbox
from greenapi_async.bots import Router, lifespan
from greenapi_async.sandbox import Instance
from greenapi_async.types import ServiceError

from .harness import ANNA, BORIS, replies
from .recommended_bots import (
    SEND_AGAIN,
    Desk,
    StateWatch,
    announce_calls,
    drop_calls,
    follow_calls,
    handle_service_errors,
    poll_state,
    record_ended_calls,
    watch_instance,
)

pytestmark = pytest.mark.anyio

ENDS = ("pickUp", "hangUp", "missed", "declined")


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def watch(client: Client, desk: Desk) -> StateWatch:
    return StateWatch(client, desk)


class TestCalls:
    """ "Работа с входящими звонками"."""

    @pytest.fixture(autouse=True)
    async def telephone(self, instance: Instance) -> None:
        instance.settings["incomingCallWebhook"] = "yes"
        instance.people.names[ANNA] = "Анна"

    async def make_calls(self, client: Client, instance: Instance, router: Router) -> None:
        """Let Anna call four times, each with another end, and then write."""
        async with lifespan(router, clients=client, inbox=MemoryInbox()):
            for end in ENDS:
                id_message = instance.phone_calls.incoming(ANNA)
                await anyio.sleep(10)
                instance.phone_calls.end(id_message, end)
            instance.contact_writes(ANNA, "Возьмите трубку!", sender_name="Анна")
            await anyio.sleep(10)
        assert len(instance.notifications) == 0

    async def test_calls_are_dropped(self, client: Client, instance: Instance, desk: Desk) -> None:
        await self.make_calls(client, instance, drop_calls(desk))
        assert desk.journal == {ANNA: ["Возьмите трубку!"]}
        assert desk.alerts == []

    async def test_calls_are_announced_with_the_name_of_the_caller(
        self, client: Client, instance: Instance, desk: Desk
    ) -> None:
        await self.make_calls(client, instance, announce_calls(desk))
        assert desk.alerts == ["Анна звонит"] * 4
        assert desk.journal == {}

    async def test_ended_calls_are_recorded(self, client: Client, instance: Instance, desk: Desk) -> None:
        await self.make_calls(client, instance, record_ended_calls(desk))
        assert desk.journal == {ANNA: ["Отвеченный звонок", *["Пропущенный звонок"] * 3]}
        assert desk.alerts == []

    async def test_calls_are_followed_from_beginning_to_end(
        self, client: Client, instance: Instance, desk: Desk
    ) -> None:
        await self.make_calls(client, instance, follow_calls(desk))
        rings = "Входящий вызов"
        ends = ["Отвеченный звонок", "Сброшенный звонок", "Пропущенный звонок", "Пропущенный звонок"]
        assert desk.journal == {ANNA: [words for end in ends for words in (rings, end)]}
        assert desk.alerts == [f"{rings}: {ANNA}"] * 4


class TestInstanceState:
    """ "Отслеживание состояния инстанса", by notifications, by getStateInstance, and by both."""

    @pytest.fixture(params=["notifications", "polling", "both"], autouse=True)
    async def seen_by(self, request: pytest.FixtureRequest, instance: Instance) -> str:
        by = str(request.param)
        instance.settings["stateWebhook"] = "no" if by == "polling" else "yes"
        return by

    async def play(
        self, client: Client, seen_by: str, watch: StateWatch, *scenes: Callable[[], object], each: float = 300
    ) -> None:
        """Run the bot with scenes, the first after a minute, each for ``each`` seconds."""
        router = watch_instance(watch)
        async with lifespan(router, clients=client, inbox=MemoryInbox()), anyio.create_task_group() as tasks:
            if seen_by != "notifications":
                tasks.start_soon(poll_state, client, watch)
            await anyio.sleep(61)
            for scene in scenes:
                scene()
                await anyio.sleep(each)
            tasks.cancel_scope.cancel()

    def alerts_after_start(self, desk: Desk, seen_by: str) -> list[str]:
        """Return what the desk was told, without the initial state that polling reports."""
        return desk.alerts if seen_by == "notifications" else desk.alerts[1:]

    @pytest.mark.parametrize(
        ("state", "words"), [("notAuthorized", "link the phone again"), ("blocked", "ask for the account's release")]
    )
    async def test_if_sending_is_impossible_the_operator_is_told_and_nothing_is_sent(
        self, client: Client, instance: Instance, desk: Desk, watch: StateWatch, seen_by: str, state: str, words: str
    ) -> None:
        sent: list[int] = []

        def queued() -> None:
            instance.produce("textMessage")

        def look() -> None:
            sent.append([call.method for call in instance.calls].count("sendMessage"))

        scenes = (lambda: instance.set_state(state), queued, look, lambda: instance.set_state("authorized"), look)  # type: ignore[arg-type]  # any str
        await self.play(client, seen_by, watch, *scenes)
        assert self.alerts_after_start(desk, seen_by) == [words, "works"]
        assert sent == [0, 1]

    async def test_a_hanging_instance_is_restarted(
        self, client: Client, instance: Instance, desk: Desk, watch: StateWatch, seen_by: str
    ) -> None:
        await self.play(client, seen_by, watch, lambda: instance.set_state("starting"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert instance.state == "authorized"
        assert self.alerts_after_start(desk, seen_by) == ["works"]

    async def test_an_instance_that_keeps_hanging_is_reported_as_a_delay(
        self, client: Client, instance: Instance, desk: Desk, watch: StateWatch, seen_by: str
    ) -> None:
        instance.lifecycle.restart_seconds = 200
        await self.play(client, seen_by, watch, lambda: instance.set_state("starting"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert self.alerts_after_start(desk, seen_by) == ["starting: messages may be late", "works"]

    async def test_a_yellow_card_is_reported_and_the_instance_restarted(
        self, client: Client, instance: Instance, desk: Desk, watch: StateWatch, seen_by: str
    ) -> None:
        instance.lifecycle.restart_seconds = 30
        await self.play(client, seen_by, watch, lambda: instance.set_state("yellowCard"))
        assert [call.method for call in instance.calls].count("reboot") == 1
        assert self.alerts_after_start(desk, seen_by) == [
            "warned for spam: follow the instructions on yellowCard",
            "works",
        ]


class TestServiceErrors:
    """1.3.11, "Ошибки в теле уведомлений и журналах", and 1.3.13, "Обработка входящих уведомлений"."""

    async def run_bot(self, client: Client, desk: Desk) -> None:
        async with lifespan(handle_service_errors(desk), clients=client, inbox=MemoryInbox()):
            await anyio.sleep(60)

    @pytest.mark.parametrize("marker", ["{{SWE001}}", "{{SWE999}}"])
    async def test_a_sender_whose_message_was_lost_is_asked_to_send_it_again(
        self, client: Client, instance: Instance, desk: Desk, marker: str
    ) -> None:
        instance.contact_writes(ANNA, marker)
        instance.contact_writes(BORIS, "Привет")
        async with lifespan(handle_service_errors(desk), clients=client, inbox=MemoryInbox()):
            await anyio.sleep(10)
            assert replies(instance) == [SEND_AGAIN]
            instance.contact_writes(ANNA, "Привет")
            await anyio.sleep(10)
        assert replies(instance) == [SEND_AGAIN, "We read you"]
        assert replies(instance, BORIS) == ["We read you"]
        assert desk.alerts == []

    @pytest.mark.parametrize(
        ("kind", "variant", "error"),
        [
            ("videoMessage", "SWE002", ServiceError.SWE002),
            ("textMessage", "SWE003", ServiceError.SWE003),
            ("outgoingMessageStatus", "failedSWE004", ServiceError.SWE004),
        ],
    )
    async def test_what_needs_a_person_is_reported(
        self, client: Client, instance: Instance, desk: Desk, kind: str, variant: str, error: ServiceError
    ) -> None:
        instance.produce(kind, variant=variant)
        await self.run_bot(client, desk)
        assert [words.partition(": ")[2] for words in desk.alerts] == [error.advice]
        assert "sendMessage" not in {call.method for call in instance.calls}

    async def test_undocumented_notifications_are_reported_and_block_nothing(
        self, client: Client, instance: Instance, desk: Desk
    ) -> None:
        head = {"instanceData": {"idInstance": instance.id_instance}, "timestamp": 1}
        instance.queue_notification({"typeWebhook": "somethingNew", **head})
        instance.queue_notification({"typeWebhook": "incomingMessageReceived", **head, "messageData": 5})
        instance.contact_writes(ANNA, "Привет")
        await self.run_bot(client, desk)
        assert desk.alerts == [
            "a new type of notification: somethingNew",
            "a notification that is not as documented: incomingMessageReceived",
        ]
        assert replies(instance) == ["We read you"]
