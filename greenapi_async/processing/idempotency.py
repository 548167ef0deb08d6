"""Idempotent sends: ``send_message(..., once=key)`` sends at most one message per key.

The send is recorded in the outbox under its key before it leaves. If its outcome is unknown, or the process ended
before it was known, the message is looked for where the server keeps what it sends: in the outgoing queue, then in the
journal of outgoing messages. The journal lags up to two minutes (1.3.5), so the search is repeated until then. Only a
message that neither shows is sent again, once; if that outcome is unknown too, ``DeliveryUnknownError`` is raised, and
the next call with the key starts by searching.

A message is identified by chat and text, ignoring white space; a person may appear under a hidden number (@lid). An
equal message without a key, or under another key whose answer is still pending, may be mistaken for it; then nothing is
sent, because not sending twice comes first.
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

__all__ = ["SEARCH_DELAYS", "retry_if_not_executed", "send_once"]

logger = logging.getLogger("greenapi_async")

MAX_KEY_LENGTH = 200
SEARCH_DELAYS = (3.0, 17.0, 40.0, 65.0)
"""Seconds before each search: the first waits for requests in transit; the last is two minutes after the first."""
CLOCK_MARGIN = 120.0
"""Seconds by which the server's clock may be behind."""
RECORD_TIMEOUT = 15.0
"""Seconds for which a cancelled caller waits until the outcome is recorded."""

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
    """Send a text unless it was sent under this key.

    Args:
        client: The client, for searching.
        outbox: Remembers what was sent.
        key: The idempotency key, 1 to 200 characters.
        chat_id: The recipient.
        text: The text.
        send: Sends it; must not retry after a failure that leaves the outcome open.

    Returns:
        The message sent now or before.

    Raises:
        InvalidArgumentError: The key is not valid, was used for another chat or text, or there is no outbox.
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
        return await _OnceSend(client, outbox, key, send).run(chat_id, text)


def _check(key: object) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidArgumentError(f"once is {key!r}; expected a string of 1 to {MAX_KEY_LENGTH} characters")


def retry_if_not_executed(decide: RetryPolicy) -> RetryPolicy:
    """Return a policy that retries only requests that were certainly not executed."""
    return lambda failure: None if is_ambiguous(failure.error) else decide(failure)


@attrs.frozen
class _OnceSend:
    client: ProcessClient
    outbox: Outbox
    key: str
    send: Callable[[], Awaitable[SentMessage]]

    async def run(self, chat_id: str, text: str) -> SentMessage:
        searched = False
        while True:
            attempt = await self.outbox.begin(self.client.id_instance, self.key, chat_id, _digest(text))
            if attempt.id_message is not None:
                return SentMessage(id_message=attempt.id_message)
            failure = DeliveryUnknownError("an earlier attempt with this key has an unknown outcome", method=_METHOD)
            if attempt.is_new:
                try:
                    return await self._send()
                except DeliveryUnknownError as error:
                    failure = error
            found = await self._find(attempt, failure)
            if found is not None:
                return SentMessage(id_message=found)
            if searched:
                raise failure
            searched = True
            await self.outbox.forget(self.client.id_instance, self.key)

    async def _send(self) -> SentMessage:
        place = self.client.id_instance, self.key
        try:
            answer = await self.send()
        except DeliveryUnknownError:
            raise
        except GreenAPIError:
            await self._record(lambda: self.outbox.forget(*place))
            raise
        await self._record(lambda: self.outbox.sent(*place, answer.id_message))
        return answer

    async def _record(self, write: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await run_to_completion(write, RECORD_TIMEOUT)
        except (InboxError, TimeoutError) as error:
            reason = str(error) or "the outbox does not answer"
            logger.warning(
                "Could not record the outcome of a send; the next use of its key searches for it: %s", reason
            )

    async def _find(self, attempt: OutboxRecord, failure: DeliveryUnknownError) -> str | None:
        """Return the message id, or None if the message was not sent."""
        start = anyio.current_time()
        for wait in SEARCH_DELAYS:
            await anyio.sleep(wait)
            try:
                queued = [row.message_id for row in await self.client.show_messages_queue() if _is_queued(row, attempt)]
                minutes = math.ceil((max(attempt.age, 0) + anyio.current_time() - start + CLOCK_MARGIN) / 60)
                rows = await self.client.last_outgoing_messages(minutes=minutes)
            except GreenAPIError as error:
                reason = (
                    f"{failure.reason}, and searching for the message failed ({type(error).__name__}: {error.reason})"
                )
                raise DeliveryUnknownError(reason, method=_METHOD, status=failure.status) from error
            rows.sort(key=lambda row: row.chat_id != attempt.chat_id)
            found = [*queued, *(row.id_message for row in rows if _was_sent(row, attempt))]
            for id_message in found:
                if id_message and await self.outbox.claim(self.client.id_instance, self.key, id_message):
                    return id_message
            if None in found:
                reason = f"{failure.reason}, and a message that matches has no id"
                raise DeliveryUnknownError(reason, method=_METHOD, status=failure.status)
        return None


def _is_queued(row: QueuedMessage, attempt: OutboxRecord) -> bool:
    text = row.body.message if row.body else None
    is_text = row.type is None or row.type.lower() == _METHOD.lower()
    return is_text and _matches(row.chat_id, text, attempt)


def _was_sent(row: HistoryMessage, attempt: OutboxRecord) -> bool:
    is_older = row.timestamp is not None and row.timestamp < attempt.begun - timedelta(seconds=CLOCK_MARGIN)
    return row.send_by_api is not False and not is_older and _matches(row.chat_id, row.text, attempt)


def _matches(chat_id: str | None, text: str | None, attempt: OutboxRecord) -> bool:
    hosts = {str(chat).rpartition("@")[2] for chat in (chat_id, attempt.chat_id)}
    same_chat = chat_id == attempt.chat_id or hosts == {"c.us", "lid"}
    return same_chat and _digest(text or "") == attempt.digest


def _digest(text: str) -> bytes:
    normalized = " ".join(text.split())
    return hashlib.blake2b(normalized.encode(errors="surrogatepass"), digest_size=16).digest()
