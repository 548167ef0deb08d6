"""The fake server of a test."""

import os
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from difflib import get_close_matches
from typing import Any, TypeVar, Unpack

from greenapi_async.bots import MemoryStorage, Router, StateStorage
from greenapi_async.bots.providers import Provide
from greenapi_async.client import Client
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.memory import MemoryInbox
from greenapi_async.models.chat_ids import chat_id
from greenapi_async.processing.options import Handler, ProcessOptions
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox import Sandbox as State
from greenapi_async.sandbox.api.methods import METHODS
from greenapi_async.sandbox.simulation.call_log import LoggedCall
from greenapi_async.sandbox.simulation.lifecycle import State as InstanceState
from greenapi_async.testing.backend import Stage
from greenapi_async.testing.journal import Record
from greenapi_async.testing.messages import Message
from greenapi_async.testing.people import Contact, Group
from greenapi_async.testing.running import Running

__all__ = ["Sandbox"]

T = TypeVar("T")

_FIRST = 1101000001
_SETTINGS = {"pollMessageWebhook": "yes", "incomingCallWebhook": "yes"}
"""So that all that people do reaches the bot."""


class Sandbox:
    """A fake GREEN-API with one instance, whose people and faults a test decides on.

    ``clock`` tells its time as ``time.time`` does: the event loop's, where that is virtual. Hand it to what takes a
    clock, as ``SQLiteInbox(path, clock=sandbox.clock)``.
    """

    def __init__(self, stage: Stage, show: Callable[[str], None] = lambda _: None) -> None:
        self.time = stage.time
        """Takes hold of event loops, and lets go of them; the fixture does so."""
        self.clock = stage.time.clock
        self.record = Record(stage, show)
        """What happened so far."""
        self._stage = stage
        self._people: dict[tuple[int, str], Contact] = {}
        self.instance = self.add_instance()
        """The first instance; in socket mode to be changed by ``do`` only."""
        self.client = self.connect(self.instance)
        """A client of the first instance; it need not be closed."""

    @property
    def state(self) -> State:
        """The fake server itself, with all that it can do; in socket mode to be used by ``do`` only."""
        return self._stage.state

    @property
    def url(self) -> str:
        """The ``api_url`` of its clients; beyond this process it is there in socket mode only."""
        return self._stage.url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that ``Client.from_env()`` reads, for the first instance; while a test runs, they are set."""
        return {
            "GREENAPI_ID_INSTANCE": str(self.instance.id_instance),
            "GREENAPI_API_TOKEN_INSTANCE": self.instance.token,
            "GREENAPI_API_URL": self.url,
            "GREENAPI_MEDIA_URL": self.url,
            "NO_PROXY": _with_loopback("NO_PROXY"),
            "no_proxy": _with_loopback("no_proxy"),
        }

    def add_instance(self, *, state: InstanceState = "authorized", **settings: Any) -> Instance:
        """Add an instance; settings are named as on the wire, and those of polls and calls are on."""
        number = _FIRST + len(self.state.instances)
        phone = str(79876543210 + len(self.state.instances))
        chosen = {**_SETTINGS, **settings}

        def add() -> Instance:
            instance = self.state.add_instance(number, f"{number:050}", phone=phone, state=state, **chosen)
            self.record.watch(instance)
            return instance

        return self._stage.do(add)

    def connect(self, instance: Instance | None = None, **options: Any) -> Client:
        """Make a client of an instance, the first if none is named; ``options`` are those of ``Client``."""
        own = instance or self.instance
        options.setdefault("transport", self._stage.transport())
        return Client(own.id_instance, own.token, self.url, self.url, **options)

    def contact(self, phone: str | int, name: str = "", *, instance: Instance | None = None) -> Contact:
        """Give the person with this number; the same one each time, as the instance knows them."""
        own, person = instance or self.instance, chat_id(phone)
        known = self._people.get((own.id_instance, person))
        if known is None:
            known = Contact(self.record, self._stage, own, person, name)
            self._people[own.id_instance, person] = known
        known.name = name or known.name
        return known

    def group(self, name: str, *members: Contact, admin: bool = False) -> Group:
        """Let the first of the members make a group with the others and the bot, as an admin or not."""
        if not members:
            raise ValueError("a group needs a member; sandbox.group('Team', anna)")
        own = members[0].instance
        people = [member.id for member in members]
        made = self._stage.do(lambda: own.contact_makes_group(name, people, admin=admin))
        return Group(self.record, self._stage, own, made)

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
        """Let the next calls of a method, named as in the manual, go wrong; ``*`` is any. ``Fault`` tells the rest."""
        if method != "*":
            _known(method)
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
        self._stage.do(lambda: (instance or self.instance).fail(method, fault, times))

    def heal(self) -> None:
        """Let everything go well again, in all instances."""
        for instance in self.state.instances.values():
            self._stage.do(instance.clear_faults)

    def set_state(self, state: InstanceState, *, instance: Instance | None = None) -> None:
        """Let an instance enter a state, as when the phone signs it out: ``notAuthorized``."""
        self._stage.do(lambda: (instance or self.instance).set_state(state))

    @property
    def calls(self) -> list[LoggedCall]:
        """All API calls so far, in the order in which they came."""
        calls = [call for instance in self.state.instances.values() for call in self.record.calls(instance)]
        return sorted(calls, key=lambda call: call.at)

    def count(self, method: str) -> int:
        """Count the calls of a method, named as in the manual."""
        _known(method)
        return sum(call.method == method for call in self.calls)

    @property
    def sent(self) -> list[Message]:
        """All that was sent through the API, to whatever chat, in the order of time; also what never arrived."""

        def found() -> Iterator[Message]:
            for instance in self.state.instances.values():
                instance.timeline.settle()
                in_chats = [message for chat in instance.chats.values() for message in chat.messages]
                for stored in (*in_chats, *instance.chats.undelivered):
                    if stored.by_api:
                        yield Message(self._stage, instance, stored)

        return sorted(self._stage.do(lambda: list(found())), key=lambda message: message.timestamp)

    @asynccontextmanager
    async def runs(
        self,
        bot: Router | Handler,
        *,
        clients: Client | Sequence[Client] | None = None,
        inbox: Inbox | None = None,
        storage: StateStorage | None = None,
        provide: Provide | None = None,
        **options: Unpack[ProcessOptions],
    ) -> AsyncGenerator[Running]:
        """Run a bot, which is a router or a handler, while a block of ``async with`` lasts; also from a fixture.

        It runs on the first instance, with an inbox and states in memory, and everything else as ``lifespan`` has it,
        unless told otherwise; but a handler is tried once only, and a poll waits 60 s. What a handler raised, and no
        later attempt made good, is raised when the block ends, unless the test has taken it out of ``failures``.
        """
        __tracebackhide__ = True
        self._stage.time.begin()
        own = [clients] if isinstance(clients, Client) else clients or [self.client]
        running = Running(
            bot,
            clients=own,
            inbox=inbox if inbox is not None else MemoryInbox(clock=self.clock),
            storage=storage if storage is not None else MemoryStorage(clock=self.clock),
            provide=provide,
            options=options,
            fatal=self.record.fails,
        )
        self.record.bots.append(running)
        async with running.beside():
            yield running

    def do(self, fn: Callable[[], T]) -> T:
        """Run a function where the state may be touched: in socket mode in the server's thread, otherwise here."""
        return self._stage.do(fn)

    def __repr__(self) -> str:
        return f"<the sandbox at {self.url}>"


def _with_loopback(variable: str) -> str:
    hosts = [host for host in os.environ.get(variable, "").split(",") if host]
    return ",".join(dict.fromkeys([*hosts, "127.0.0.1"]))


def _known(method: str) -> None:
    if method not in METHODS:
        words = method.split("_")
        camel = words[0] + "".join(word.capitalize() for word in words[1:])
        close = get_close_matches(camel, METHODS, 1)
        raise ValueError(f"there is no method {method!r}" + (f"; {close[0]!r} is meant?" if close else ""))
