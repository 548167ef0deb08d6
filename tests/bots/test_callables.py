"""Callables: what may be registered as a handler, and what its annotations may be."""

import functools
import sys
import threading
from collections.abc import Awaitable, Callable
from decimal import Decimal as RealDecimal
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, Union, cast

import pytest
from typing_extensions import TypeAliasType

from greenapi_async import Client, IncomingCall, IncomingMessageReceived, InvalidArgumentError, TextMessage
from greenapi_async.bots import Command, Context, Router, filters
from greenapi_async.sandbox import Instance

from .harness import ANNA, drive, replies

if TYPE_CHECKING:
    from decimal import Decimal

    from greenapi_async import Message, Notification

pytestmark = pytest.mark.anyio


class Database:
    name = "base"


class PostgresDatabase(Database):
    name = "postgres"


def on_message(
    router: Router, *wanted: filters.Filter
) -> Callable[[Callable[[IncomingMessageReceived], object]], object]:
    """Return ``router.message(...)``, with a type that tells what a lambda receives."""
    return router.message(*wanted)


async def answers(client: Client, instance: Instance, router: Router, *texts: str) -> list[str]:
    """Let Anna write texts, and return what the bot answers."""
    for text in texts or ("hi",):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    return replies(instance)


async def test_a_sync_handler_runs_in_a_thread(client: Client, instance: Instance) -> None:
    router = Router(provide={Database: PostgresDatabase})
    seen: list[object] = []

    @router.message(filters.command("count"))
    def count(notification: IncomingMessageReceived, command: Command, *, database: Database) -> None:
        seen.extend([threading.current_thread() is threading.main_thread(), command.text, database.name])

    assert await answers(client, instance, router, "/count me") == []
    assert seen == [False, "me", "postgres"]


async def test_a_sync_handler_that_fails_has_error_handlers_which_may_be_sync(
    client: Client, instance: Instance
) -> None:
    router = Router()
    seen: list[str] = []

    @router.message()
    def fails(notification: IncomingMessageReceived) -> None:
        raise LookupError("sync")

    @router.error(LookupError)
    def handle(error: LookupError) -> None:
        seen.append(str(error))

    await answers(client, instance, router)
    assert seen == ["sync"]


async def test_lambdas_receive_the_notification_and_what_they_return_is_awaited(
    client: Client, instance: Instance
) -> None:
    router = Router()
    on_message(router, filters.text("a"))(lambda notification: notification.reply("A"))

    @router.message(filters.text("b"))
    def with_default(notification: IncomingMessageReceived, suffix: str = "!") -> object:
        return notification.reply(f"B{suffix}")

    router.message()(lambda: None)
    assert await answers(client, instance, router, "a", "b", "c") == ["A", "B!"]


async def test_static_methods_below_and_above_the_decorator(client: Client, instance: Instance) -> None:
    router = Router()

    class Handlers:
        @router.message(filters.text("a"))
        @staticmethod
        async def a(notification: IncomingMessageReceived) -> None:
            await notification.reply("A")

        @staticmethod
        @router.message(filters.text("b"))
        async def b(notification: IncomingMessageReceived) -> None:
            await notification.reply("B")

    router.message(filters.text("c"))(Handlers.a)
    assert await answers(client, instance, router, "a", "b", "c") == ["A", "B", "A"]


class Greeter:
    def __call__(self, notification: IncomingMessageReceived) -> Awaitable[object]:
        return notification.reply("from an object")

    def sync_method(self, notification: IncomingMessageReceived) -> Awaitable[object]:
        return notification.reply("from a method")


async def test_callable_objects_and_methods_may_be_sync(client: Client, instance: Instance) -> None:
    router = Router()
    router.message(filters.text("object"))(Greeter())
    router.message(filters.text("partial"))(functools.partial(Greeter.sync_method, Greeter()))
    router.message()(Greeter().sync_method)
    expected = ["from an object", "from a method", "from a method"]
    assert await answers(client, instance, router, "object", "partial", "method") == expected


Handler = Callable[..., Awaitable[None]]


def with_wraps(function: Handler) -> Handler:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> None:
        await function(*args, **kwargs)

    return wrapper


def sync_with_wraps(function: Handler) -> Handler:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Awaitable[None]:
        return function(*args, **kwargs)

    return wrapper


def without_wraps(function: Handler) -> Handler:
    async def wrapper(*args: Any, **kwargs: Any) -> None:
        await function(*args, **kwargs)

    return wrapper


def with_both(function: Handler) -> Handler:
    return with_wraps(without_wraps(function))


def after_the_notification(function: Handler) -> Handler:
    @functools.wraps(function)
    async def wrapper(notification: IncomingMessageReceived, **kwargs: Any) -> None:
        await function(notification, **kwargs)

    return wrapper


def after_anything(function: Handler) -> Handler:
    async def wrapper(first, *args, **kwargs):  # type: ignore[no-untyped-def]  # as many are
        await function(first, *args, **kwargs)

    return cast("Handler", wrapper)


def with_more(function: Handler) -> Handler:
    async def wrapper(*args: Any, client: Client, **kwargs: Any) -> None:
        await client.send_typing(ANNA)
        await function(*args, **kwargs)

    return wrapper


def with_its_database(function: Handler) -> Handler:
    @functools.wraps(function)
    async def wrapper(notification: IncomingMessageReceived, database: Database, **kwargs: Any) -> None:
        await function(notification, database=database, **kwargs)

    return wrapper


class Hiding:
    """A decorator that hides the function it calls."""

    def __init__(self, function: Handler) -> None:
        self._function = function
        self.calls = 0

    async def __call__(self, *args: Any, **kwargs: Any) -> None:
        self.calls += 1
        await self._function(*args, **kwargs)


def with_own_parameter(function: Handler) -> Handler:
    @functools.wraps(function)
    async def wrapper(notification: IncomingMessageReceived) -> None:
        await function(notification, "from the decorator")

    return wrapper


@pytest.mark.parametrize(
    "decorate",
    [
        with_wraps,
        sync_with_wraps,
        without_wraps,
        with_both,
        after_the_notification,
        after_anything,
        with_more,
        with_its_database,
        Hiding,
    ],
)
async def test_a_decorated_handler_keeps_its_parameters(
    client: Client, instance: Instance, decorate: Callable[[Handler], Handler]
) -> None:
    router = Router(provide={Database: PostgresDatabase})

    @router.message(filters.command("greet"))
    @decorate
    async def greet(notification: IncomingMessageReceived, command: Command, *, database: Database) -> None:
        await notification.reply(f"{command.text} from {database.name}")

    assert await answers(client, instance, router, "/greet Anna") == ["Anna from postgres"]


async def test_a_decorator_may_supply_parameters_itself(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message()
    @with_own_parameter
    async def greet(notification: IncomingMessageReceived, text: str) -> None:
        await notification.reply(text)

    assert await answers(client, instance, router) == ["from the decorator"]


async def test_variadic_parameters(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[object] = []

    @router.message(filters.text("kwargs"))
    async def keywords(notification: IncomingMessageReceived, **kwargs: object) -> None:
        seen.append(kwargs)

    @router.message(filters.text("args"))
    async def everything(*args: object, **kwargs: object) -> None:
        seen.append(([type(one) for one in args], kwargs))

    @router.message()
    @Hiding
    async def logged(notification: IncomingMessageReceived) -> None:
        seen.append(notification.text)

    await answers(client, instance, router, "kwargs", "args", "logged")
    assert seen == [{}, ([IncomingMessageReceived], {}), "logged"]


T = TypeVar("T")
Incoming = TypeAliasType("Incoming", IncomingMessageReceived)
Both = TypeAliasType("Both", Union[IncomingCall, Incoming])  # noqa: UP007  aliases of typing_extensions have no |
State = TypeAliasType("State", Context[T], type_params=(T,))
Store = TypeAliasType("Store", Annotated[Database, "the store"])


async def test_type_aliases_and_annotated(client: Client, instance: Instance) -> None:
    router = Router(provide={Database: PostgresDatabase})
    seen: list[object] = []

    @router.message(filters.text("hi"))
    async def aliases(
        one: Incoming, two: Annotated[Incoming | None, "two"], store: Store, state: State[dict[str, int]]
    ) -> None:
        seen.extend([type(one), two is one, store.name, type(state)])

    @router.message(filters.kind(TextMessage))
    async def annotated(
        notification: Annotated[IncomingMessageReceived, 1],
        message: Annotated[TextMessage, 2],
        database: Annotated[Database, 3] | None,
    ) -> None:
        assert database is not None
        seen.extend([notification.text, message.text, database.name])

    @router.on(IncomingMessageReceived, IncomingCall)
    async def both(notification: Both) -> None: ...

    await answers(client, instance, router, "hi", "ho")
    assert seen == [IncomingMessageReceived, True, "postgres", Context, "ho", "ho", "postgres"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the type statement needs Python 3.12")
async def test_the_type_statement(client: Client, instance: Instance) -> None:
    module = ModuleType("aliases")
    source = "from greenapi_async import IncomingMessageReceived\ntype Incoming = IncomingMessageReceived"
    exec(source, module.__dict__)
    router = Router()

    async def greet(notification: Any) -> None:
        await notification.reply("hello")

    greet.__annotations__["notification"] = module.Incoming
    router.message()(greet)
    assert await answers(client, instance, router) == ["hello"]


async def test_a_base_class_of_a_provided_type(client: Client, instance: Instance) -> None:
    router = Router(provide={PostgresDatabase: PostgresDatabase})

    @router.message()
    async def greet(notification: IncomingMessageReceived, database: Database, same: Database | None) -> None:
        assert same is database
        await notification.reply(database.name)

    assert await answers(client, instance, router) == ["postgres"]


def test_a_base_class_of_several_provided_types_is_rejected() -> None:
    class MySQLDatabase(Database): ...

    router = Router(provide={PostgresDatabase: PostgresDatabase, MySQLDatabase: MySQLDatabase})

    @router.message()
    async def greet(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"which PostgresDatabase and .*MySQLDatabase provide; ask for one"):
        router.handler()


async def test_names_that_exist_for_type_checkers_only(client: Client, instance: Instance) -> None:
    """A default makes an unknown name harmless; names of this package are found."""
    router = Router()

    @router.message()
    async def greet(notification: "Notification", message: "Message | None", price: "Decimal | None" = None) -> None:
        await notification.reply(f"{message.text if message else ''} {price}")

    @router.edited()
    async def needs_it(price: "Decimal") -> None: ...

    with pytest.raises(
        InvalidArgumentError, match=r"'price: Decimal', whose annotation cannot be evaluated: NameError"
    ):
        router.handler()
    globals()["Decimal"] = RealDecimal  # defined later
    try:
        with pytest.raises(InvalidArgumentError, match=r"'price: Decimal', which nothing provides"):
            router.handler()
        dispatcher = router.handler(provide={RealDecimal: lambda: RealDecimal(7)})
    finally:
        del globals()["Decimal"]
    instance.contact_writes(ANNA, "hi")
    assert await drive(client, dispatcher) == []
    assert replies(instance) == ["hi 7"]


async def test_registrations_after_compilation_take_effect(client: Client, instance: Instance) -> None:
    router, child, grandchild = Router(), Router(), Router()
    router.include(child)
    dispatcher = router.handler()
    on_message(child, filters.text("a"))(lambda notification: notification.reply("A"))
    child.include(grandchild)
    on_message(grandchild, filters.text("b"))(lambda notification: notification.reply("B"))
    assert repr(dispatcher) == "<Dispatcher with 2 handlers>"
    for text in ("a", "b"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, dispatcher) == []
    assert replies(instance) == ["A", "B"]


async def test_an_invalid_registration_after_compilation_raises_and_is_undone(
    client: Client, instance: Instance
) -> None:
    router, child = Router(), Router()
    router.include(child)
    dispatcher = router.handler()

    async def invalid(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match="'database: Database', which nothing provides"):
        child.message()(invalid)
    on_message(child)(lambda notification: notification.reply("valid"))
    instance.contact_writes(ANNA, "hi")
    assert await drive(client, dispatcher) == []
    assert replies(instance) == ["valid"]


async def test_a_startup_hook_of_a_running_bot_is_rejected(client: Client) -> None:
    router, late = Router(), Router()
    ran: list[str] = []
    router.on_start(lambda: ran.append("sync hook"))
    late.on_start(lambda: None)
    await router.run_startup_hooks([client])
    assert ran == ["sync hook"]
    with pytest.raises(InvalidArgumentError, match="The bot is running"):
        router.on_start(lambda: None)
    with pytest.raises(InvalidArgumentError, match="The bot is running"):
        router.include(late)

    @router.on_stop
    def stop(clients: list[Client]) -> None:
        ran.append(f"stop {len(clients)}")

    await router.run_shutdown_hooks([client])
    assert ran == ["sync hook", "stop 1"]
    router.include(late)
