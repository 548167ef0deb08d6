"""Dependency injection: what handlers receive by annotation."""

import re
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from typing import Annotated, NewType, Protocol, Self

import anyio
import pytest

from greenapi_async import (
    AudioMessage,
    BaseNotification,
    Client,
    FileMessage,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    Message,
    MessageNotification,
    Notification,
    VideoMessage,
)
from greenapi_async.bots import Command, Context, Router, StateGroup, Text, filters
from greenapi_async.bots import State as BotState
from greenapi_async.sandbox import Instance

from .harness import ANNA, drive, replies

pytestmark = pytest.mark.anyio

PICTURE = {"file": {"fileName": "cat.png", "url": "https://cats.test/1.png", "caption": "my cat"}}


async def test_the_notification_by_any_base_class(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[object] = []

    @router.message()
    async def ask(
        one: IncomingMessageReceived,
        /,
        two: MessageNotification,
        three: BaseNotification,
        four: Notification,
        five: IncomingMessageReceived | IncomingCall | None,
        *,
        six: "IncomingMessageReceived",
    ) -> None:
        seen.extend([one, two, three, four, five, six])

    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert len(seen) == 6
    assert all(one is seen[0] for one in seen)


async def test_the_client_that_received_the_notification(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[Client] = []

    @router.message()
    async def ask(client: Client) -> None:
        seen.append(client)

    instance.contact_writes(ANNA, "hi")
    await drive(client, router)
    assert seen == [client]


async def test_the_message_by_the_class_that_filters_guarantee(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[object] = []

    @router.message(filters.kind(ImageMessage))
    async def image(image: ImageMessage, file: FileMessage, either: ImageMessage | VideoMessage) -> None:
        seen.extend([image.caption, file.file_name, type(either)])

    @router.message()
    async def other(message: Message, perhaps: AudioMessage | None) -> None:
        seen.extend([message.text, perhaps])

    instance.contact_sends(ANNA, PICTURE)
    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert seen == ["my cat", "cat.png", ImageMessage, "hi", None]


async def test_values_captured_by_filters(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message(filters.command("add"))
    async def add(notification: IncomingMessageReceived, command: Command) -> None:
        await notification.reply(str(sum(map(int, command.arguments))))

    @router.message(filters.regex(r"order (\d+)") | filters.regex(r"№(\d+)"))
    async def order(notification: IncomingMessageReceived, match: re.Match[str]) -> None:
        await notification.reply(f"order {match[1]} it is")

    @router.message(filters.command("help") | filters.text("help"))
    async def helps(notification: IncomingMessageReceived, command: Command | None) -> None:
        await notification.reply(f"help on {command.text if command else 'everything'}")

    for text in ("/add 1 2 3", "my №17", "help", "/help orders"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert replies(instance) == ["6", "order 17 it is", "help on everything", "help on orders"]


async def test_the_text_wherever_a_filter_has_seen_one(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message(filters.text("hi", ignore_case=True))
    async def exact(notification: IncomingMessageReceived, text: Text) -> None:
        await notification.reply(f"{text}!")

    @router.message(filters.contains("soup") | filters.regex("salad") | filters.command("menu"))
    async def dish(notification: IncomingMessageReceived, text: Text) -> None:
        await notification.reply(text.upper())

    @router.message(filters.has_text)
    async def other(notification: IncomingMessageReceived, text: Text) -> None:
        await notification.reply(f"{text}?")

    @router.message()
    async def no_text(notification: IncomingMessageReceived, text: Text | None) -> None:
        await notification.reply(repr(text))

    for written in ("Hi", "one soup", "/menu today", "what"):
        instance.contact_writes(ANNA, written)
    instance.contact_sends(ANNA, PICTURE)
    instance.contact_sends(ANNA, {"location": {"latitude": 1, "longitude": 2}})
    assert await drive(client, router) == []
    assert replies(instance) == ["Hi!", "ONE SOUP", "/MENU TODAY", "what?", "my cat?", "None"]


class Counting(StateGroup[dict[str, int]], name="counting by injection"):
    on = BotState()


async def test_the_state_without_a_state_filter(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message()
    async def count(notification: IncomingMessageReceived, context: Context[dict[str, int]]) -> None:
        so_far = (context.data or {}).get("count", 0) + 1
        await context.enter(Counting.on, {"count": so_far})
        await notification.reply(str(so_far))

    for text in ("a", "b", "c"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert replies(instance) == ["1", "2", "3"]


class Database:
    def __init__(self, name: str = "") -> None:
        self.name = name
        self.open = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open = False


class Settings:
    def __init__(self, client: Client) -> None:
        self.client = client


class Users:
    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings


async def test_providers_and_their_dependencies(client: Client, instance: Instance) -> None:
    created: list[str] = []

    def make_database() -> Database:
        created.append("database")
        return Database("real")

    async def make_settings(client: Client) -> Settings:
        await anyio.lowlevel.checkpoint()
        created.append("settings")
        return Settings(client)

    router = Router(provide={Users: Users, Settings: make_settings, Database: make_database})
    seen: list[Users] = []

    @router.message()
    async def ask(users: Users, database: Database) -> None:
        assert users.database is database
        seen.append(users)

    for text in ("one", "two"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert created == ["database", "settings"] * 2
    assert seen[0] is not seen[1]
    assert seen[0].settings.client is client


async def test_a_long_lived_dependency_is_not_closed(client: Client, instance: Instance) -> None:
    database = Database()
    router = Router(provide={Database: lambda: database})
    seen: list[Database] = []

    @router.message()
    async def ask(one: Database, same: Database | None) -> None:
        seen.extend(filter(None, [one, same]))

    instance.contact_writes(ANNA, "hi")
    await drive(client, router)
    assert seen == [database, database]
    assert database.open


class Session(Protocol):
    name: str


class Transaction:
    def __init__(self, name: str) -> None:
        self.name = name


async def test_context_managers_exit_after_the_handler_in_reverse_order(client: Client, instance: Instance) -> None:
    noted: list[str] = []

    @contextmanager
    def session(notification: MessageNotification) -> Generator[Transaction]:
        noted.append("session")
        yield Transaction(notification.text or "")
        noted.append("session ends")

    @asynccontextmanager
    async def transaction(session: Session) -> AsyncGenerator[Transaction]:
        try:
            yield Transaction(f"in {session.name}")
        except LookupError:
            noted.append("rolled back")
            raise
        finally:
            noted.append("transaction ends")

    router = Router(provide={Session: session, Transaction: transaction})

    @router.message(filters.text("fails"))
    async def fails(transaction: Transaction) -> None:
        raise LookupError

    @router.message()
    async def works(transaction: Transaction) -> None:
        noted.append(transaction.name)

    @router.error(LookupError)
    async def sorry(notification: MessageNotification, session: Session) -> None:
        noted.append(f"sorry for {session.name}")

    instance.contact_writes(ANNA, "works")
    await drive(client, router)
    assert noted == ["session", "in works", "transaction ends", "session ends"]
    noted.clear()
    instance.contact_writes(ANNA, "fails")
    assert await drive(client, router) == []
    in_error_handler = ["session", "sorry for fails", "session ends"]
    assert noted == ["session", "rolled back", "transaction ends", *in_error_handler]


UserName = NewType("UserName", str)
Replica = Annotated[Database, "replica"]


class Journal:
    def __init__(self) -> None:
        self.texts: list[str] = []


async def test_a_provider_may_be_cached(client: Client, instance: Instance) -> None:
    @cache
    def opened() -> Journal:
        return Journal()

    router = Router(provide={Journal: opened})

    @router.message()
    async def note(notification: IncomingMessageReceived, journal: Journal) -> None:
        journal.texts.append(notification.text or "")
        await notification.reply(",".join(journal.texts))

    instance.contact_writes(ANNA, "1")
    instance.contact_writes(ANNA, "2")
    assert await drive(client, router) == []
    assert replies(instance) == ["1", "1,2"]


async def test_included_routers_inherit_and_override_providers_and_handler_overrides_all(
    client: Client, instance: Instance
) -> None:
    async def name(notification: MessageNotification) -> UserName:
        await anyio.lowlevel.checkpoint()
        return UserName(notification.sender_name or "")

    router = Router(provide={Database: lambda: Database("parent"), Replica: lambda: Database("replica")})
    child = Router(provide={Database: lambda: Database("child"), UserName: name})

    async def tell(notification: MessageNotification, database: Database, replica: Replica) -> None:
        await notification.reply(f"{database.name}, {replica.name}")

    router.message(filters.text("parent"))(tell)

    @child.message()
    async def tell_name(name: UserName, notification: MessageNotification, database: Database) -> None:
        await notification.reply(f"{name} of {database.name}")

    router.include(child)
    for text in ("parent", "child"):
        instance.contact_writes(ANNA, text, sender_name="Anna")
    await drive(client, router)
    assert replies(instance) == ["parent, replica", "Anna of child"]
    instance.contact_writes(ANNA, "child")
    await drive(client, router.handler(provide={Database: lambda: Database("test")}))
    assert replies(instance)[-1] == "Anna of test"


class Greeter:
    def __init__(self, greeting: str) -> None:
        self.greeting = greeting

    async def __call__(self, notification: "IncomingMessageReceived") -> None:
        await notification.reply(f"{self.greeting} from an object")

    async def method(self, notification: "IncomingMessageReceived", times: int = 1) -> None:
        await notification.reply(self.greeting * times)


async def greet(greeting: str, notification: "IncomingMessageReceived") -> None:
    await notification.reply(f"{greeting} partly")


async def test_handlers_can_be_methods_partials_and_objects(client: Client, instance: Instance) -> None:
    router = Router()
    greeter = Greeter("hello")
    router.message(filters.text("method"))(greeter.method)
    router.message(filters.text("object"))(greeter)
    router.message(filters.text("partial"))(partial(greet, "hello"))
    for text in ("method", "object", "partial"):
        instance.contact_writes(ANNA, text)
    assert await drive(client, router) == []
    assert replies(instance) == ["hello", "hello from an object", "hello partly"]


async def test_string_annotations_can_name_local_and_later_definitions(client: Client, instance: Instance) -> None:
    class Local:
        pass

    router = Router(provide={Local: Local, Later: Later})
    seen: list[object] = []

    @router.message()
    async def ask(one: "Local", two: "Local | None") -> None:
        seen.extend([one, two])

    router.message()(ask_for_later)
    instance.contact_writes(ANNA, "hi")
    assert await drive(client, router) == []
    assert len(seen) == 2
    assert all(isinstance(one, Local) for one in seen)


async def ask_for_later(later: "Later") -> None: ...


class Later: ...
