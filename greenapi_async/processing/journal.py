"""Journal: what the conversations of one handler have asked and heard, so that the handler can be replayed.

A handler that asks a person something can be interrupted at any moment. It is replayed: it runs again from its first
line, and its steps, by their order, are answered from the journal. A step is one question with its answer, one ``say``,
or one ``step``. Three writes belong to a question:

1. Before it is sent, the step is recorded with a random key under which it is sent (``once=``). A replay sends it again
   under that key, which sends nothing if it was sent.
2. Afterwards the id of the sent message and the deadline of the answer are recorded.
3. The answer is recorded in the transaction that removes its own entry from the inbox.

If a step of the replay differs from the recorded one, the code has changed: the journal is dropped from there on. Steps
are records in the inbox, under the digest of the notification that the handler handles: its id changes when it is
released from quarantine, and differs between processes. They are removed in the transaction that removes its entry, and
kept in quarantine. Those that are left behind expire. A question in another chat than the notification's is due, as a
record, when the time for its answer is over; ``awaited`` finds it by that.
"""

import functools
import hashlib
import logging
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, Protocol, TypeVar

import anyio
import attrs

from greenapi_async.errors import InboxError
from greenapi_async.inbox.records import MAX_CHANGES, Change, DeleteRecord, PutRecord, Record, RecordStore

__all__ = ["ASKS_ANYBODY", "Dialogue", "Journal", "Retry", "Step", "check_applied", "journal_key"]

logger = logging.getLogger("greenapi_async")

COLLECTION: Final = "conversations"
MEMBERS: Final = "/gathered/"
MEMBERS_KEY: Final = MEMBERS + "0"
KEEP: Final = timedelta(days=366)
"""How long a step is kept after its last change, at most; as long as the keys of ``once=``."""
PAGE: Final = 200
ASKS_ANYBODY: Final = "hear anybody"
"""Kind of a step whose answer may come from anybody in the chat."""

Outcome = Literal["answered", "timed out", "interrupted", "returned"]
T = TypeVar("T")


class Retry(Protocol):
    """Runs an operation on the inbox, with retries while it is unavailable."""

    async def __call__(self, operation: str, work: Callable[[], Awaitable[T]]) -> T:
        """Run an operation.

        Args:
            operation: Its name, for the log.
            work: Runs it.

        Raises:
            InboxUnavailableError: It was unavailable when the run was stopped.
        """
        ...


@attrs.define(eq=False)
class Step:
    """A step of a conversation.

    Attributes:
        kind: Name of the method that takes the step.
        digest: Digest of the question.
        started: Messages from then on answer, by the clock of the inbox, in seconds: when the conversation was entered,
            or a question to anybody was asked.
        deadline: When the time for the answer is over, by the same clock.
        once: Key under which the question is sent; None if it is sent without.
        sent: Id of the sent message; None if it is not known to be sent.
        outcome: How it ended; None if it is open.
        value: The answer, as the fields of an entry, or the result.
        awaits: Chat in which it waits for an answer, if that is another one than that of the notification.
        key: Key of its record.
        version: Version of its record; None if there is none.
    """

    kind: str
    digest: str
    started: float
    deadline: float
    once: str | None = None
    sent: str | None = None
    outcome: Outcome | None = None
    value: Any = None
    awaits: str | None = None
    key: str = ""
    version: int | None = None


_STORED = [field.name for field in attrs.fields(Step) if field.name not in {"key", "version"}]


def journal_key(id_instance: int, body: str) -> str:
    """Return the key of the journal of the handler of a notification.

    Args:
        id_instance: The instance that received it.
        body: The notification as received.
    """
    digest = hashlib.blake2b(body.encode(errors="surrogatepass"), digest_size=16)
    return f"{id_instance}/{digest.hexdigest()}"


class Journal:
    """Journal of one run of a handler.

    Args:
        records: Where it is; None keeps none, so that nothing can be replayed.
        key: See ``journal_key``.
        retry: Runs operations on the inbox.
        is_open: Whether the entry of the handler is in the inbox still; otherwise nothing is recorded any more.

    Attributes:
        has_begun: Whether a conversation has sent something or waited for an answer, also in an earlier run.
    """

    def __init__(self, records: RecordStore | None, key: str, retry: Retry, is_open: Callable[[], bool]) -> None:
        self.has_begun = False
        self._records = records
        self._key = key
        self._retry = retry
        self._is_open = is_open
        self._loaded: dict[str, list[Record]] | None = None
        self._keys: set[str] = set()
        self._opened: Counter[str] = Counter()
        self._offset = 0.0

    @property
    def is_recording(self) -> bool:
        """True if steps are recorded."""
        return self._records is not None and self._is_open()

    async def look_back(self) -> None:
        """Find out whether a conversation has begun in an earlier run of the handler."""
        await self._load()

    def now(self) -> float:
        """Return the time by the clock of the inbox, in seconds since the epoch; without records, by any clock."""
        return anyio.current_time() + self._offset

    async def open(self, chat_id: str, sender: str, *, is_own_chat: bool) -> "Dialogue":
        """Return the next conversation with a person.

        Args:
            chat_id: The chat.
            sender: The person.
            is_own_chat: Whether it is the chat of the notification.
        """
        name = _name_of(chat_id, sender)
        self._opened[name] += 1
        prefix = f"{self._key}/{name}.{self._opened[name]}/"
        recorded = (await self._load()).get(prefix, [])
        return Dialogue(self, prefix, recorded, awaits=None if is_own_chat else chat_id)

    async def has_open_question(self, chat_id: str, sender: str) -> bool:
        """Return whether a question of the next conversation with a person was asked in an earlier run, and is open.

        Args:
            chat_id: The chat.
            sender: The person.
        """
        name = _name_of(chat_id, sender)
        recorded = (await self._load()).get(f"{self._key}/{name}.{self._opened[name] + 1}/", [])
        last = _step(recorded[-1]) if recorded else None
        return last is not None and last.outcome is None and last.kind not in {"say", "step"}

    async def members(self) -> dict[str, int]:
        """Return the entries that were handled together with this one in an earlier attempt: their keys and ids.

        The ids are those of that time. With an inbox that several processes share, they may be those of others now.
        """
        recorded = (await self._load()).get(self._key + MEMBERS, [])
        members: dict[str, int] = {}
        for record in recorded:
            members.update(record.value or {})
        return members

    async def record_members(self, members: Mapping[str, int]) -> None:
        """Record which entries are handled together with this one.

        Args:
            members: Their ids, by the keys of their journals.
        """
        key = self._key + MEMBERS_KEY
        expires = datetime.fromtimestamp(self.now(), UTC) + KEEP
        self._keys.add(key)
        put = PutRecord(collection=COLLECTION, key=key, value=dict(members), replaces="any", expires=expires)
        await self.apply([put])

    async def removal(self, *, search: bool, gathered: Iterable[str] = ()) -> list[Change]:
        """Return the changes that remove the journal, at most as many as one transaction can make.

        Args:
            search: Whether an earlier run of the handler may have left steps.
            gathered: Keys of the journals of entries that are removed with this one and may have had members before.
        """
        if search:
            await self._load()
        self._keys.update(key + MEMBERS_KEY for key in gathered)
        while len(self._keys) > MAX_CHANGES:
            await self.apply([self._delete(self._keys.pop()) for _ in range(MAX_CHANGES)])
        return [self._delete(key) for key in self._keys]

    async def apply(self, changes: Sequence[Change]) -> None:
        """Make changes that survive the death of the process.

        Raises:
            InboxError: Another process continues the conversation.
        """
        records = self._records
        if records is not None and changes and self._is_open():
            check_applied(await self._retry("journal", lambda: records.apply(changes, durable=False)))

    def put(self, step: Step) -> list[Change]:
        """Return the change that records a step; nothing if none are recorded."""
        if not self.is_recording:
            return []
        expires = datetime.fromtimestamp(self.now(), UTC) + KEEP
        value = {name: getattr(step, name) for name in _STORED}
        is_due = step.awaits is not None and step.outcome is None
        due = min(datetime.fromtimestamp(step.deadline, UTC), expires) if is_due else None
        put = PutRecord(
            collection=COLLECTION, key=step.key, value=value, replaces=step.version, due=due, expires=expires
        )
        self._keys.add(step.key)
        step.version = put.version
        return [put]

    def delete(self, keys: Sequence[str]) -> list[Change]:
        """Return the changes that remove steps."""
        self._keys.difference_update(keys)
        return [self._delete(key) for key in keys]

    def _delete(self, key: str) -> DeleteRecord:
        return DeleteRecord(collection=COLLECTION, key=key)

    async def _load(self) -> dict[str, list[Record]]:
        if self._loaded is None:
            loaded: dict[str, list[Record]] = {}
            records, prefix = self._records, self._key + "/"
            if records is not None:
                self._offset = (await self._retry("clock", records.now)).timestamp() - anyio.current_time()
                after = ""
                while True:
                    read = functools.partial(records.page, COLLECTION, prefix=prefix, after=after, limit=PAGE)
                    page = await self._retry("load", read)
                    for record in page:
                        loaded.setdefault(record.key.rpartition("/")[0] + "/", []).append(record)
                        after = record.key
                    if not page:
                        break
                self._keys = {record.key for recorded in loaded.values() for record in recorded}
                self.has_begun = self.has_begun or not loaded.keys() <= {self._key + MEMBERS}
            self._loaded = loaded
        return self._loaded


class Dialogue:
    """Steps of one conversation.

    Attributes:
        key: Common part of the keys of its steps.
        is_resumed: Whether steps were recorded when it was opened.
        started: When it was entered first, by the clock of the inbox, in seconds.
    """

    def __init__(self, journal: Journal, prefix: str, recorded: Sequence[Record], *, awaits: str | None) -> None:
        self.key = prefix.removesuffix("/")
        self._journal = journal
        self._prefix = prefix
        self._awaits = awaits
        self._recorded = {int(record.key.removeprefix(prefix)): record for record in recorded}
        self._position = 0
        first = next((step for step in map(_step, recorded) if step is not None), None)
        self.is_resumed = first is not None
        self.started = first.started if first is not None else journal.now()

    async def begin(self, kind: str, text: str | None, timeout: float) -> Step:
        """Return the next step: the recorded one, or a new one, which is recorded if it sends or awaits something.

        Args:
            kind: Name of the method that takes the step.
            text: The question, or what else identifies the step.
            timeout: Seconds for the answer.
        """
        position = self._position
        self._position += 1
        digest = hashlib.blake2b((text or "").encode(errors="surrogatepass"), digest_size=16).hexdigest()
        dropped: list[str] = []
        record = self._recorded.get(position)
        if record is not None:
            step = _step(record)
            if step is not None and (step.kind, step.digest) == (kind, digest):
                return step
            was = "cannot be read" if step is None else f"was another one ({step.kind})"
            logger.warning(
                "Step %d of a conversation, %s, %s when the handler ran before; the conversation continues without "
                "what was recorded from there on",
                position + 1,
                kind,
                was,
            )
            dropped = [record.key for each, record in self._recorded.items() if each >= position]
            self._recorded.clear()
        now = self._journal.now()
        started = now if kind == ASKS_ANYBODY and text is not None else self.started
        awaits = None if kind in {"say", "step"} else self._awaits
        step = Step(kind, digest, started, now + timeout, awaits=awaits, key=f"{self._prefix}{position:06}")
        while dropped:
            some = dropped[-MAX_CHANGES:]
            await self._journal.apply(self._journal.delete(some))
            del dropped[-MAX_CHANGES:]
        if kind != "step":
            if self._journal.is_recording:
                step.once = f"conversation {secrets.token_hex(16)}"
            await self.record(step)
        return step

    def seconds_left(self, step: Step) -> float:
        """Return the seconds until the deadline of a step, whose answer is awaited."""
        self._journal.has_begun = True
        return step.deadline - self._journal.now()

    async def begin_anew(self, step: Step, timeout: float) -> None:
        """Record that the time for the answer begins anew.

        Args:
            step: The step.
            timeout: Seconds for the answer; None for no limit.
        """
        step.deadline = self._journal.now() + timeout
        await self.record(step)

    async def sent(self, step: Step, id_message: str, timeout: float) -> None:
        """Record that the question of a step was sent, so that the time for its answer begins."""
        self._journal.has_begun = True
        step.sent = id_message
        step.deadline = self._journal.now() + timeout
        await self.record(step)

    def answered(self, step: Step, fields: dict[str, Any]) -> list[Change]:
        """Return the change that records an answer.

        Args:
            step: The step.
            fields: The fields of its entry.
        """
        step.outcome, step.value = "answered", fields
        return self._journal.put(step)

    async def end(self, step: Step, outcome: Outcome, value: object = None) -> None:
        """Record how a step ended.

        Args:
            step: The step.
            outcome: Whether it was answered, timed out, was interrupted or returned.
            value: The answer, or what the step returned.
        """
        step.outcome, step.value = outcome, value
        await self.record(step)

    async def record(self, step: Step) -> None:
        """Record a step."""
        await self._journal.apply(self._journal.put(step))


def check_applied(is_applied: bool) -> None:  # noqa: FBT001  a result
    """Raise an error if a change was not made, because another process has changed the record.

    Raises:
        InboxError: It was not made.
    """
    if not is_applied:
        raise InboxError("another process continues this conversation")


def _name_of(chat_id: str, sender: str) -> str:
    return hashlib.blake2b(f"{chat_id} {sender}".encode(errors="surrogatepass"), digest_size=8).hexdigest()


def _step(record: Record) -> Step | None:
    try:
        return Step(**record.value, key=record.key, version=record.version)
    except TypeError:
        return None
