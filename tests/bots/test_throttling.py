"""Throttling: a filter and middleware that limit how often a person or chat is served."""

from typing import Any

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, MemoryInbox, Notification
from greenapi_async import parse_notification as parse
from greenapi_async.bots import Router, filters, throttle
from greenapi_async.bots.rate_window import MAX_KEYS, RateWindow
from greenapi_async.sandbox import Instance

from .harness import ANNA, BORIS, GROUP, drive, replies

pytestmark = pytest.mark.anyio


def echo(router: Router, *wanted: filters.Filter) -> None:
    @router.message(*wanted)
    async def answers(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"answer to {notification.text}")


async def writes_in_time(client: Client, instance: Instance, router: Router, texts: dict[float, str]) -> None:
    """Run the bot, and let Anna write each text at its second."""
    processing = client.process(router.handler(), inbox=MemoryInbox(), receive_timeout=5)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        start = anyio.current_time()
        for second, text in texts.items():
            await anyio.sleep(start + second - anyio.current_time())
            instance.contact_writes(ANNA, text)
        await anyio.sleep(60)
        processing.stop()


async def test_the_filter_leaves_what_is_beyond_the_limit_to_other_handlers(client: Client, instance: Instance) -> None:
    router = Router()
    echo(router, filters.text("hi"), filters.rate(2, per=60))

    @router.message(filters.text("hi"))
    async def wait(notification: IncomingMessageReceived) -> None:
        await notification.reply("wait")

    for text in ("ho", "hi", "hi", "hi"):
        instance.contact_writes(ANNA, text)
    instance.contact_writes(BORIS, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["answer to hi", "answer to hi", "wait"]
    assert replies(instance, BORIS) == ["answer to hi"]


async def test_the_window_slides(client: Client, instance: Instance) -> None:
    router = Router()
    echo(router, filters.rate(2, per=60))
    await writes_in_time(client, instance, router, {0: "a", 40: "b", 50: "c", 65: "d", 90: "e", 105: "f"})
    assert replies(instance) == [f"answer to {text}" for text in "abdf"]


async def test_middleware_replies_once_beyond_the_limit(client: Client, instance: Instance) -> None:
    router = Router()
    router.middleware(throttle(1, per=60, reply="Please wait."))
    echo(router)
    await writes_in_time(client, instance, router, {0: "a", 10: "b", 20: "c", 65: "d", 75: "e"})
    assert replies(instance) == ["answer to a", "Please wait.", "answer to d", "Please wait."]


@pytest.mark.parametrize(("by", "answered"), [("person", ["anna", "boris"]), ("chat", ["anna"])])
async def test_the_limit_is_for_a_person_or_a_chat(
    client: Client, instance: Instance, by: Any, answered: list[str]
) -> None:
    router = Router()
    router.middleware(throttle(1, per=3600, by=by))
    seen: list[str | None] = []

    @router.message()
    async def note(notification: IncomingMessageReceived) -> None:
        seen.append(notification.text)

    @router.on(IncomingMessageReceived)
    async def never(notification: IncomingMessageReceived) -> None: ...

    instance.contact_writes(GROUP, "anna", sender=ANNA)
    instance.contact_writes(GROUP, "anna again", sender=ANNA)
    instance.contact_writes(GROUP, "boris", sender=BORIS)
    assert await drive(client, router) == []
    assert seen == answered


async def test_a_retried_notification_counts_once(client: Client, instance: Instance) -> None:
    router = Router()
    router.middleware(throttle(1, per=3600))
    tries: list[str | None] = []

    @router.message(filters.rate(1, per=3600))
    async def fails_once(notification: IncomingMessageReceived) -> None:
        tries.append(notification.text)
        if len(tries) == 1:
            raise LookupError

    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(ANNA, "ho")
    assert await drive(client, router, attempts=3) == []
    assert tries == ["hi", "hi"]


def message(number: int) -> Notification:
    return parse(
        {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": 1101000001},
            "timestamp": 1588091580,
            "idMessage": f"F7AEC1B7086E{number}",
            "senderData": {"chatId": f"{number}@c.us", "sender": f"{number}@c.us"},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hi"}},
        }
    )


async def test_only_so_many_are_counted_and_the_silent_are_forgotten() -> None:
    window = RateWindow(1, 3600, "person")
    first = message(79000000000)
    for number in range(MAX_KEYS + 100):
        assert window.admit(message(79000000000 + number))
    assert len(window) == MAX_KEYS
    await anyio.sleep(3600)
    assert window.admit(first)
    assert len(window) == 1


@pytest.mark.parametrize(
    "options", [{"limit": 0}, {"limit": True}, {"per": 0}, {"per": float("nan")}, {"per": "60"}, {"by": "x"}]
)
def test_invalid_limits_are_rejected(options: dict[str, Any]) -> None:
    create: Any
    for create in (filters.rate, throttle):
        with pytest.raises(InvalidArgumentError):
            create(**{"limit": 1, "per": 1, **options})
