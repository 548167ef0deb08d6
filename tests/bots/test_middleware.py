"""Middleware and error handlers."""

from collections.abc import Awaitable, Callable

import anyio
import pytest

from greenapi_async import (
    Client,
    ConversationEndedError,
    ConversationTimeoutError,
    GreenAPIError,
    IncomingCall,
    IncomingMessageReceived,
    MessageNotification,
    Notification,
)
from greenapi_async.bots import SKIP, CallNext, Router, Skip, filters
from greenapi_async.sandbox import Instance

from .harness import ANNA, drive, replies

pytestmark = pytest.mark.anyio

Middleware = Callable[[Notification, CallNext], Awaitable[None]]


def noting(name: str, noted: list[str]) -> Middleware:
    async def around(notification: Notification, call_next: CallNext) -> None:
        noted.append(f"{name} in")
        try:
            await call_next()
        except LookupError:
            noted.append(f"{name} sees it")
            raise
        noted.append(f"{name} out")

    return around


async def test_middleware_wraps_the_handlers_of_its_router_the_outermost_first(
    client: Client, instance: Instance
) -> None:
    noted: list[str] = []
    router, child = Router(), Router()
    for name in ("first", "second"):
        router.middleware(noting(name, noted))
    child.middleware(noting("child", noted))

    @router.message(filters.text("own"))
    async def own(notification: IncomingMessageReceived) -> None:
        noted.append("own")

    @child.message(filters.text("hi"))
    async def inner(notification: IncomingMessageReceived) -> None:
        noted.append("inner")

    router.include(child)
    for text in ("hi", "own", "unhandled"):
        instance.contact_writes(ANNA, text)
    await drive(client, router)
    hi = ["first in", "second in", "child in", "inner", "child out", "second out", "first out"]
    assert noted == [*hi, "first in", "second in", "own", "second out", "first out"]


async def test_middleware_runs_once_however_many_handlers_skip(client: Client, instance: Instance) -> None:
    noted: list[str] = []
    router, child, sibling = Router(), Router(), Router()
    router.middleware(noting("router", noted))
    child.middleware(noting("child", noted))
    sibling.middleware(noting("sibling", noted))
    for one in (child, child, sibling):

        @one.message()
        async def pass_on(notification: IncomingMessageReceived) -> Skip:
            noted.append("passed on")
            return SKIP

    router.include(child)
    router.include(sibling)

    @router.message()
    async def last(notification: IncomingMessageReceived) -> None:
        noted.append("last")

    instance.contact_writes(ANNA, "hi")
    await drive(client, router)
    in_child = ["child in", "passed on", "passed on", "child out"]
    in_sibling = ["sibling in", "passed on", "sibling out"]
    assert noted == ["router in", *in_child, *in_sibling, "last", "router out"]


async def test_middleware_can_drop_a_notification_and_call_the_handler_again(
    client: Client, instance: Instance
) -> None:
    router = Router()
    tries: list[str | None] = []

    @router.middleware
    async def guard(notification: Notification, call_next: CallNext) -> None:
        if notification.text == "stop":
            return
        try:
            await call_next()
        except LookupError:
            await anyio.sleep(5)
            await call_next()

    @router.message()
    async def works_the_second_time(notification: IncomingMessageReceived) -> None:
        tries.append(notification.text)
        if len(tries) == 1:
            raise LookupError

    instance.contact_writes(ANNA, "stop")
    instance.contact_writes(ANNA, "go")
    assert await drive(client, router) == []
    assert tries == ["go", "go"]


class ShopError(Exception):
    """An error of the shop."""


class SoldOutError(ShopError):
    """An article is sold out."""


def failing(router: Router, error: Exception) -> None:
    @router.message()
    async def fails(notification: IncomingMessageReceived) -> None:
        raise error


async def test_the_nearest_class_handles_an_error_and_the_notification_is_not_retried(
    client: Client, instance: Instance
) -> None:
    router = Router()
    failing(router, SoldOutError("no more"))

    @router.error(Exception)
    async def anything(notification: Notification) -> None:
        await notification.reply("wrong handler")

    @router.error(ShopError, OSError)
    async def shop(notification: IncomingMessageReceived, error: ShopError | OSError, client: Client) -> None:
        await client.send_message(notification.sender, f"{type(error).__name__}: {error}")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["SoldOutError: no more"]


async def test_the_innermost_router_handles_first_and_its_errors_propagate_outwards(
    client: Client, instance: Instance
) -> None:
    noted: list[str] = []
    router, child = Router(), Router()
    failing(child, SoldOutError())
    router.include(child)
    child.middleware(noting("child", noted))

    @child.error(Exception)
    async def wide(error: Exception) -> None:
        noted.append("child")
        raise LookupError from error

    @child.error(SoldOutError)
    async def shy() -> Skip:
        noted.append("skipped")
        return SKIP

    @child.error(LookupError)
    async def own() -> None:
        noted.append("its own")

    @router.error(SoldOutError)
    async def parent(error: SoldOutError) -> None:
        noted.append("wrong class")

    @router.error(LookupError)
    async def parent_of_lookup(error: LookupError) -> None:
        noted.append(f"router, {type(error.__cause__).__name__}")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert noted == ["child in", "skipped", "child", "router, SoldOutError"]


async def test_an_unhandled_error_is_retried_and_quarantined(client: Client, instance: Instance) -> None:
    noted: list[str] = []
    router = Router()
    router.middleware(noting("router", noted))
    failing(router, LookupError("unhandled"))

    @router.error(ShopError)
    async def shop(error: ShopError) -> None:
        noted.append("wrong class")

    instance.contact_writes(ANNA, "hi")
    [entry] = await drive(client, router, attempts=3)
    assert entry.attempts == 3
    assert "LookupError: unhandled" in (entry.failure or "")
    assert noted == ["router in", "router sees it"] * 3


async def test_an_error_in_a_filter_goes_to_the_outermost_router(client: Client, instance: Instance) -> None:
    router, child = Router(), Router()
    router.include(child)

    @child.message(filters.where(lambda notification: notification.no_such_thing))
    async def never(notification: IncomingMessageReceived) -> None:
        await notification.reply("never")

    instance.contact_writes(ANNA, "hi")
    [entry] = await drive(client, router)
    assert "no_such_thing" in (entry.failure or "")

    @router.error(AttributeError)
    async def sorry(notification: MessageNotification) -> None:
        await notification.reply("sorry")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["sorry"]


async def test_cancellation_is_not_an_error(client: Client, instance: Instance) -> None:
    router = Router()
    ended: list[str] = []

    @router.on(IncomingCall)
    async def waits(notification: IncomingCall) -> None:
        await anyio.sleep_forever()

    @router.error(Exception)
    async def anything(error: Exception) -> None:
        ended.append("handled")

    @router.middleware
    async def bounded(notification: Notification, call_next: CallNext) -> None:
        with anyio.move_on_after(5):
            await call_next()
        ended.append("cut short")

    instance.produce("incomingCall")
    assert await drive(client, router) == []
    assert ended == ["cut short"]


async def test_errors_in_a_task_group_go_to_the_handlers_of_their_classes(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[str] = []

    @router.message()
    async def fails(notification: IncomingMessageReceived) -> None:
        errors = {"sold out": SoldOutError("a"), "lookup": LookupError("b"), "os": OSError("c")}
        wanted = [errors[word] for word in (notification.text or "").split(", ")]
        inner = ExceptionGroup("inner", wanted[:1])
        raise ExceptionGroup("outer", [inner, *wanted[1:]])

    @router.error(ShopError)
    async def shop(error: ShopError) -> None:
        seen.append(f"shop {error}")

    @router.error(LookupError)
    async def lookup(error: LookupError) -> None:
        seen.append(f"lookup {error}")

    @router.error(Exception)
    async def rest(error: Exception) -> None:
        seen.append(f"rest {[str(one) for one in getattr(error, 'exceptions', ())]}")

    for text in ("sold out", "sold out, lookup", "sold out, lookup, os", "sold out, sold out"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert seen == ["shop a", "shop a", "lookup b", "shop a", "lookup b", "rest ['c']", "shop a"]


async def test_what_no_handler_handles_of_a_group_fails_the_attempt(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[str] = []

    @router.message()
    async def fails(notification: IncomingMessageReceived) -> None:
        raise ExceptionGroup("both", [LookupError("handled"), OSError("not handled")])

    @router.error(LookupError)
    async def lookup(error: LookupError) -> None:
        seen.append(str(error))

    instance.contact_writes(ANNA, "hi")
    [entry] = await drive(client, router)
    assert seen == ["handled"]
    assert "OSError: not handled" in (entry.failure or "")
    assert "LookupError: handled" not in (entry.failure or "")


async def test_a_handler_of_groups_gets_the_group(client: Client, instance: Instance) -> None:
    router = Router()
    failing(router, ExceptionGroup("both", [LookupError("one"), OSError("two")]))

    @router.error(ExceptionGroup)
    async def group(notification: IncomingMessageReceived, error: ExceptionGroup[Exception]) -> None:
        await notification.reply(f"{len(error.exceptions)} errors")

    @router.error(LookupError)
    async def lookup(notification: IncomingMessageReceived) -> None:
        await notification.reply("wrong handler")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["2 errors"]


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("named", [False, True])
async def test_the_end_of_a_conversation_reaches_only_handlers_that_name_it(
    client: Client, instance: Instance, *, grouped: bool, named: bool
) -> None:
    router = Router()
    end = ConversationTimeoutError("no answer")
    failing(router, ExceptionGroup("group", [end]) if grouped else end)

    @router.error(Exception, GreenAPIError)
    async def anything(notification: Notification) -> None:
        await notification.reply("something failed")

    if named:

        @router.error(ConversationEndedError)
        async def ended(notification: Notification, error: ConversationEndedError) -> None:
            await notification.reply(f"ended: {type(error).__name__}")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == (["ended: ConversationTimeoutError"] if named else [])
