"""Router: which handler runs for a notification, registration errors and hooks."""

import subprocess
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import anyio
import pytest

from greenapi_async import (
    BaseNotification,
    Client,
    IncomingCall,
    IncomingMessageReceived,
    InvalidArgumentError,
    MessageNotification,
    MessageStatus,
    Notification,
    OutgoingCall,
    OutgoingMessageStatus,
    UnknownNotification,
)
from greenapi_async.bots import SKIP, Router, Skip, filters
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.simulation.catalogue import KINDS

from .harness import ANNA, BORIS, drive, replies

pytestmark = pytest.mark.anyio


def answering(router: Router, answer: str, *wanted: filters.Filter) -> None:
    @router.message(*wanted)
    async def answers(notification: IncomingMessageReceived) -> None:
        await notification.reply(answer)


async def test_the_first_matching_handler_runs(client: Client, instance: Instance) -> None:
    router = Router()
    answering(router, "to hi", filters.text("hi"))
    answering(router, "to hi again", filters.text("hi"))
    answering(router, "to all")
    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(ANNA, "ho")
    assert await drive(client, router) == []
    assert replies(instance) == ["to hi", "to all"]


async def test_all_filters_of_a_handler_must_match(client: Client, instance: Instance) -> None:
    router = Router()
    answering(router, "Anna wrote hi", filters.text("hi"), filters.chat(ANNA))
    for chat_id in (ANNA, BORIS):
        instance.contact_writes(chat_id, "hi")
    await drive(client, router)
    assert replies(instance) == ["Anna wrote hi"]
    assert replies(instance, BORIS) == []


async def test_a_handler_that_returns_skip_passes_the_notification_on(client: Client, instance: Instance) -> None:
    router, child = Router(), Router()

    @router.message()
    async def shy(notification: IncomingMessageReceived) -> Skip | None:
        if notification.text == "hi":
            return SKIP
        await notification.reply("mine")
        return None

    @child.message(filters.text("hi"))
    async def shy_too(notification: IncomingMessageReceived) -> Skip:
        await notification.reply("seen")
        return SKIP

    router.include(child)
    answering(router, "the last")
    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(ANNA, "ho")
    await drive(client, router)
    assert replies(instance) == ["seen", "the last", "mine"]


async def test_a_notification_without_handler_leaves_the_inbox(client: Client, instance: Instance) -> None:
    router = Router()
    answering(router, "hi", filters.text("hi"))
    instance.contact_writes(ANNA, "ho")
    assert await drive(client, router) == []
    assert len(instance.notifications) == 0


async def test_included_routers_keep_the_order_of_registration(client: Client, instance: Instance) -> None:
    router, child, grandchild = Router(), Router(), Router()
    answering(router, "before", filters.text("before"))
    answering(grandchild, "grandchild", filters.text("before", "inner"))
    child.include(grandchild)
    answering(child, "child", filters.text("inner", "outer"))
    router.include(child)
    answering(router, "after")
    for text in ("before", "inner", "outer", "else"):
        instance.contact_writes(ANNA, text)
    await drive(client, router)
    assert replies(instance) == ["before", "grandchild", "child", "after"]


async def test_a_router_can_be_included_twice(client: Client, instance: Instance) -> None:
    router, shop, support, shared = Router(), Router(), Router(), Router()
    answering(shared, "shared", filters.text("hi"))
    for one in (shop, support):
        one.include(shared)
        router.include(one)
    instance.contact_writes(ANNA, "hi")
    await drive(client, router)
    assert replies(instance) == ["shared"]


def test_circular_inclusion_is_rejected() -> None:
    router, child, grandchild = Router(), Router(), Router()
    router.include(child)
    child.include(grandchild)
    for one in (router, child, grandchild):
        with pytest.raises(InvalidArgumentError, match="cannot include itself"):
            grandchild.include(one)


async def test_handlers_of_other_notification_classes(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[str | None] = []

    @router.on(IncomingCall, OutgoingCall)
    async def called(notification: IncomingCall | OutgoingCall) -> None:
        seen.append(notification.chat_id)

    @router.on(OutgoingMessageStatus, filters.where(lambda status: status.status == MessageStatus.READ))
    async def was_read(notification: OutgoingMessageStatus) -> None:
        seen.append("read")

    @router.on(MessageNotification)
    async def messages(notification: MessageNotification) -> None:
        seen.append(notification.text)

    instance.settings.update(incomingCallWebhook="yes", outgoingCallWebhook="yes")
    instance.phone_calls.incoming(ANNA)
    instance.phone_calls.outgoing(BORIS)
    instance.phone_writes(ANNA, "from the phone")
    instance.contact_writes(ANNA, "from Anna")
    instance.contact_reads(ANNA)
    assert await drive(client, router) == []
    assert seen == [ANNA, BORIS, "from the phone", "from Anna", "read"]


async def test_every_kind_of_notification_can_be_handled(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[Notification] = []

    @router.on(UnknownNotification)
    async def unknown(notification: UnknownNotification) -> None:
        raise LookupError

    @router.on(BaseNotification)
    async def known(notification: Notification) -> None:
        seen.append(notification)

    for kind in KINDS:
        instance.produce(kind)
    instance.queue_notification({"typeWebhook": "newInTheNextVersion", "timestamp": 1})
    instance.queue_notification({"typeWebhook": "incomingCall", "from": {}, "timestamp": 1})
    [quarantined] = await drive(client, router)
    assert "LookupError" in (quarantined.failure or "")
    assert len(seen) == len(KINDS) + 1
    assert len({type(notification) for notification in seen}) > 10


def plain(_: Any) -> None: ...


async def asynchronous(_: Notification) -> None: ...


def two_arguments(one: object, two: object) -> None: ...


async def generates(_: Notification) -> AsyncGenerator[None]:
    yield


def _wrong() -> list[tuple[Any, str]]:
    anything: Any = Router()
    return [
        (lambda: anything.message()(17), "A handler must be a function, got 17"),
        (lambda: anything.message()(Router), "A handler must be a function, got <class"),
        (lambda: anything.message()(classmethod(plain)), "Put @staticmethod in its place"),
        (lambda: anything.message()(generates), r"instead of yielding, got .* generates \(test_router.py:\d+\)"),
        (lambda: anything.error(LookupError)("plain"), "An error handler must be a function"),
        (lambda: anything.middleware(plain), "Middleware must be an async function"),
        (lambda: anything.middleware(asynchronous), "must accept two arguments"),
        (lambda: anything.on_start(17), "A hook must be a function"),
        (lambda: anything.on_stop(two_arguments), "A hook must accept no argument, or one"),
        (lambda: anything.message(asynchronous), r"@router.message\(\) for all"),
        (lambda: anything.message(filters.text), r"router.message\(\) expects filters, got"),
        (lambda: anything.message("hi"), r"router.message\(\) expects filters, got"),
        (lambda: anything.on(int), r"router.on\(\) expects notification classes, got .*int"),
        (lambda: anything.on("incomingCall"), "expects notification classes"),
        (lambda: anything.error(KeyboardInterrupt), "expects exception classes"),
        (lambda: anything.error(asynchronous), "expects exception classes"),
        (lambda: anything.include(filters), "expects a Router"),
        (lambda: Router(provide={int: 17}), "expects functions, got 17"),  # type: ignore[dict-item]  # wrong on purpose
        (lambda: Router(provide={"Database": plain}), "expects types as keys"),
    ]


@pytest.mark.parametrize(("declare", "words"), _wrong())
def test_invalid_registrations_are_rejected_at_once(declare: Any, words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        declare()


async def test_startup_hooks_run_in_order_and_shutdown_hooks_in_reverse(client: Client) -> None:
    router, child = Router(), Router()
    ran: list[object] = []

    @router.on_start
    async def open_database() -> None:
        ran.append("open")

    @child.on_start
    async def greet(clients: Sequence[Client]) -> None:
        ran.append([one.id_instance for one in clients])

    @router.on_stop
    async def close_database() -> None:
        ran.append("close")

    @child.on_stop
    async def part(clients: Sequence[Client]) -> None:
        ran.append("part")
        raise LookupError

    router.include(child)
    router.include(child)
    await router.run_startup_hooks([client])
    assert ran == ["open", [client.id_instance]]
    with pytest.raises(LookupError):
        await router.run_shutdown_hooks([client])
    assert ran[2:] == ["part", "close"]


async def test_all_shutdown_hooks_run_even_if_some_fail(client: Client) -> None:
    router = Router()
    for error in (LookupError, OSError):

        @router.on_stop
        async def fail(error: type[Exception] = error) -> None:
            await anyio.lowlevel.checkpoint()
            raise error

    with pytest.raises(ExceptionGroup) as caught:
        await router.run_shutdown_hooks([client])
    assert [type(error) for error in caught.value.exceptions] == [OSError, LookupError]


def test_importing_the_package_does_not_import_bots() -> None:
    code = "import sys, greenapi_async; assert 'greenapi_async.bots' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
