"""The fake server as tests see it."""

import os
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import Any, Literal, TypeAlias, TypeVar, Unpack, cast

from greenapi_async.bots import MemoryStorage, Router, StateStorage
from greenapi_async.bots.providers import Provide
from greenapi_async.client import Client
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.memory import MemoryInbox
from greenapi_async.methods.settings import SettingsChanges, settings_to_wire
from greenapi_async.models.chat_ids import chat_id
from greenapi_async.processing.options import Handler, ProcessOptions
from greenapi_async.testing.journal import Journal
from greenapi_async.testing.messages import Message
from greenapi_async.testing.owner import Owner
from greenapi_async.testing.people import Contact, Group
from greenapi_async.testing.running import Running
from greenapi_async.testing.sandbox_api import MESSENGERS, METHODS, FakeServer, Fault, Instance, LoggedCall, State
from greenapi_async.testing.server import Server

__all__ = ["Sandbox"]

T = TypeVar("T")
MessengerName: TypeAlias = Literal["whatsapp", "max", "telegram"]


class Sandbox:
    """Fake GREEN-API server with one instance; the test controls its people and its faults.

    Attributes:
        clock: Its clock; call it for the seconds since the epoch. In virtual time it follows the event loop. Pass it to
            code that takes a clock: ``SQLiteInbox(path, clock=sandbox.clock)``.
        instance: The first instance. With a socket, access it through ``do`` only.
        client: A client of the first instance; it need not be closed.
        journal: What has happened so far.
        owner: The owner of the account, who writes from the phone.
    """

    def __init__(
        self,
        server: Server,
        add_section: Callable[[str], None] = lambda _: None,
        *,
        messenger: MessengerName = "whatsapp",
    ) -> None:
        """Create a sandbox with one instance; tests get theirs from the fixture.

        Args:
            server: The fake server.
            add_section: Adds a text to pytest's report of the test.
            messenger: Messenger of the instance.
        """
        self.clock = server.clock
        self.journal = Journal(server, add_section)
        self._server = server
        self._people: dict[tuple[int, str], Contact] = {}
        self.owner = Owner(server)
        self.instance = self.add_instance(messenger=messenger)
        self.client = self.connect(self.instance)

    @property
    def state(self) -> FakeServer:
        """The ``greenapi_async.sandbox.Sandbox`` behind it. With a socket, access it through ``do`` only."""
        return self._server.state

    @property
    def url(self) -> str:
        """The ``api_url`` for clients; other processes can reach it only with a socket."""
        return self._server.url

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables from which ``Client.from_env()`` connects to the first instance; set during a test."""
        return {
            "GREENAPI_ID_INSTANCE": str(self.instance.id_instance),
            "GREENAPI_API_TOKEN_INSTANCE": self.instance.token,
            "GREENAPI_API_URL": self.url,
            "GREENAPI_MEDIA_URL": self.url,
            "GREENAPI_MESSENGER": self.instance.messenger.name,
            "NO_PROXY": _with_loopback("NO_PROXY"),
            "no_proxy": _with_loopback("no_proxy"),
        }

    def add_instance(
        self, *, state: State = "authorized", messenger: MessengerName = "whatsapp", **settings: Any
    ) -> Instance:
        """Add an instance.

        Args:
            state: Its state, for example ``notAuthorized``.
            messenger: Its messenger: ``whatsapp``, ``max`` or ``telegram``.
            settings: Settings as in the manual, for example ``pollMessageWebhook="yes"``. Without them the instance
                has those of ``greenapi sandbox``: notifications of polls, calls, products and orders are off.

        Returns:
            The instance; pass it to ``connect`` and ``contact``.
        """
        kind = MESSENGERS.get(messenger)
        if kind is None:
            raise ValueError(f"messenger is {messenger!r}; expected one of {', '.join(MESSENGERS)}")
        number = kind.first_instance + len(self.state.instances)
        phone = str(79876543210 + len(self.state.instances))

        def add() -> Instance:
            instance = self.state.add_instance(
                number, f"{number:050}", phone=phone, state=state, messenger=messenger, **settings
            )
            self.journal.record_calls(instance)
            return instance

        return self._server.call(add)

    def connect(self, instance: Instance | None = None, **options: Any) -> Client:
        """Create a client.

        Args:
            instance: Its instance; by default the first.
            options: Options of ``Client``.
        """
        own = instance or self.instance
        options.setdefault("transport", self._server.transport())
        options.setdefault("messenger", own.messenger.name)
        return Client(own.id_instance, own.token, self.url, self.url, **options)

    def contact(
        self, phone: str | int, name: str = "", *, lid: str | None = None, instance: Instance | None = None
    ) -> Contact:
        """Return the person with a phone number; created on first use.

        Args:
            phone: Phone number with country code, in any notation.
            name: Name in the profile.
            lid: The person's second id, ``<digits>@lid``; None keeps the known one, if any. The server names the person
                by it while ``is_named_by_lid`` is set, or the instance has the setting ``enableLidMode``.
            instance: The instance the person talks to; by default the first.

        Example:
            >>> anna = sandbox.contact("79001234567", name="Anna")
        """
        own = instance or self.instance
        id_contact = self._server.call(lambda: own.people.resolve(chat_id(phone)))
        contact = self._people.get((own.id_instance, id_contact))
        if contact is None:
            contact = Contact(self.journal, self._server, own, id_contact, name)
            self._people[own.id_instance, id_contact] = contact
        contact.name = name or contact.name
        if lid is not None:
            self._server.call(lambda: own.lids.assign(id_contact, lid))
        return contact

    def group(self, name: str, *members: Contact, admin: bool = False) -> Group:
        """Create a group of people and the bot.

        Args:
            name: Name of the group.
            members: Its members; the first one is its creator.
            admin: Whether the bot is an admin.

        Raises:
            ValueError: No member is given.
        """
        if not members:
            raise ValueError("a group needs at least one member. Example: sandbox.group('Team', anna)")
        own = members[0].instance
        people = [member.id for member in members]
        id_group = self._server.call(lambda: own.contact_makes_group(name, people, admin=admin))
        return Group(self.journal, self._server, own, id_group)

    def fail(
        self,
        method: str,
        *,
        status: int | None = None,
        times: int = 1,
        after_effect: bool = False,
        delay: float = 0,
        drop: bool = False,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        truncate: bool = False,
        cut: bool = False,
        instance: Instance | None = None,
    ) -> None:
        """Make the next calls of a method fail.

        Args:
            method: Name of the method as in the manual; ``*`` is any.
            status: HTTP status of the response, 200 to 599.
            times: Number of calls that fail.
            after_effect: Whether the call takes effect although it fails.
            delay: Seconds before the response; alone, the response is correct but late.
            drop: Whether to close the connection without a response.
            body: Body of the response.
            headers: Headers of the response.
            truncate: Whether to respond with the first half of the correct body.
            cut: Whether to close the connection in the middle of the correct body.
            instance: The instance; by default the first.

        Raises:
            ValueError: There is no such method, or an argument is out of range.

        Example:
            >>> sandbox.fail("sendMessage", status=502, after_effect=True)
        """
        if method != "*":
            _check_method(method)
        fault = Fault(
            status=status,
            body=body,
            headers=headers or {},
            delay=delay,
            drop=drop,
            truncate=truncate,
            cut=cut,
            after_effect=after_effect,
        )
        self._server.call(lambda: (instance or self.instance).fail(method, fault, times))

    def heal(self) -> None:
        """Cancel all planned faults, of all instances."""
        for instance in self.state.instances.values():
            self._server.call(instance.clear_faults)

    def set_state(self, state: State, *, instance: Instance | None = None) -> None:
        """Change the state of an instance.

        Args:
            state: The new state; ``notAuthorized`` is what signing out on the phone causes.
            instance: The instance; by default the first.
        """
        self._server.call(lambda: (instance or self.instance).set_state(state))

    @property
    def calls(self) -> list[LoggedCall]:
        """All API calls so far, of all instances, oldest first."""
        calls = [call for instance in self.state.instances.values() for call in self.journal.calls(instance)]
        return sorted(calls, key=lambda call: call.at)

    def count(self, method: str) -> int:
        """Return the number of calls of a method.

        Args:
            method: Name of the method as in the manual.

        Raises:
            ValueError: There is no such method.
        """
        _check_method(method)
        return sum(call.method == method for call in self.calls)

    @property
    def sent(self) -> list[Message]:
        """All messages sent through the API to any chat, oldest first; undelivered ones included.

        A message that still waits in the outgoing queue, for the instance's sending delay, is not included yet.
        """

        def sent_messages() -> Iterator[Message]:
            for instance in self.state.instances.values():
                instance.timeline.settle()
                in_chats = [message for chat in instance.chats.values() for message in chat.messages]
                for stored in (*in_chats, *instance.chats.undelivered):
                    if stored.by_api:
                        yield Message(self._server, instance, stored)

        return sorted(self._server.call(lambda: list(sent_messages())), key=lambda message: message.timestamp)

    @asynccontextmanager
    async def runs(
        self,
        bot: Router | Handler,
        *,
        clients: Client | Sequence[Client] | None = None,
        inbox: Inbox | None = None,
        storage: StateStorage | None = None,
        provide: Provide | None = None,
        fix: bool = False,
        **options: Unpack[ProcessOptions],
    ) -> AsyncGenerator[Running]:
        """Run a bot during a block of ``async with``, in a test or an async fixture.

        Errors of handlers are raised at the end of the block, unless a later attempt succeeded or the test removed them
        from ``failures``.

        Args:
            bot: A router or a handler.
            clients: The clients it runs on; by default ``client``.
            inbox: Its inbox; by default one in memory.
            storage: Its state storage; by default one in memory.
            provide: Values for dependency injection, as for ``lifespan``.
            fix: Whether the notifications that the router needs are switched on, as by ``run(..., fix=True)``, but at
                once. Without it, a handler of votes is not called while ``pollMessageWebhook`` is off.
            options: Options of ``process``. By default a handler gets one attempt, and a long poll takes 60 seconds.

        Returns:
            The running bot.

        Example:
            >>> async with sandbox.runs(router):
            ...     await anna.says("hi")
            ...     assert await anna.hears("hello")
        """
        __tracebackhide__ = True
        self.clock.install()
        connected = [clients] if isinstance(clients, Client) else clients or [self.client]
        if fix and isinstance(bot, Router):
            self._switch_on(connected, bot.allowed_notifications())
        running = Running(
            bot,
            clients=connected,
            inbox=inbox if inbox is not None else MemoryInbox(clock=self.clock),
            storage=storage if storage is not None else MemoryStorage(clock=self.clock),
            provide=provide,
            options=options,
            fatal=self.journal.abort,
        )
        self.journal.bots.append(running)
        async with running.run():
            yield running

    @asynccontextmanager
    async def restarted(self, *, kill: bool = False) -> AsyncGenerator[None]:
        """Restart the running bots: they are down during the block of ``async with``, and run again after it.

        A bot keeps its inbox, its states and its clients, as a process does that is started again; startup and shutdown
        hooks run. What people write during the block waits at the server.

        Args:
            kill: Whether handlers are cancelled at once, instead of after the seconds of ``drain``. Handlers that wait
                for a person are cancelled in both cases.

        Raises:
            RuntimeError: No bot is running.
            Exception: A bot had ended with an error before, or cannot start again.

        Example:
            >>> async with sandbox.runs(router):
            ...     await anna.says("/survey")
            ...     assert await anna.hears("What is your name?")
            ...     async with sandbox.restarted():
            ...         await anna.says("Anna")
            ...     assert await anna.hears("How was it?")
        """
        __tracebackhide__ = True
        stopped = [bot for bot in self.journal.bots if bot.is_running]
        if not stopped:
            raise RuntimeError("no bot is running. Use restarted() inside `async with sandbox.runs(router):`")
        for bot in reversed(stopped):
            if (error := await bot.stop(kill=kill)) is not None:
                raise error
        yield
        for bot in stopped:
            if (error := await bot.start()) is not None:
                raise error

    def _switch_on(self, clients: Sequence[Client], switches: Collection[str]) -> None:
        settings = settings_to_wire(cast("SettingsChanges", dict.fromkeys(switches, True)), "setSettings")

        def apply() -> None:
            for client in clients:
                self.state.instances[client.id_instance].settings.update(settings)

        self.do(apply)

    def do(self, fn: Callable[[], T]) -> T:
        """Run a function in the thread that owns the server's state: with a socket the server's, otherwise this one.

        Args:
            fn: The function.

        Returns:
            Its result.
        """
        return self._server.call(fn)

    def __repr__(self) -> str:
        return f"<Sandbox at {self.url}>"


def _with_loopback(variable: str) -> str:
    hosts = [host for host in os.environ.get(variable, "").split(",") if host]
    return ",".join(dict.fromkeys([*hosts, "127.0.0.1"]))


def _check_method(method: str) -> None:
    if method not in METHODS:
        words = method.split("_")
        camel_case = words[0] + "".join(word.capitalize() for word in words[1:])
        close = get_close_matches(camel_case, METHODS, 1)
        raise ValueError(f"the API has no method {method!r}" + (f". Did you mean {close[0]!r}?" if close else ""))
