"""Idempotent sends: ``send_message(..., once=key)`` sends at most one message per key; so do polls and files by URL.

The send is recorded in the outbox under its key before it leaves. If its outcome is unknown, or the process ended
before it was known, the message is looked for where the server keeps what it sends: in the outgoing queue, then in the
journal of outgoing messages. The journal lags up to two minutes (1.3.5), so the search is repeated until then. Only a
message that neither shows is sent again, once; if that outcome is unknown too, ``DeliveryUnknownError`` is raised, and
the next call with the key starts by searching.

A message is identified by chat, content (``sought_messages.py``) and time; a person may appear under a hidden number
(@lid), or under the number of MAX and Telegram, whose message ids are unique within one chat only: the outbox knows
them with their chat. Times are the server's (``send_time.py``): local clocks may be wrong. If they leave open whether a
message is the one, ``DeliveryUnknownError`` is raised, and also if what the server shows of a message does not tell it
from another one, such as a picture's name. An equal message that is sent at the same time without a key, or under
another key whose answer is still pending, may be taken for it; then nothing is sent, because not sending twice comes
first.

Callers that share a store, in one process or several, take turns by compare-and-swap of the attempt's id. An attempt
that waited before its request leaves (rate limit, retries, a suspended process) first checks that it was not replaced.
Beyond that is a process that is suspended between this check and the request itself, which is the time in which a
connection is taken or opened, for more than two minutes; and a request that the server executes only minutes after it
left.
"""

# pyright: reportPrivateUsage=false

import logging
import secrets
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from weakref import WeakValueDictionary

import anyio
import attrs

from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.errors import DeliveryUnknownError, GreenAPIError, InboxError, InvalidArgumentError
from greenapi_async.http.retry import RetryPolicy, is_ambiguous
from greenapi_async.inbox.outbox import Outbox, OutboxRecord
from greenapi_async.models.chat_ids import is_chat_number, may_be_same_chat
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.sending import SentMessage
from greenapi_async.processing.client_protocol import ProcessClient
from greenapi_async.processing.send_time import Elapsed, SendTime, estimate_send_time
from greenapi_async.processing.sought_messages import Match, SoughtMessage

__all__ = ["SEARCH_DELAYS", "Send", "retry_if_not_executed", "send_once"]

logger = logging.getLogger("greenapi_async")

MAX_KEY_LENGTH = 200
SEARCH_DELAYS = (3.0, 17.0, 40.0, 65.0)
"""Seconds before each search: the first waits for requests in transit; the last is two minutes after the first."""
FRESH_SECONDS = 2.0
"""Seconds after which an attempt that has not left yet checks that it was not replaced."""
RECORD_TIMEOUT = 15.0
"""Seconds for which a cancelled caller waits until the outcome is recorded."""

_ADVICE = (
    "The message may have been sent. Call again with the same once= key after a few minutes: it looks for the message "
    "first, and sends it only if it is missing."
)
_LOCKS: WeakValueDictionary[tuple[int, int, str], anyio.Lock] = WeakValueDictionary()


class Send(Protocol):
    """Sends the message; must not retry after a failure that leaves the outcome open."""

    def __call__(self, *, before: Callable[[], Awaitable[None]]) -> Awaitable[SentMessage]:
        """Send the message.

        Args:
            before: Called before each request, when nothing is left to wait for; prevents the request by raising.
        """
        ...


async def send_once(
    client: ProcessClient,
    outbox: Outbox | None,
    key: str,
    *,
    chat_id: str,
    sought: SoughtMessage,
    send: Send,
) -> SentMessage:
    """Send a message unless it was sent under this key.

    Args:
        client: The client, for searching.
        outbox: Remembers what was sent.
        key: The idempotency key, 1 to 200 characters.
        chat_id: The recipient.
        sought: How the message is recognised.
        send: Sends it.

    Returns:
        The message sent now or before.

    Raises:
        InvalidArgumentError: The key is not valid, was used for another message, or there is no outbox.
        DeliveryUnknownError: The outcome is unknown; call again with the same key.
    """
    _check(key)
    if outbox is None:
        raise InvalidArgumentError(
            "once= needs an outbox that remembers what was sent: use "
            'Client(..., outbox=SQLiteInbox("inbox.db").outbox), or send inside client.process(handler, inbox=...)'
        )
    lock = _LOCKS.setdefault((id(outbox), client.id_instance, key), anyio.Lock())
    async with lock:
        try:
            return await _OnceSend(client, outbox, key, chat_id, sought, send).run()
        except DeliveryUnknownError as error:
            error.advice = _ADVICE
            raise


def _check(key: object) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError(f"once is {key!r}; expected a string of 1 to {MAX_KEY_LENGTH} characters")


def retry_if_not_executed(decide: RetryPolicy) -> RetryPolicy:
    """Return a policy that retries only requests that were certainly not executed."""
    return lambda failure: None if is_ambiguous(failure.error) else decide(failure)


class _ReplacedError(Exception):
    """The attempt was replaced by another caller before its request left."""


@attrs.frozen
class _Attempt:
    """A record of the outbox, with the local times before it was read."""

    record: OutboxRecord
    monotonic: float
    local: float

    @property
    def elapsed(self) -> Elapsed:
        return Elapsed(anyio.current_time() - self.monotonic, time.time() - self.local)


@attrs.frozen(kw_only=True)
class _Row:
    """A row of the queue or of the journal.

    Attributes:
        match: Whether it is the message.
        copies: Messages in the journal that have its id, in any chat.
        is_doubtful: Whether the time of the send leaves open if it is older.
    """

    id_message: str | None
    chat_id: str | None
    match: Match
    copies: int
    is_doubtful: bool = False


@attrs.frozen
class _OnceSend:
    client: ProcessClient
    outbox: Outbox
    key: str
    chat_id: str
    sought: SoughtMessage
    send: Send

    async def run(self) -> SentMessage:
        attempt, is_last = await self._begin(), False
        while True:
            failure = DeliveryUnknownError(
                "an earlier attempt with this key has an unknown outcome", method=self.sought.method
            )
            if attempt.record.is_new:
                attempt, answer = await self._send(attempt)
                if isinstance(answer, SentMessage):
                    return answer
                failure = answer or failure
            found = _message_id(attempt.record) or await self._find(attempt, failure)
            if found is not None:
                return SentMessage(id_message=found)
            if is_last:
                raise failure
            attempt, is_last = await self._begin(replaces=attempt.record.attempt), True

    async def _begin(
        self, *, attempt: str | None = None, replaces: str | None = None, server_time: datetime | None = None
    ) -> _Attempt:
        monotonic, local = anyio.current_time(), time.time()
        record = await self.outbox.begin(
            self.client.id_instance,
            self.key,
            self.chat_id,
            self.sought.digest,
            attempt=attempt or secrets.token_hex(8),
            replaces=replaces,
            server_time=server_time or self._server_time(),
        )
        known = self.client._identities.known
        if known.main_id(record.chat_id) != known.main_id(self.chat_id):
            problem = f"a message to {record.chat_id}, not to {self.chat_id}"
        elif record.digest != self.sought.digest:
            problem = f"another message to {record.chat_id}"
        else:
            return _Attempt(record, monotonic, local)
        raise InvalidArgumentError(f"once={self.key!r} was used for {problem}; use a new key for each message")

    async def _send(self, attempt: _Attempt) -> tuple[_Attempt, SentMessage | DeliveryUnknownError | None]:
        """Return the attempt and its outcome; None if another caller replaced the attempt."""

        async def renew_if_old() -> None:
            nonlocal attempt
            while attempt.elapsed.longest > FRESH_SECONDS:  # recording can take long, too
                attempt = await self._begin(replaces=attempt.record.attempt)
                if not attempt.record.is_new:
                    raise _ReplacedError

        id_instance = self.client.id_instance
        try:
            answer = await self.send(before=renew_if_old)
        except _ReplacedError:
            return attempt, None
        except DeliveryUnknownError as error:
            return attempt, error
        except GreenAPIError:
            await self._record(lambda: self.outbox.forget(id_instance, self.key, attempt.record.attempt))
            raise
        if not answer.id_message:
            return attempt, DeliveryUnknownError(
                "the server's answer has no id that can be read", method=self.sought.method
            )
        stored = _stored_id(answer.id_message, self.chat_id)
        await self._record(lambda: self.outbox.sent(id_instance, self.key, stored))
        await self._add_server_time(attempt)
        return attempt, answer

    async def _record(self, write: Callable[[], Coroutine[Any, Any, object]]) -> None:
        try:
            await run_to_completion(write, RECORD_TIMEOUT)
        except (InboxError, TimeoutError) as error:
            reason = str(error) or "the outbox does not answer"
            logger.warning(
                "Could not record the outcome of a send; the next use of its key searches for it: %s", reason
            )

    async def _find(self, attempt: _Attempt, failure: DeliveryUnknownError) -> str | None:
        """Return the message id, or None if the message was not sent."""
        rows, alike = list[_Row](), dict[str, _Row]()
        for wait in SEARCH_DELAYS:
            await anyio.sleep(wait)
            rows = await self._look(attempt, failure, is_first=wait == SEARCH_DELAYS[0])
            # from all searches, because what has left the queue may not be in the journal yet
            alike |= {row.id_message: row for row in rows if row.id_message and row.match is Match.ALIKE}
            for row in rows:
                is_it = row.match is Match.SAME and not row.is_doubtful and row.id_message not in alike
                if is_it and await self._claim(row, failure):
                    return row.id_message
            self._check_rows(rows, failure)
        for row in rows:
            if row.is_doubtful and row.match is Match.SAME and not await self._is_claimed(row):
                message = f"the message {row.id_message} may be this one or an older one"
                raise self._unclear(failure, f"{message} (the time of the send is uncertain)")
        for row in alike.values():
            if row.copies > 1 or not await self._is_claimed(row):
                message = f"the message {row.id_message} may be this one or another one"
                raise self._unclear(failure, f"{message} (what the server shows of it does not tell them apart)")
        return None

    def _check_rows(self, rows: Sequence[_Row], failure: DeliveryUnknownError) -> None:
        """Raise if a row may be the message and lacks its id, or what decides."""
        if any(not row.id_message for row in rows if row.match in {Match.SAME, Match.ALIKE}):
            raise self._unclear(failure, "a message that matches has no id")
        if any(row.match is Match.UNREADABLE for row in rows):
            raise self._unclear(failure, "a message that may be it cannot be read")

    async def _look(self, attempt: _Attempt, failure: DeliveryUnknownError, *, is_first: bool) -> list[_Row]:
        """Return the rows of the queue, then those of the journal from the time of the send."""
        record = attempt.record
        try:
            queue = await self.client.show_messages_queue()
            if is_first:
                await self._add_server_time(attempt)
            sent = estimate_send_time(record, attempt.elapsed, self._server_now())
            journal = await self.client.last_outgoing_messages(minutes=sent.minutes)
        except GreenAPIError as error:
            reason = f"searching for the message failed ({type(error).__name__}: {error.reason})"
            raise self._unclear(failure, reason) from error
        copies = Counter(row.id_message for row in journal)
        queued = [
            _Row(
                id_message=row.message_id,
                chat_id=row.chat_id,
                match=_match(row.chat_id, record, self.sought.is_queued(row)),
                copies=copies[row.message_id],
            )
            for row in queue
        ]
        logged = [
            _Row(
                id_message=row.id_message,
                chat_id=row.chat_id,
                match=_match(row.chat_id, record, self.sought.is_logged(row)),
                copies=copies[row.id_message],
                is_doubtful=row.timestamp is not None and sent.is_doubtful(row.timestamp.timestamp()),
            )
            for row in journal
            if _may_be(row, sent)
        ]
        return queued + sorted(logged, key=lambda row: row.chat_id != record.chat_id)

    async def _is_claimed(self, row: _Row) -> bool:
        """Return whether a message that was found is that of a key."""
        if not row.id_message:
            return False
        return await self.outbox.is_claimed(self.client.id_instance, _stored_id(row.id_message, row.chat_id))

    def _unclear(self, failure: DeliveryUnknownError, reason: str) -> DeliveryUnknownError:
        reason = f"{failure.reason}, and {reason}"
        return DeliveryUnknownError(reason, method=self.sought.method, status=failure.status)

    async def _claim(self, row: _Row, failure: DeliveryUnknownError) -> bool:
        """Claim a message that was found, unless it is another key's.

        Ids of MAX and Telegram are unique within one chat only, and a person's chat is known by a phone number or by
        its own number. That can leave open whose message has an id.

        Args:
            row: The row of the message.
            failure: Why it is searched for.

        Returns:
            Whether the message is this key's now; False also if it has no id.

        Raises:
            DeliveryUnknownError: It may be this key's message or another one's.
        """
        id_message, chat_id, copies = row.id_message, row.chat_id, row.copies
        if not id_message:
            return False
        id_instance, outbox, own = self.client.id_instance, self.outbox, _stored_id(id_message, self.chat_id)
        if not is_chat_number(chat_id) and not is_chat_number(self.chat_id):
            claimed = await outbox.claim(id_instance, self.key, own)
            is_open = not claimed and copies > 1
        elif chat_id == self.chat_id:
            is_open = await outbox.is_claimed(id_instance, id_message)  # by a key that knows a phone number
            claimed = not is_open and await outbox.claim(id_instance, self.key, own)
        elif await outbox.is_claimed(id_instance, _stored_id(id_message, chat_id)):
            return False
        else:
            claimed = await outbox.claim(id_instance, self.key, own)
            is_open = not claimed and copies > 1
        if is_open:
            raise self._unclear(
                failure, f"the message {id_message} to {chat_id} may be this one or that of another key"
            )
        return claimed

    async def _add_server_time(self, attempt: _Attempt) -> None:
        """Record when the attempt began by the server's clock, if that was unknown then (first request of a process).

        A search after a restart needs it, and the record must not expire because the local clock is set.
        """
        record, now = attempt.record, self._server_time()
        if record.is_new and record.server_time is None and now is not None:
            begun = now - timedelta(seconds=attempt.elapsed.longest)
            await self._record(lambda: self._begin(attempt=record.attempt, server_time=begun))

    def _server_time(self) -> datetime | None:
        now = self._server_now()
        return None if now is None else datetime.fromtimestamp(now, UTC)

    def _server_now(self) -> float | None:
        return self.client._server_clock.time(anyio.current_time())


def _may_be(row: HistoryMessage, sent: SendTime) -> bool:
    is_older = row.timestamp is not None and sent.excludes(row.timestamp.timestamp())
    return row.send_by_api is not False and not is_older


def _match(chat_id: str | None, record: OutboxRecord, match: Match) -> Match:
    """Return whether a row is the message, given the match of its content: its chat must match, too."""
    if match is Match.OTHER or (chat_id is not None and not may_be_same_chat(chat_id, record.chat_id)):
        return Match.OTHER
    return Match.UNREADABLE if chat_id is None else match


def _stored_id(id_message: str, chat_id: str | None) -> str:
    """Return the id under which the outbox knows a message: with its chat if ids are unique within one chat only."""
    return f"{id_message} {chat_id}" if is_chat_number(chat_id) else id_message


def _message_id(record: OutboxRecord) -> str | None:
    return record.id_message and record.id_message.partition(" ")[0]
