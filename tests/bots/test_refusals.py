"""What handlers, error handlers and factories cannot be given, refused when the router is built."""

import re
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

import pytest

from greenapi_async import (
    BaseNotification,
    Client,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    InvalidArgumentError,
    Message,
    MessageNotification,
    PartnerClient,
    VideoMessage,
)
from greenapi_async.bots import Command, Router, filters

if TYPE_CHECKING:
    from decimal import Decimal


class Database: ...


class Settings: ...


class Users:
    def __init__(self, database: Database) -> None:
        self.database = database


class _Wrong:
    """Handlers of messages that ask for what is not there; what is said of each stands in its docstring."""

    async def unknown(self, notification: IncomingMessageReceived, database: Database) -> None:
        r"""unknown \(test_refusals.py:\d+\) asks for 'database: Database', which nothing here gives; it may ask for"""

    async def bare(self, notification) -> None:  # type: ignore[no-untyped-def]  # wrong on purpose
        """asks for 'notification', which has no annotation"""

    async def anything(self, notification: Any) -> None:
        """asks for 'notification: .*Any', which nothing here gives"""

    async def call(self, call: IncomingCall) -> None:
        """asks for 'call: IncomingCall', but IncomingMessageReceived may come here"""

    async def image(self, image: ImageMessage) -> None:
        r"""asks for 'image: ImageMessage', but any message may come here; filters.kind\(...\) sees to the class"""

    async def command(self, command: Command) -> None:
        r"""asks for 'command: Command', but no filters.command\(...\) has surely matched here"""

    async def match(self, match: re.Match[str]) -> None:
        r"""'match: re.Match\[str\]', but no filters.regex"""

    async def match_of_bytes(self, match: re.Match[bytes] | None) -> None:
        """which nothing here gives"""

    async def mixed(self, something: IncomingMessageReceived | Client) -> None:
        """which nothing here gives"""

    async def partner(self, client: PartnerClient) -> None:
        """asks for 'client: PartnerClient', which nothing here gives"""

    async def error(self, error: LookupError) -> None:
        """asks for 'error: LookupError', which nothing here gives"""

    async def several(self, *notifications: IncomingMessageReceived) -> None:
        """asks for 'notifications: IncomingMessageReceived', which can be anything"""

    async def unreadable(self, price: "Decimal") -> None:
        """cannot be read: NameError: name 'Decimal' is not defined"""

    async def unhashable(self, notification: {}) -> None:  # type: ignore[valid-type]  # wrong on purpose
        """which nothing here gives"""


@pytest.mark.parametrize("name", [name for name in vars(_Wrong) if not name.startswith("__")])
def test_what_cannot_be_given_is_refused_when_the_router_is_built(name: str) -> None:
    handler = getattr(_Wrong(), name)
    router, parent = Router(), Router()
    router.message()(handler)
    parent.include(router)
    with pytest.raises(InvalidArgumentError, match=handler.__doc__):
        parent.handler()


def test_the_refusal_tells_what_may_be_asked_for() -> None:
    router = Router(provide={Settings: Settings})

    @router.message(filters.media & filters.regex("a") & ~filters.kind(VideoMessage))
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError) as caught:
        router.handler()
    assert "it may ask for IncomingMessageReceived or a base class of it, AudioMessage, DocumentMessage" in str(
        caught.value
    )
    assert str(caught.value).endswith("Client, Context[...], re.Match[str], Settings.")


def test_what_a_handler_is_for_must_fit_all_its_classes() -> None:
    router = Router()

    @router.on(IncomingCall, MessageNotification)
    async def ask(notification: MessageNotification) -> None: ...

    with pytest.raises(InvalidArgumentError, match="but IncomingCall may come here"):
        router.handler()


def test_a_message_is_refused_where_there_may_be_none() -> None:
    router = Router()

    @router.on(BaseNotification)
    async def ask(message: Message) -> None: ...

    with pytest.raises(InvalidArgumentError, match="need not have a message"):
        router.handler()


def test_error_handlers_are_checked_for_all_that_their_router_handles() -> None:
    router, child = Router(), Router()

    @child.on(IncomingCall)
    async def calls(notification: IncomingCall) -> None: ...

    @router.message(filters.command("a"))
    async def messages(command: Command) -> None: ...

    router.include(child)

    @child.error(LookupError)
    async def fits(notification: IncomingCall, error: LookupError) -> None: ...

    router.handler()

    @router.error(LookupError, OSError)
    async def narrow(error: LookupError) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"narrow .* 'error: LookupError', but OSError may come here"):
        router.handler()
    other = Router()
    other.include(router)

    @other.error(LookupError)
    async def of_messages(notification: MessageNotification) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"'notification: MessageNotification', but IncomingCall may come"):
        other.handler()


def test_factories_are_checked_as_handlers_are() -> None:
    def database(name: str) -> Database:
        raise NotImplementedError

    router = Router(provide={Database: database})

    @router.message()
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"database \(.*\), to make Database, asks for 'name: str'"):
        router.handler()


def test_what_is_provided_may_not_need_itself() -> None:
    def database(settings: Settings) -> Database:
        raise NotImplementedError

    def settings(users: Users) -> Settings:
        raise NotImplementedError

    router = Router(provide={Database: database, Settings: settings, Users: Users})

    @router.message()
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match="asks for itself: Database -> Settings -> Users -> Database"):
        router.handler()


def test_a_generator_that_is_no_context_manager_is_refused() -> None:
    async def database() -> AsyncGenerator[Database]:
        yield Database()

    with pytest.raises(InvalidArgumentError, match="decorate it with asynccontextmanager"):
        Router(provide={Database: database})
