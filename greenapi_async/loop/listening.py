"""What else hears a notification as it comes in, before its handler: conversations, and those who wait for a status.

They hear it when the inbox has it and before it is queued behind others, so waiting for what a person writes next, or
for the status of what was just sent, cannot wait for itself. A handler that waits so gives up its place among those
that run at once, and takes one again when it goes on.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Generator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from contextvars import ContextVar

import anyio
import attrs

from greenapi_async.errors import DeliveryFailedError, TimeoutExpiredError
from greenapi_async.models.notifications import IncomingMessageReceived, Notification, OutgoingMessageStatus
from greenapi_async.models.states import MessageStatus
from greenapi_async.outbox import Outbox

__all__ = ["Answers", "Listening", "Person", "place", "resting"]

REMEMBERED = 10_000
"""Messages whose statuses are remembered, for those who ask after they came."""
_WAY = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)
_END = frozenset(
    {MessageStatus.FAILED, MessageStatus.NO_ACCOUNT, MessageStatus.NOT_IN_GROUP, MessageStatus.YELLOW_CARD}
)

Rest = Callable[[], AbstractAsyncContextManager[None]]
place: ContextVar[Rest | None] = ContextVar("place", default=None)
"""How the handler that runs here gives up its place for a while."""


def resting() -> AbstractAsyncContextManager[None]:
    """Give a scope in which the handler that runs here needs no place."""
    rest = place.get()
    return rest() if rest is not None else nullcontext()


@attrs.frozen
class Person:
    """Somebody in a chat."""

    chat_id: str
    sender: str


class Answers:
    """What one person wrote and nobody took yet."""

    def __init__(self) -> None:
        self._heard: deque[tuple[IncomingMessageReceived, Callable[[], None]]] = deque()
        self._news = anyio.Event()

    def add(self, notification: IncomingMessageReceived, give_back: Callable[[], None]) -> None:
        """Keep what came in."""
        self._heard.append((notification, give_back))
        self._news.set()

    async def wait(self) -> None:
        """Wait until there is one."""
        while not self._heard:
            self._news = anyio.Event()
            await self._news.wait()

    async def take(self) -> IncomingMessageReceived | None:
        """Acknowledge the next and give it; None when there is none."""
        if not self._heard:
            return None
        taken = notification, _ = self._heard.popleft()
        try:
            await notification.ack()
        except BaseException:
            self._heard.appendleft(taken)
            raise
        return notification

    def give_back(self) -> None:
        """Let the handlers have what was not taken."""
        while self._heard:
            _, give_back = self._heard.popleft()
            give_back()


class Listening:
    """What is heard of one instance."""

    def __init__(self) -> None:
        self._runs = 0
        self._outboxes: list[Outbox] = []
        self._answers: dict[Person, Answers] = {}
        self._statuses: OrderedDict[str, list[OutgoingMessageStatus]] = OrderedDict()
        self._waiting: dict[str, set[anyio.Event]] = {}

    @property
    def is_fed(self) -> bool:
        """Whether anything comes in while a handler waits."""
        return self._runs > 0

    @property
    def outbox(self) -> Outbox | None:
        """What remembers messages to be sent once, while notifications come in from an inbox that does."""
        return self._outboxes[-1] if self._outboxes else None

    @contextmanager
    def fed(self, outbox: Outbox | None = None) -> Generator[None]:
        """Give a scope in which notifications come in."""
        self._runs += 1
        if outbox is not None:
            self._outboxes.append(outbox)
        try:
            yield
        finally:
            self._runs -= 1
            if outbox is not None:
                self._outboxes.remove(outbox)

    def hear(self, notification: Notification, give_back: Callable[[], None]) -> bool:
        """Tell of what came in; True when a conversation keeps it, until it acknowledges it or gives it back."""
        if isinstance(notification, OutgoingMessageStatus) and notification.id_message:
            self._note(notification.id_message, notification)
        elif isinstance(notification, IncomingMessageReceived) and self._answers and not notification.recovered:
            answers = self._answers.get(Person(notification.chat_id or "", notification.sender or ""))
            if answers is not None:
                answers.add(notification, give_back)
                return True
        return False

    @contextmanager
    def to(self, person: Person) -> Generator[Answers]:
        """Give a scope in which what a person writes goes there and to no handler."""
        if person in self._answers:
            raise RuntimeError(f"a conversation with {person.sender} is under way; end it before another is begun")
        answers = self._answers[person] = Answers()
        try:
            yield answers
        finally:
            del self._answers[person]
            answers.give_back()

    async def status(self, id_message: str, wanted: MessageStatus, timeout: float) -> OutgoingMessageStatus:
        """Wait for a status of a message, or a later one."""
        if not self.is_fed:
            raise RuntimeError(
                "statuses come in only while client.process(...) runs; in a loop of `async for` this would wait for "
                "what comes after it"
            )
        with anyio.move_on_after(timeout):
            async with resting():
                while (found := self._found(id_message, wanted)) is None:
                    await self._next_status(id_message)
                return found
        last = self._statuses.get(id_message)
        known = f"the last one is {last[-1].status}" if last else "none came in"
        raise TimeoutExpiredError(f"the message has not the status {wanted} after {timeout:g} s; {known}")

    def _note(self, id_message: str, status: OutgoingMessageStatus) -> None:
        self._statuses.setdefault(id_message, []).append(status)
        self._statuses.move_to_end(id_message)
        if len(self._statuses) > REMEMBERED:
            self._statuses.popitem(last=False)
        for waiting in self._waiting.get(id_message, ()):
            waiting.set()

    async def _next_status(self, id_message: str) -> None:
        heard = anyio.Event()
        self._waiting.setdefault(id_message, set()).add(heard)
        try:
            await heard.wait()
        finally:
            self._waiting[id_message].discard(heard)
            if not self._waiting[id_message]:
                del self._waiting[id_message]

    def _found(self, id_message: str, wanted: MessageStatus) -> OutgoingMessageStatus | None:
        enough = set(_WAY[_WAY.index(wanted) :]) if wanted in _WAY else {wanted}
        for status in self._statuses.get(id_message, ()):
            if status.status in enough:
                return status
            if status.status in _END:
                raise DeliveryFailedError(f"the message has the status {status.status}: {status.description or ''}")
        return None
