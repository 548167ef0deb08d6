"""Dependency injection: unresolvable parameters are rejected when the router is compiled."""

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
from greenapi_async.bots import Command, Router, Text, filters

if TYPE_CHECKING:
    from decimal import Decimal


class Database: ...


class Settings: ...


class Users:
    def __init__(self, database: Database) -> None:
        self.database = database


class _Wrong:
    """Handlers of messages with unresolvable parameters; each docstring is a pattern of the error message."""

    async def unknown(self, notification: IncomingMessageReceived, database: Database) -> None:
        r"""unknown \(test_injection_errors.py:\d+\) .* 'database: Database', which nothing provides. It may ask for:"""

    async def bare(self, notification, second) -> None:  # type: ignore[no-untyped-def]  # wrong on purpose
        """parameter 'second', which has no annotation"""

    async def anything(self, notification: Any) -> None:
        """parameter 'notification: .*Any', which nothing provides"""

    async def call(self, call: IncomingCall) -> None:
        """parameter 'call: IncomingCall', but it can receive IncomingMessageReceived"""

    async def image(self, image: ImageMessage) -> None:
        r"""parameter 'image: ImageMessage', but it can receive any message; add filters.kind\(...\)"""

    async def command(self, command: Command) -> None:
        r"""parameter 'command: Command', but filters.command\(...\) is not certain to have matched"""

    async def text(self, text: Text) -> None:
        r"""parameter 'text: Text', but filters.has_text is not certain to have matched"""

    async def match(self, match: re.Match[str]) -> None:
        r"""'match: re.Match\[str\]', but filters.regex"""

    async def match_of_bytes(self, match: re.Match[bytes] | None) -> None:
        """which nothing provides"""

    async def mixed(self, something: IncomingMessageReceived | Client) -> None:
        """which nothing provides"""

    async def partner(self, client: PartnerClient) -> None:
        """parameter 'client: PartnerClient', which nothing provides"""

    async def error(self, error: LookupError) -> None:
        """parameter 'error: LookupError', which nothing provides"""

    async def several(self, *notifications: IncomingMessageReceived) -> None:
        """parameter 'notifications: IncomingMessageReceived', which accepts any number"""

    async def unreadable(self, price: "Decimal") -> None:
        """cannot be evaluated: NameError: name 'Decimal' is not defined"""

    async def unhashable(self, notification: {}) -> None:  # type: ignore[valid-type]  # wrong on purpose
        """which nothing provides"""


@pytest.mark.parametrize("name", [name for name in vars(_Wrong) if not name.startswith("__")])
def test_an_unresolvable_parameter_is_rejected_when_the_router_is_compiled(name: str) -> None:
    handler = getattr(_Wrong(), name)
    router, parent = Router(), Router()
    router.message()(handler)
    parent.include(router)
    with pytest.raises(InvalidArgumentError, match=handler.__doc__):
        parent.handler()


def test_a_method_without_its_object_is_rejected() -> None:
    with pytest.raises(InvalidArgumentError, match=r"got the method _Wrong.unknown \(.*\) without its object"):
        Router().message()(_Wrong.unknown)


def test_the_error_lists_what_can_be_injected() -> None:
    router = Router(provide={Settings: Settings})

    @router.message(filters.media & filters.regex("a") & ~filters.kind(VideoMessage))
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError) as caught:
        router.handler()
    assert "It may ask for: IncomingMessageReceived or a base class of it, AudioMessage, DocumentMessage" in str(
        caught.value
    )
    assert str(caught.value).endswith("Client, Context[...], re.Match[str], Text, Settings.")


def test_the_annotation_must_fit_all_classes_of_the_handler() -> None:
    router = Router()

    @router.on(IncomingCall, MessageNotification)
    async def ask(notification: MessageNotification) -> None: ...

    with pytest.raises(InvalidArgumentError, match="but it can receive IncomingCall"):
        router.handler()


def test_a_message_is_rejected_if_a_notification_may_have_none() -> None:
    router = Router()

    @router.on(BaseNotification)
    async def ask(message: Message) -> None: ...

    with pytest.raises(InvalidArgumentError, match="notifications without a message"):
        router.handler()


def test_error_handlers_are_checked_against_all_notifications_of_their_router() -> None:
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

    with pytest.raises(InvalidArgumentError, match=r"narrow .* 'error: LookupError', but it can receive OSError"):
        router.handler()
    other = Router()
    other.include(router)

    @other.error(LookupError)
    async def of_messages(notification: MessageNotification) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"MessageNotification', but it can receive IncomingCall"):
        other.handler()


def test_providers_are_checked_like_handlers() -> None:
    def database(name: str) -> Database:
        raise NotImplementedError

    router = Router(provide={Database: database})

    @router.message()
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"database \(.*\), provider of Database, has .* 'name: str'"):
        router.handler()


def test_a_circular_dependency_is_rejected() -> None:
    def database(settings: Settings) -> Database:
        raise NotImplementedError

    def settings(users: Users) -> Settings:
        raise NotImplementedError

    router = Router(provide={Database: database, Settings: settings, Users: Users})

    @router.message()
    async def ask(database: Database) -> None: ...

    with pytest.raises(InvalidArgumentError, match=r"Circular .*: Database -> Settings -> Users -> Database"):
        router.handler()


def test_a_generator_function_as_provider_is_rejected() -> None:
    async def database() -> AsyncGenerator[Database]:
        yield Database()

    with pytest.raises(InvalidArgumentError, match="Decorate it with asynccontextmanager"):
        Router(provide={Database: database})
