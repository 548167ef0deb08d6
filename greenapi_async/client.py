"""``Client``: the method groups put together, and what needs more than one request."""

import functools
import os
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self, TypeVar, Unpack

from greenapi_async import http, instance, methods, models, outgoing, polling, processing
from greenapi_async import inbox as inboxes
from greenapi_async._internal.exit_message import shorten_traceback
from greenapi_async.base_client import UNSET, BaseClient, ClientOptions, Unset, host_url
from greenapi_async.calls.voice_calls import VoiceCalls
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.errors.response import MAX_RESPONSE_BYTES
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.inbox.known_ids import KnownIds
from greenapi_async.instance.preparation import Preparation
from greenapi_async.methods.account import SCAN_QR_CODE
from greenapi_async.methods.calling import Calling
from greenapi_async.methods.catalog_collections import CatalogCollections
from greenapi_async.methods.catalogs import Catalogs
from greenapi_async.methods.contacts import Contacts
from greenapi_async.methods.deprecated import Deprecated
from greenapi_async.methods.groups import Groups
from greenapi_async.methods.journals import Journals
from greenapi_async.methods.marking import Marking
from greenapi_async.methods.messenger_accounts import MessengerAccounts
from greenapi_async.methods.queues import Queues
from greenapi_async.methods.receiving import DELETE_NOTIFICATION, RECEIVE_NOTIFICATION, Receiving
from greenapi_async.methods.sending import Sending
from greenapi_async.methods.sending_buttons import SendingButtons
from greenapi_async.methods.sending_files import SendingFiles
from greenapi_async.methods.service import Service
from greenapi_async.methods.statuses import Statuses
from greenapi_async.models.messengers import Messenger
from greenapi_async.models.states import MessageStatus
from greenapi_async.outgoing.broadcasting import Broadcasting
from greenapi_async.outgoing.scheduling import Scheduling

__all__ = ["API_URL", "MEDIA_URL", "Client"]

T = TypeVar("T")

API_URL = "https://api.green-api.com"
MEDIA_URL = "https://media.green-api.com"


class Client(
    BaseClient,
    Broadcasting,
    Calling,
    CatalogCollections,
    Catalogs,
    Contacts,
    Deprecated,
    Groups,
    Journals,
    KnownIds,
    Marking,
    MessengerAccounts,
    Preparation,
    Queues,
    Receiving,
    Scheduling,
    Sending,
    SendingButtons,
    SendingFiles,
    Service,
    Statuses,
    VoiceCalls,
):
    """Client of one GREEN-API instance: all API methods in snake_case, and loops over its notifications.

    Use it as ``async with Client(...) as client``, or call ``aclose()``. It has its own connections and rate limiter,
    works on asyncio and trio, and belongs to one event loop.
    """

    def __init__(
        self,
        id_instance: int | str,
        api_token_instance: str,
        api_url: str = API_URL,
        media_url: str = MEDIA_URL,
        *,
        transport: "http.wire.TransportOption" = None,
        timeout: float = 30.0,
        retry: "http.retry.Retry | None" = None,
        rate_limiter: "http.rate_limiter.RateLimiter | Unset | None" = UNSET,
        validate: bool = True,
        messenger: Messenger | Literal["whatsapp", "max", "telegram"] | None = None,
        outbox: "inboxes.outbox.Outbox | None" = None,
        proxy: str | None = None,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
    ) -> None:
        """Create a client; nothing is sent yet.

        Args:
            id_instance: The instance's id, from your personal area.
            api_token_instance: The instance's token, from your personal area.
            api_url: The instance's API URL.
            media_url: The instance's media URL, for uploads.
            transport: ``"aiohttp"`` sends through aiohttp, at less than half of the CPU time (extra ``fast``, asyncio
                only); None sends through httpx. Or any ``httpx.AsyncBaseTransport`` or ``httpx2.AsyncBaseTransport``,
                which the client closes and for which ``proxy`` is not used.
            timeout: Seconds one attempt may take; polls and transfers add their own time.
            retry: How failures are retried; None is ``Retry()``.
            rate_limiter: Keeps the documented rates; omitted, it is a new ``MethodRateLimiter``, None disables it.
                Several processes that use one instance need a ``RedisRateLimiter`` or ``PostgresRateLimiter``.
            validate: Whether documented limits are checked before sending; False leaves them to the server.
            messenger: Messenger of the instance; its methods, ids and limits are checked before sending. None learns it
                from the first ``typeInstance`` in a notification or in ``get_settings``, which a bot calls at its
                start, or from an ``api_url`` that ends in ``/v3``; until then the checks are WhatsApp's.
            outbox: Remembers messages sent with ``once=``; None means the outbox of the inbox of a running ``process``.
            proxy: URL of a proxy for all hosts; None uses ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and
                ``NO_PROXY``, for each host.
            max_response_bytes: Limit of a response's content, downloads excepted.

        Raises:
            InvalidArgumentError: An argument is not valid.
            MissingExtraError: aiohttp was chosen but is not installed.

        Source: manual 1.2.1, where id, token and URLs are found.
        """
        token = http.token.seal_token(api_token_instance, "api_token_instance")
        del api_token_instance  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        number, url = http.protocol.instance_id(id_instance), host_url("api_url", api_url)
        self._messenger = http.messengers.ClientMessenger(number, http.messengers.messenger_named(messenger, url))
        _check_limiter(rate_limiter, number)
        address = http.protocol.InstanceAddress(number, url, host_url("media_url", media_url), self._messenger)
        self._identities = inboxes.identities.ClientIdentities(number)
        self._waiters = processing.waiters.Waiters(self._identities.known)
        self._own_outbox = outbox
        super().__init__(
            address,
            token,
            transport=transport,
            timeout=timeout,
            retry=retry,
            rate_limiter=rate_limiter,
            validate=validate,
            proxy=proxy,
            max_response_bytes=max_response_bytes,
        )

    @classmethod
    def from_env(cls, *, prefix: str = "GREENAPI_", **options: Unpack[ClientOptions]) -> Self:
        """Create a client from the environment.

        Reads ``GREENAPI_ID_INSTANCE``, ``GREENAPI_API_TOKEN_INSTANCE`` (or ``GREENAPI_API_TOKEN_INSTANCE_FILE``, the
        path of a file with the token), and optionally ``GREENAPI_API_URL``, ``GREENAPI_MEDIA_URL`` and
        ``GREENAPI_MESSENGER`` (``whatsapp``, ``max`` or ``telegram``). If only the API URL is set, uploads use it too.

        Args:
            prefix: What the names begin with, to tell several instances apart.
            **options: Keyword options of ``Client``, such as ``timeout`` and ``outbox``.

        Raises:
            InvalidArgumentError: A variable is missing or not valid. If it is not caught, Python prints its message
                without a traceback.

        Example:
            >>> shop, support = Client.from_env(prefix="SHOP_"), Client.from_env(prefix="SUPPORT_")
        """
        try:
            found = instance.environment.read_variables(os.environ, prefix=prefix, api_url=API_URL, media_url=MEDIA_URL)
            if found.messenger is not None:
                try:
                    options.setdefault("messenger", http.messengers.messenger_named(found.messenger, found.api_url))
                except InvalidArgumentError as error:
                    raise InvalidArgumentError(f"the environment variable {prefix}MESSENGER: {error.reason}") from None
            return cls(found.id_instance, found.api_token_instance, found.api_url, found.media_url, **options)
        except InvalidArgumentError as error:
            shorten_traceback(error, f"{cls.__name__}.from_env")
            raise

    @property
    def id_instance(self) -> int:
        """The instance's id."""
        return self._identities.id_instance

    @property
    def with_raw_response(self) -> "methods.with_raw_response.ClientWithRawResponse":
        """The API methods, each of which returns status, headers and body of the response next to its result."""
        return methods.with_raw_response.ClientWithRawResponse(self._call_raw)

    @property
    def messenger(self) -> Messenger | None:
        """The instance's messenger; None until it is known, see ``messenger`` of the constructor."""
        return self._messenger.current

    def notifications(
        self, *, receive_timeout: int = 20, inbox: "inboxes.Inbox | None" = None, overlap: bool = False
    ) -> "polling.notifications.Notifications":
        """Iterate over the instance's notifications; asking for the next acknowledges the previous one.

        A notification whose body raised, broke out or was cancelled is delivered again (at-least-once delivery).
        Duplicates are dropped. ``Notifications`` describes which errors end the loop.

        Args:
            receive_timeout: Seconds the server holds a long poll, 5 to 60.
            inbox: Stores notifications durably: a notification is deleted on the server once it is stored, and removed
                from the inbox when it is acknowledged. None reads the server's queue directly.
            overlap: Whether a deletion and the next poll are sent concurrently on two connections: one round trip per
                notification instead of two.

        Returns:
            An async iterator and context manager with ``stop()``.

        Raises:
            InvalidArgumentError: ``receive_timeout`` is out of range.

        Example:
            >>> async for notification in client.notifications():
            ...     if notification.text == "ping":
            ...         await notification.reply("pong")

        Source: manual 1.3.4, HTTP API.
        """
        if inbox is not None:
            processing.options.check_inbox(inbox)
        poller = self._poller(receive_timeout, polling.counters.Counters())
        parser = polling.parsing.NotificationParser(self)
        if inbox is None:
            direct = polling.notifications.ServerSource(poller, parser, overlap=overlap)
            return polling.notifications.Notifications(direct, poller)
        ingest = polling.ingest.Ingest(inbox, overlap=overlap, stopped=lambda: poller.stopped, sleep=poller.sleep)
        return polling.notifications.Notifications(polling.notifications.InboxSource(ingest, poller, parser), poller)

    def process(
        self,
        handler: "Callable[[models.notifications.Notification], Awaitable[object]]",
        *,
        inbox: "inboxes.Inbox",
        **options: "Unpack[processing.options.ProcessOptions]",
    ) -> "processing.processor.Processing":
        """Run a handler for each notification: in order within a chat, chats concurrently.

        A notification is deleted on the server once the inbox has stored it, and removed from the inbox when the
        handler has returned. A handler that raises is retried with backoff; after the last attempt the notification is
        quarantined, see ``inbox.quarantined()``. SIGTERM shuts down gracefully.

        Args:
            handler: Async function of one notification.
            inbox: Storage between the server's queue and the handler.
            **options: See ``ProcessOptions``.

        Returns:
            The run; await it, and call its ``stop()`` to end it.

        Raises:
            InvalidArgumentError: An argument is not valid.

        Example:
            >>> async def handler(notification):
            ...     await notification.reply("Hello")
            >>> await client.process(handler, inbox=SQLiteInbox("bot.db"))
        """
        return outgoing.process.process(handler, clients=[self], inbox=inbox, **options)

    async def recover(self, inbox: "inboxes.Inbox", *, since: datetime | timedelta) -> "polling.recovery.Recovered":
        """Recover messages from the journal after an outage longer than the 24 hours of the server's queue.

        Messages that the inbox knows are skipped, the others are stored with ``recovered`` set. The inbox remembers
        what it handled for 24 hours, and for one hour of the new run: start as close to the outage as possible.
        Repeating the call does no harm.

        Args:
            inbox: The inbox that was in use before the outage.
            since: When the outage began: an aware datetime, or how long ago.

        Returns:
            The numbers of messages found, stored, already known and skipped.

        Raises:
            InvalidArgumentError: ``since`` is naive or in the future.
            InboxError: The inbox cannot be used.

        Source: manual 1.3.5, LastIncomingMessages.
        """
        settings = await self.get_settings()

        async def fetch(minutes: int) -> "list[models.journals.HistoryMessage]":
            return await self.last_incoming_messages(minutes=minutes)

        kind = settings.type_instance or "whatsapp"
        return await polling.recovery.recover(
            fetch, self.id_instance, inbox, since, wid=settings.wid, type_instance=kind
        )

    def scan_qr_code(self) -> "instance.sign_in.QRCodes":
        """Iterate over the QR codes to scan with the phone, as they are renewed, until it is linked.

        Each event is a ``QR``; the last one says how it ended. An instance that is already authorized must be logged
        out first. Needs the extra ``ws``.

        Returns:
            An async iterator.

        Source: manual 1.3.2, QR code through a websocket.
        """
        if self._validate:
            http.messengers.check_available(SCAN_QR_CODE, self.messenger)
        return instance.sign_in.QRCodes(functools.partial(self._open_websocket, SCAN_QR_CODE))

    def conversation(
        self,
        chat_id: str,
        *,
        sender: str | None = None,
        timeout: float = 120.0,
        cancel: "models.bound.Cancel | None" = None,
    ) -> "models.bound.Conversation":
        """Open a dialogue with one person; while it lasts, their new messages go there.

        Needs ``process`` (or a bot) to run over this client.

        Args:
            chat_id: The chat.
            sender: The person, in a group.
            timeout: Seconds each answer may take, at most 366 days.
            cancel: A word with which the person ends the conversation, or several: each must be the whole message, in
                upper or lower case. Or a function that is given a message and returns whether it ends the conversation,
                for example a filter of ``bots.filters``. None if there is none; inside another conversation with the
                person, None means those of that one.

        Returns:
            An async context manager.

        Raises:
            RuntimeError: ``process`` is not running.
            InvalidArgumentError: ``timeout`` or ``cancel`` is not valid.

        Example:
            >>> async with client.conversation(chat_id) as talk:
            ...     name = await talk.ask("What is your name?")
        """
        person = processing.waiters.Person(chat_id, sender or chat_id)
        return processing.conversations.ChatConversation(self, person, timeout=timeout, cancel=cancel)

    def typing(
        self, chat_id: str, *, typing_type: Literal["recording"] | None = None
    ) -> "processing.typing_indicator.Background":
        """Show "typing" in a chat while a block of ``async with`` runs; failures of it are logged and ignored.

        Args:
            chat_id: The chat.
            typing_type: ``recording`` to show that a voice message is recorded; None shows typing.

        Source: the vendor's documentation, beyond the manual.
        """
        return processing.typing_indicator.typing_indicator(
            lambda ms: self.send_typing(chat_id, typing_time=ms, typing_type=typing_type)
        )

    async def wait_for_status(
        self,
        id_message: str,
        status: MessageStatus = MessageStatus.DELIVERED,
        *,
        timeout: float = 60.0,
        chat_id: str | None = None,
    ) -> "models.notifications.OutgoingMessageStatus":
        """Wait until a sent message has a status, or a later one (sent, delivered, read).

        Needs ``process`` to run over this client, and the setting ``outgoing_webhook``. ``SentMessage.wait_for`` is the
        shortcut for a message that was just sent.

        Args:
            id_message: Id of the message.
            status: The status to wait for.
            timeout: Seconds.
            chat_id: The chat it was sent to; give it on MAX and Telegram, where ids are unique within one chat only.
                None accepts the status of any message with the id.

        Returns:
            The status notification.

        Raises:
            DeliveryFailedError: The message failed.
            TimeoutExpiredError: The status did not arrive in time.
            RuntimeError: ``process`` is not running.
        """
        return await self._waiters.wait_for_status(id_message, status, timeout, chat_id)

    async def health(self, *, timeout: float = 3.0, queues: bool = False) -> "instance.health.InstanceHealth":
        """Check whether the instance works at the moment: API reachable, token right, account authorized.

        Makes one request, for the state. Temporary failures are reported, not raised.

        Args:
            timeout: Seconds for all requests together.
            queues: Whether to ask for the lengths of the server's queues too, with two more requests.

        Returns:
            The state, the problems, and when the API was last heard of.

        Example:
            >>> health = await client.health()
            >>> health.ok, health.problems
            (True, ())

        Source: manual 1.3.2, GetStateInstance.
        """
        client = self.with_options(timeout=timeout, retry=instance.health.PROBE_RETRY)
        probe = instance.health.Probe(
            id_instance=self.id_instance,
            get_state=client.get_state_instance,
            count_messages=client.get_messages_count if queues else None,
            count_notifications=client.get_webhooks_count if queues else None,
            activity=self._activity,
            server_time=lambda: self._server_clock.time(self._current_time()),
        )
        return await instance.health.check_health(probe, timeout)

    def _poller(self, receive_timeout: int, counters: "polling.counters.Counters") -> "polling.poller.Poller":
        """Create the poller of one loop, which counts into ``counters``."""
        request = self._prepare(RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout})
        receive = functools.partial(self._perform, RECEIVE_NOTIFICATION, request)
        ids, retry = self._identities, self._retry
        return polling.poller.Poller(receive, self._delete, identities=ids, retry=retry, counters=counters)

    def _delete(self, receipt_id: int) -> "Awaitable[models.receiving.DeletedNotification]":
        """Call deleteNotification for a poller: with a receipt of the server, nothing is checked, bound or learned."""
        request = http.protocol.build_request(DELETE_NOTIFICATION, {"receiptId": receipt_id}, self._api)
        return self._perform(DELETE_NOTIFICATION, request)

    def _prepare(self, endpoint: Endpoint[Any], values: Mapping[str, Any]) -> "http.protocol.Request":
        messenger, checked, wire = self._messenger.current, endpoint, values
        if messenger is not None:
            if self._validate:
                http.messengers.check_available(endpoint, messenger)
            checked, wire = (
                http.messengers.adapt_endpoint(endpoint, messenger),
                http.messengers.wire_values(endpoint, messenger, values),
            )
        if self._validate:
            try:
                http.protocol.check_arguments(checked, values)
            except InvalidArgumentError as error:
                error.advice = self._messenger.hint(values)
                raise
        return http.protocol.build_request(endpoint, wire, self._api, validate=self._validate)

    def _with_outbox(self, outbox: "inboxes.outbox.Outbox") -> Self:
        """Return a client that records messages with ``once=`` in another outbox."""
        other = self.with_options()
        other._own_outbox = outbox
        return other

    def _learn_messenger(self, type_instance: str | None) -> None:
        self._messenger.learn(type_instance)

    async def _request(self, endpoint: Endpoint[T], values: Mapping[str, Any]) -> T:
        request, guarded = self._prepare(endpoint, values), self._waiters.guarded_sends
        if guarded is None or not guarded.concerns(endpoint.name, values):
            answer = await self._perform(endpoint, request)
        else:
            perform = functools.partial(self._perform, endpoint, request)
            answer = await guarded.send(endpoint.name, values["chatId"], perform)
        if isinstance(answer, models.account.Settings):
            self._learn_messenger(answer.type_instance)
        self._bind(answer, values)
        return await self._learn(endpoint, values, answer)

    def _bind(self, answer: object, values: Mapping[str, Any]) -> None:
        models.sent.bind_sent(answer, self, values)
        if isinstance(answer, models.sent.Sent) and self.messenger is not Messenger.WHATSAPP:
            self._waiters.note_sent(answer.id_message, str(values.get("chatId")))

    async def _send_once(
        self,
        key: str,
        endpoint: "Endpoint[models.sending.SentMessage]",
        values: Mapping[str, Any],
    ) -> "models.sending.SentMessage":
        request, chat_id = self._prepare(endpoint, values), values["chatId"]
        sought = processing.sought_messages.sought_message(endpoint.name, values)
        send = functools.partial(
            self._perform, endpoint, request, processing.idempotency.retry_if_not_executed(self._retry.decide)
        )
        outbox, guarded = self._own_outbox or self._waiters.outbox, self._waiters.guarded_sends
        once = functools.partial(processing.idempotency.send_once, self, outbox, key, chat_id=chat_id, sought=sought)
        sent = await (once(send=send) if guarded is None else guarded.send_once(chat_id, once, send))
        self._bind(sent, values)
        return sent


def _check_limiter(rate_limiter: "http.rate_limiter.RateLimiter | Unset | None", id_instance: int) -> None:
    if rate_limiter is None or isinstance(rate_limiter, Unset):
        return
    if isinstance(rate_limiter, http.shared_rate_limiter.SharedRateLimiter) and rate_limiter.id_instance != id_instance:
        raise InvalidArgumentError(
            f"rate_limiter keeps the rates of instance {rate_limiter.id_instance}, but the client's instance is "
            f"{id_instance}; create a rate limiter for each instance"
        )
