"""Outer middleware, values that middleware and filters pass to handlers, and async filters."""

from collections.abc import Callable
from typing import Any

import anyio
import attrs
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, Notification
from greenapi_async.bots import SKIP, CallNext, Command, Router, Skip, filters
from greenapi_async.sandbox import Instance

from .harness import ANNA, BORIS, drive, replies

pytestmark = pytest.mark.anyio


@attrs.frozen
class Customer:
    name: str


CUSTOMERS = {ANNA: Customer("Anna")}


async def find_customer(notification: Notification) -> Customer | None:
    await anyio.sleep(1)
    return CUSTOMERS.get(notification.chat_id or "")


async def test_outer_middleware_sees_every_notification_before_any_filter(client: Client, instance: Instance) -> None:
    router, child = Router(), Router()
    noted: list[object] = []

    @router.outer_middleware
    async def outermost(notification: Notification, call_next: CallNext) -> None:
        noted.append(notification.text or notification.type_webhook)
        noted.append(await call_next())

    @child.outer_middleware
    async def of_child(notification: Notification, call_next: CallNext) -> None:
        if notification.text != "dropped":
            await call_next()

    def note(notification: Notification) -> bool:
        noted.append("filter")
        return True

    @child.message(filters.where(note) & filters.text("hi", "dropped"))
    async def handler(notification: IncomingMessageReceived) -> None:
        noted.append("handler")

    router.include(child)
    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(ANNA, "nobody handles it")
    instance.contact_writes(ANNA, "dropped")
    instance.produce("incomingCall")
    assert await drive(client, router) == []
    assert noted == [
        *("hi", "filter", "handler", True),
        *("nobody handles it", "filter", False),
        *("dropped", False),
        *("incomingCall", False),
    ]


async def test_call_next_tells_whether_a_handler_has_handled_it(client: Client, instance: Instance) -> None:
    router = Router()
    results: list[bool] = []

    @router.middleware
    async def inner(notification: Notification, call_next: CallNext) -> None:
        results.append(await call_next())

    @router.outer_middleware
    async def outer(notification: Notification, call_next: CallNext) -> None:
        results.append(await call_next())

    @router.message()
    async def handler(notification: IncomingMessageReceived) -> Skip | None:
        if notification.text == "fails":
            raise LookupError
        return SKIP if notification.text == "skipped" else None

    @router.error(LookupError)
    async def handle(notification: Notification) -> None: ...

    for text in ("handled", "skipped", "fails"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert results == [True, True, False, False, True]


async def test_errors_of_outer_middleware_go_to_the_outermost_router_once(client: Client, instance: Instance) -> None:
    router, child = Router(), Router()
    noted: list[str] = []

    @child.outer_middleware
    async def fails(notification: Notification, call_next: CallNext) -> None:
        if notification.text == "outer":
            raise LookupError("outer")
        await call_next()

    @child.message()
    async def handler(notification: IncomingMessageReceived) -> None:
        raise LookupError("handler")

    router.include(child)

    @router.error(LookupError)
    async def handle(error: LookupError) -> Skip | None:
        noted.append(str(error))
        return SKIP if str(error) == "handler" else None

    instance.contact_writes(ANNA, "outer")
    instance.contact_writes(ANNA, "handler")
    [entry] = await drive(client, router)
    assert noted == ["outer", "handler"]
    assert "LookupError: handler" in (entry.failure or "")


async def test_middleware_passes_values_to_handlers_and_their_providers(client: Client, instance: Instance) -> None:
    def greeting(customer: Customer) -> str:
        return f"Hello, {customer.name}"

    router, child = Router(provide={str: greeting}), Router()

    @router.outer_middleware(provides=Customer)
    async def customer(notification: Notification, call_next: CallNext) -> None:
        await call_next(await find_customer(notification) or Customer("stranger"))

    @child.middleware(provides=(int, float))
    async def numbers(notification: Notification, call_next: CallNext) -> None:
        await call_next(0.5, 17)

    @child.message()
    async def greet(notification: IncomingMessageReceived, text: str, number: int, half: float | None) -> None:
        await notification.reply(f"{text} {number} {half}")

    router.include(child)
    for one in (ANNA, BORIS):
        instance.contact_writes(one, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["Hello, Anna 17 0.5"]
    assert replies(instance, BORIS) == ["Hello, stranger 17 0.5"]


async def test_a_handler_outside_the_middleware_cannot_ask_for_its_values() -> None:
    router, child = Router(), Router()

    @child.middleware(provides=Customer)
    async def customer(notification: Notification, call_next: CallNext) -> None:
        await call_next(Customer("Anna"))

    router.include(child)

    @router.message()
    async def greet(customer: Customer) -> None: ...

    with pytest.raises(InvalidArgumentError, match="'customer: Customer', which nothing provides"):
        router.handler()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((), r"customer \(.*\) declares to provide Customer, but called call_next\(\) without"),
        ((Customer("a"), 17), r"customer \(.*\) passes 17 to call_next\(\), which it does not declare"),
    ],
)
async def test_middleware_must_pass_what_it_declares(
    client: Client, instance: Instance, values: tuple[object, ...], words: str
) -> None:
    router = Router()
    errors: list[Exception] = []

    @router.middleware(provides=Customer)
    async def customer(notification: Notification, call_next: CallNext) -> None:
        await call_next(*values)

    @router.message()
    async def greet(customer: Customer) -> None: ...

    @router.error(InvalidArgumentError)
    async def handle(error: InvalidArgumentError) -> None:
        errors.append(error)

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    with pytest.raises(InvalidArgumentError, match=words):
        raise errors[0]


async def test_async_filters_combine_with_others_and_pass_values(client: Client, instance: Instance) -> None:
    router = Router()
    asked: list[str | None] = []

    async def is_known(notification: Notification) -> bool:
        asked.append(notification.text)
        return await find_customer(notification) is not None

    known = filters.where(is_known)

    @router.message(filters.command("skip") & known)
    async def skips(notification: IncomingMessageReceived) -> Skip:
        return SKIP

    @router.message(filters.command("name"), filters.where(find_customer, provides=Customer))
    async def name(notification: IncomingMessageReceived, customer: Customer, command: Command) -> None:
        await notification.reply(f"You are {customer.name}{command.text}")

    @router.message(filters.text("either") & (filters.group | known) | filters.command("skip"))
    async def either(notification: IncomingMessageReceived) -> None:
        await notification.reply("either")

    @router.message(filters.text("either") & ~known)
    async def neither(notification: IncomingMessageReceived) -> None:
        await notification.reply("neither")

    for one in (ANNA, BORIS):
        for text in ("/name !", "either", "/skip"):
            instance.contact_writes(one, text)
    assert await drive(client, router) == []
    assert replies(instance) == ["You are Anna!", "either", "either"]
    assert replies(instance, BORIS) == ["neither", "either"]
    assert sorted(map(str, asked)) == ["/skip", "/skip", "either", "either", "either"]


async def test_a_function_that_returns_an_awaitable_matches_nothing(client: Client, instance: Instance) -> None:
    router = Router()

    async def is_admin(notification: Notification) -> bool:
        return False

    def asks(notification: Notification) -> object:
        return is_admin(notification)

    @router.message(filters.where(asks))
    async def admin(notification: IncomingMessageReceived) -> None:
        await notification.reply("admin")

    @router.error(InvalidArgumentError)
    async def wrong(notification: Notification, error: InvalidArgumentError) -> None:
        await notification.reply(str(error))

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    [reply] = replies(instance)
    assert "expected a value, or an async function" in reply


async def test_an_error_in_an_async_filter_goes_to_the_error_handlers(client: Client, instance: Instance) -> None:
    router = Router()

    async def fails(notification: Notification) -> bool:
        raise LookupError

    @router.message(filters.where(fails))
    async def never(notification: IncomingMessageReceived) -> None:
        await notification.reply("never")

    @router.error(LookupError)
    async def handle(notification: Notification) -> None:
        await notification.reply("sorry")

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert replies(instance) == ["sorry"]


def _wrong() -> list[tuple[Callable[[], object], str]]:
    anything: Any = Router()
    where: Any = filters.where

    def plain(notification: Notification, call_next: CallNext) -> None: ...

    return [
        (lambda: anything.middleware(provides="Customer"), "expects classes, got 'Customer'"),
        (lambda: anything.outer_middleware(plain), "Middleware must be an async function"),
        (lambda: where(17), "expects a function of one notification, got 17"),
        (lambda: where(find_customer, provides="Customer"), "expects a class, got 'Customer'"),
    ]


@pytest.mark.parametrize(("declare", "words"), _wrong())
def test_invalid_registrations_are_rejected_at_once(declare: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        declare()
