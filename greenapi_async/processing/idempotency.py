"""Sending a message at most once, whatever the network and the process do.

The send is noted under its key before it leaves. When whether it was carried out is unclear, or was when the process
ended, the message is looked for where the server keeps what it sends: in the outgoing queue, and then in the journal of
outgoing messages. The journal is up to two minutes behind (1.3.5), so what is not found is looked for again until they
have passed. Only what neither shows then is sent again, and that once; if it is unclear again and not found, the
failure is raised, and the next call with the key begins with looking.

A message is recognised by its chat and its text, white space aside; a person may be shown by a hidden number, @lid.
One that was sent under no key, or under another whose answer is still to come, may be taken for it: then nothing is
sent. Not to send twice comes first.
"""

import hashlib
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any
from weakref import WeakValueDictionary

import anyio
import attrs

from greenapi_async._concurrency import run_to_completion
from greenapi_async.errors import DeliveryUnknownError, GreenAPIError, InboxError, InvalidArgumentError
from greenapi_async.http.retry import RetryPolicy, is_ambiguous
from greenapi_async.inbox.outbox import Outbox, OutboxRecord
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.queues import QueuedMessage
from greenapi_async.models.sending import SentMessage
from greenapi_async.processing.client_protocol import ProcessClient

__all__ = ["LOOKS", "retry_if_not_executed", "send_once"]

logger = logging.getLogger("greenapi_async")

LONGEST_KEY = 200
LOOKS = (3.0, 17.0, 40.0, 65.0)
"""Seconds before each look: first until what is in transit has arrived, and from the first to the last two minutes."""
MARGIN = 120.0
"""Seconds that the server's clock may be behind."""
NOTE_SECONDS = 15.0
"""How long a cancelled caller waits for the note of what was sent."""

_METHOD = "sendMessage"
_LOCKS: WeakValueDictionary[tuple[int, int, str], anyio.Lock] = WeakValueDictionary()


async def send_once(
    client: ProcessClient,
    outbox: Outbox | None,
    key: str,
    *,
    chat_id: str,
    text: str,
    send: Callable[[], Awaitable[SentMessage]],
) -> SentMessage:
    """Send a text unless it was sent under this key; ``send`` must not repeat itself after an unclear failure."""
    _check(key)
    if outbox is None:
        raise InvalidArgumentError(
            "once needs a file that remembers what was sent: give the client an inbox, as in "
            'Client(..., outbox=SQLiteInbox("inbox.db").outbox), or send inside client.process(handler, inbox=...)'
        )
    lock = _LOCKS.setdefault((id(outbox), client.id_instance, key), anyio.Lock())
    async with lock:
        return await _Sending(client, outbox, key, send).run(chat_id, text)


def _check(key: object) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidArgumentError(f"once is {key!r}; a string of 1 to {LONGEST_KEY} characters is needed")


def retry_if_not_executed(decide: RetryPolicy) -> RetryPolicy:
    """Repeat what surely was not carried out, and nothing else, whatever ``decide`` says."""
    return lambda failure: None if is_ambiguous(failure.error) else decide(failure)


@attrs.frozen
class _Sending:
    client: ProcessClient
    outbox: Outbox
    key: str
    send: Callable[[], Awaitable[SentMessage]]

    async def run(self, chat_id: str, text: str) -> SentMessage:
        looked = False
        while True:
            attempt = await self.outbox.begin(self.client.id_instance, self.key, chat_id, _digest(text))
            if attempt.id_message is not None:
                return SentMessage(id_message=attempt.id_message)
            failure = DeliveryUnknownError("whether it was sent when it was begun is not known", method=_METHOD)
            if attempt.is_new:
                try:
                    return await self._send()
                except DeliveryUnknownError as error:
                    failure = error
            found = await self._find(attempt, failure)
            if found is not None:
                return SentMessage(id_message=found)
            if looked:
                raise failure
            looked = True
            await self.outbox.forget(self.client.id_instance, self.key)

    async def _send(self) -> SentMessage:
        place = self.client.id_instance, self.key
        try:
            answer = await self.send()
        except DeliveryUnknownError:
            raise
        except GreenAPIError:
            await self._note(lambda: self.outbox.forget(*place))
            raise
        await self._note(lambda: self.outbox.sent(*place, answer.id_message))
        return answer

    async def _note(self, note: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await run_to_completion(note, NOTE_SECONDS)
        except (InboxError, TimeoutError) as error:
            words = "what became of a send was not noted; it is looked for when its key is used again: %s"
            logger.warning(words, str(error) or "the outbox does not answer")

    async def _find(self, attempt: OutboxRecord, failure: DeliveryUnknownError) -> str | None:
        """Give the id of the message; None where it surely is not there."""
        start = anyio.current_time()
        for wait in LOOKS:
            await anyio.sleep(wait)
            try:
                queued = [row.message_id for row in await self.client.show_messages_queue() if _waits(row, attempt)]
                minutes = math.ceil((max(attempt.age, 0) + anyio.current_time() - start + MARGIN) / 60)
                rows = await self.client.last_outgoing_messages(minutes=minutes)
            except GreenAPIError as error:
                words = f"{failure.reason}, and it could not be looked for ({type(error).__name__}: {error.reason})"
                raise DeliveryUnknownError(words, method=_METHOD, status=failure.status) from error
            rows.sort(key=lambda row: row.chat_id != attempt.chat_id)
            found = [*queued, *(row.id_message for row in rows if _was_sent(row, attempt))]
            for id_message in found:
                if id_message and await self.outbox.claim(self.client.id_instance, self.key, id_message):
                    return id_message
            if None in found:
                words = f"{failure.reason}, and what looks like it has no id"
                raise DeliveryUnknownError(words, method=_METHOD, status=failure.status)
        return None


def _waits(row: QueuedMessage, attempt: OutboxRecord) -> bool:
    text = row.body.message if row.body else None
    is_text = row.type is None or row.type.lower() == _METHOD.lower()
    return is_text and _is_that(row.chat_id, text, attempt)


def _was_sent(row: HistoryMessage, attempt: OutboxRecord) -> bool:
    is_older = row.timestamp is not None and row.timestamp < attempt.begun - timedelta(seconds=MARGIN)
    return row.send_by_api is not False and not is_older and _is_that(row.chat_id, row.text, attempt)


def _is_that(chat_id: str | None, text: str | None, attempt: OutboxRecord) -> bool:
    hosts = {str(chat).rpartition("@")[2] for chat in (chat_id, attempt.chat_id)}
    is_there = chat_id == attempt.chat_id or hosts == {"c.us", "lid"}
    return is_there and _digest(text or "") == attempt.digest


def _digest(text: str) -> bytes:
    words = " ".join(text.split())
    return hashlib.blake2b(words.encode(errors="surrogatepass"), digest_size=16).digest()
