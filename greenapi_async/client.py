"""The client: its life cycle, and the sections put together."""

import functools
import os
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

from greenapi_async._concurrency import Background
from greenapi_async.base_client import UNSET, BaseClient, Unset, host_url
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.downloads import DOWNLOAD, download
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.protocol import InstanceAddress
from greenapi_async.http.rate_limiter import RateLimiter
from greenapi_async.http.retry import Retry
from greenapi_async.http.token import seal_token
from greenapi_async.http.transport import AsyncTransport
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.instance.delivery import use_polling, use_webhook
from greenapi_async.instance.readiness import Readiness, problems_of_settings, problems_of_state, wait_until
from greenapi_async.instance.sign_in import QRCodes
from greenapi_async.methods.account import SCAN_QR_CODE, Account
from greenapi_async.methods.contacts import Contacts
from greenapi_async.methods.deprecated import Deprecated
from greenapi_async.methods.groups import Groups
from greenapi_async.methods.journals import Journals
from greenapi_async.methods.marking import Marking
from greenapi_async.methods.queues import Queues
from greenapi_async.methods.receiving import RECEIVE_NOTIFICATION, Receiving
from greenapi_async.methods.sending import Sending
from greenapi_async.methods.sending_files import SendingFiles
from greenapi_async.methods.service import Service
from greenapi_async.methods.statuses import Statuses
from greenapi_async.models.account import Settings
from greenapi_async.models.bound import Conversation
from greenapi_async.models.files import Progress
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import FileMessage
from greenapi_async.models.notifications import MessageNotification, OutgoingMessageStatus
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.sent import bind_sent
from greenapi_async.models.states import InstanceState, MessageStatus
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Intake, PatientInbox
from greenapi_async.polling.notifications import InboxSource, Notifications, ServerSource
from greenapi_async.polling.poller import Poller
from greenapi_async.polling.reader import Reader
from greenapi_async.polling.recovery import Recovered, recover
from greenapi_async.processing.conversations import ChatConversation
from greenapi_async.processing.idempotency import retry_if_not_executed, send_once
from greenapi_async.processing.options import Handler, ProcessOptions
from greenapi_async.processing.process import process
from greenapi_async.processing.processor import Processing
from greenapi_async.processing.typing_indicator import typing_notice
from greenapi_async.processing.waiters import Person, Waiters

__all__ = ["Client"]

T = TypeVar("T")

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"


class Client(
    BaseClient,
    Account,
    Contacts,
    Deprecated,
    Groups,
    Journals,
    Marking,
    Queues,
    Receiving,
    Sending,
    SendingFiles,
    Service,
    Statuses,
):
    """One GREEN-API instance, as its methods in snake_case and the loop over its notifications.

    Use it as ``async with Client(...) as client``, or call ``aclose()``. It keeps its own connections and its own
    pace; asyncio and trio both work. ``timeout`` is the seconds one attempt may take (a poll adds its waiting time),
    ``retry`` how failures are met, ``rate_limiter=None`` lets requests leave unpaced, ``validate=False`` leaves the
    documented limits to the server. ``outbox`` remembers what ``send_message(..., once=...)`` sent; while ``process``
    runs, its inbox does. Arguments that cannot be right raise ``InvalidArgumentError``.

    Manual: 1.2.1 for where the id, the token and the two URLs are found.
    """

    def __init__(
        self,
        id_instance: int | str,
        api_token_instance: str,
        api_url: str = _API_URL,
        media_url: str = _MEDIA_URL,
        *,
        transport: AsyncTransport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        rate_limiter: RateLimiter | Unset | None = UNSET,
        validate: bool = True,
        outbox: Outbox | None = None,
    ) -> None:
        token = seal_token(api_token_instance, "api_token_instance")
        del api_token_instance  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        address = InstanceAddress(
            _checked_id(id_instance), host_url("api_url", api_url), host_url("media_url", media_url)
        )
        self._id_instance = address.id_instance
        self._waiters = Waiters()
        self._own_outbox = outbox
        super().__init__(
            address,
            token,
            transport=transport,
            timeout=timeout,
            retry=retry,
            rate_limiter=rate_limiter,
            validate=validate,
        )

    @classmethod
    def from_env(
        cls,
        *,
        transport: AsyncTransport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        rate_limiter: RateLimiter | Unset | None = UNSET,
        validate: bool = True,
    ) -> Self:
        """Make a client from ``GREENAPI_ID_INSTANCE``, ``GREENAPI_API_TOKEN_INSTANCE`` and, if set, the two URLs.

        The URLs are ``GREENAPI_API_URL`` and ``GREENAPI_MEDIA_URL``; without the latter, uploads go where the former
        points. Raises ``InvalidArgumentError`` with the name of a variable that is missing.
        """
        for name in ("GREENAPI_ID_INSTANCE", "GREENAPI_API_TOKEN_INSTANCE"):
            if not os.environ.get(name):
                raise InvalidArgumentError(f"the environment variable {name} is not set; export it, or use Client(...)")
        api_url = os.environ.get("GREENAPI_API_URL", "").strip() or _API_URL
        media_url = os.environ.get("GREENAPI_MEDIA_URL", "").strip() or (_MEDIA_URL if api_url == _API_URL else api_url)
        return cls(
            os.environ["GREENAPI_ID_INSTANCE"].strip(),
            os.environ["GREENAPI_API_TOKEN_INSTANCE"].strip(),
            api_url,
            media_url,
            transport=transport,
            timeout=timeout,
            retry=retry,
            rate_limiter=rate_limiter,
            validate=validate,
        )

    @property
    def id_instance(self) -> int:
        """The instance's number."""
        return self._id_instance

    def notifications(
        self, *, receive_timeout: int = 20, inbox: Inbox | None = None, overlap: bool = False
    ) -> Notifications:
        """Iterate over the instance's notifications, each done with when the next is asked for.

        ``receive_timeout`` is the seconds one poll waits at the server, 5 to 60. With an ``inbox`` a notification is
        deleted at the server once the inbox keeps it, and leaves the inbox when the body is done with it. With
        ``overlap`` the deletion of one and the request for the next travel together, on two connections: one round trip
        for each notification instead of two. ``Notifications`` tells the rest.

        Manual: 1.3.4, "HTTP API".
        """
        poller = self._poller(receive_timeout, Counters())
        reader = Reader(self)
        if inbox is None:
            return Notifications(ServerSource(poller, reader, overlap=overlap), poller, self.id_instance)
        patient = PatientInbox(inbox, lambda: poller.stopped, poller.sleep)
        intake = Intake(poller, patient, self.id_instance, overlap=overlap)
        return Notifications(InboxSource(intake, reader), poller, self.id_instance)

    def process(self, handler: Handler, *, inbox: Inbox, **options: Unpack[ProcessOptions]) -> Processing:
        """Run ``await handler(notification)`` for each notification, in order within a chat and chats side by side.

        Await what it gives; its ``stop()``, or SIGTERM, ends it. A notification is deleted at the server once the inbox
        keeps it, and leaves the inbox when the handler has returned. A handler that raises is tried again after growing
        delays, and then its notification goes into quarantine, which ``inbox.quarantined()`` lists. ``ProcessOptions``
        tells the options, ``Processing`` the rest.
        """
        return process(handler, clients=[self], inbox=inbox, **options)

    async def recover(self, inbox: Inbox, *, since: datetime | timedelta) -> Recovered:
        """Put into the inbox what came in since then and was never received, from the journal of incoming messages.

        For after an outage longer than the 24 hours that the server keeps its queue. What the inbox knows is dropped;
        the rest is marked ``recovered``. ``since`` is an aware datetime, or how long ago it was: when the outage began,
        not long before, because the inbox remembers what it handled for 24 hours only, and for an hour of the new run.
        Raises ``InboxError``, as the inbox does; calling it again does no harm.

        Manual: 1.3.5, lastIncomingMessages.
        """
        wid = (await self.get_settings()).wid

        async def fetch(minutes: int) -> list[HistoryMessage]:
            return await self.last_incoming_messages(minutes=minutes)

        return await recover(fetch, self.id_instance, inbox, since, wid=wid)

    async def download(
        self,
        file: str | MessageNotification | HistoryMessage,
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Download the file of a message, or of a URL, and give the path it was written to.

        ``path`` is a file, which is replaced, or a folder, in which the file gets the name it was sent with, and never
        replaces another. It is written beside the target and renamed when whole. Where the message's ``download_url``
        is empty or has expired, the server is asked for a new one. Raises ``PayloadTooLargeError`` beyond
        ``max_bytes``; ``progress(done, total)`` is called with bytes, total being None where it is not known.

        Manual: 1.3.4, DownloadFile.
        """
        fetch = functools.partial(self._download, DOWNLOAD)
        if isinstance(file, str):
            return await download(fetch, None, file, path, max_bytes=max_bytes, progress=progress)
        message, chat_id, id_message = file.message, file.chat_id, file.id_message
        if not isinstance(message, FileMessage) or chat_id is None or id_message is None:
            raise InvalidArgumentError(f"the message is a {type(message).__name__}, which has no file to download")

        async def refresh() -> str | None:
            return (await self.download_file(chat_id, id_message)).download_url

        url, name = message.download_url, message.file_name
        return await download(fetch, refresh, url, path, name=name, max_bytes=max_bytes, progress=progress)

    async def use_webhook(self, url: str, *, token: str = "", timeout: float = 300.0) -> Settings:
        """Have notifications pushed to this URL, and give the settings once the server shows them so.

        ``token`` comes in the header ``Authorization``, behind ``Bearer `` unless it begins with ``Basic `` or
        ``Bearer ``. Notifications of incoming messages, statuses and states are switched on. What is so already is left
        alone, for a change restarts the instance, and applies within five minutes. Raises ``TimeoutExpiredError`` with
        the names of what still differs after ``timeout`` seconds.

        Manual: 1.3.4, "Webhook Endpoint".
        """
        return await use_webhook(self, url, token, timeout)

    async def use_polling(self, *, timeout: float = 300.0) -> Settings:
        """Have notifications wait for polls: clear the webhook URL and its token, as ``use_webhook`` sets them.

        Manual: 1.3.4, "HTTP API".
        """
        return await use_polling(self, timeout)

    def scan_qr_code(self) -> QRCodes:
        """Iterate over the codes to scan with the phone, as they are renewed, until it is linked.

        Needs the extra ``ws``. Each event is a ``QR``; the last one tells how it ended. The instance must not be
        linked yet: ``logout`` first.

        Source: manual 1.3.2, "Получить QR-код через websocket"; 1 request per second.
        """
        return QRCodes(functools.partial(self._open_websocket, SCAN_QR_CODE))

    def conversation(
        self, chat_id: str, *, sender: str | None = None, timeout: float = 120.0, cancel: str | None = None
    ) -> Conversation:
        """Talk with one person: ``async with client.conversation(chat_id) as talk: name = await talk.ask("Name?")``.

        In a group ``sender`` tells whom. Each answer may take ``timeout`` seconds; ``cancel`` is a word with which the
        person ends it. Needs ``process`` to run over this client meanwhile; without it, RuntimeError is raised at once.
        """
        person = Person(chat_id, sender or chat_id)
        return ChatConversation(self._waiters, self.send_message, person, timeout=timeout, cancel=cancel)

    def typing(self, chat_id: str, *, typing_type: str | None = None) -> Background:
        """Show in a chat that the account is typing, or ``recording``, while a block of ``async with`` lasts.

        A notice that fails is logged at INFO, and stops nothing.

        Beyond the manual.
        """
        return typing_notice(lambda ms: self.send_typing(chat_id, typing_time=ms, typing_type=typing_type))

    async def wait_until(self, state: InstanceState, *, timeout: float) -> None:
        """Wait until the instance has this state, looking every two seconds.

        Raises ``TimeoutExpiredError`` after ``timeout`` seconds; starting takes up to five minutes.

        Manual: 1.3.13, "Отслеживание состояния инстанса".
        """
        await wait_until(self.get_state_instance, state, timeout)

    async def ensure_ready(self, *, fix: bool = False) -> Readiness:
        """Check that messages can be sent and notifications polled, and say or mend what is in the way.

        Looks at the instance's state, the webhook URL and the switches of notifications. With ``mend`` the settings are
        changed, which restarts the instance; they apply within five minutes. A state is never changed.

        Manual: 1.3.13, "Создание и настройка инстанса".
        """
        found = await self.get_state_instance()
        state = found.state_instance if found else None
        wrong = problems_of_settings(await self.get_settings())
        if fix and wrong:
            await self.set_settings(**{name: value for name, (_, value) in wrong.items()})
            return Readiness(state=state, problems=tuple(problems_of_state(state)), fixed=tuple(wrong))
        sentences = [sentence for sentence, _ in wrong.values()]
        return Readiness(state=state, problems=(*problems_of_state(state), *sentences))

    async def wait_for_status(
        self, id_message: str, status: MessageStatus = MessageStatus.DELIVERED, *, timeout: float = 60.0
    ) -> OutgoingMessageStatus:
        """Wait until a sent message has a status, or a later one (sent, delivered, read).

        Needs ``process`` to run over this client, and the setting ``outgoing_webhook``. ``SentMessage.wait_for`` is the
        shortcut for a message that was just sent.

        Args:
            id_message: Id of the message.
            status: The status to wait for.
            timeout: Seconds.

        Returns:
            The status notification.

        Raises:
            DeliveryFailedError: The message failed.
            TimeoutExpiredError: The status did not arrive in time.
            RuntimeError: ``process`` is not running.
        """
        return await self._waiters.wait_for_status(id_message, status, timeout)

    def _poller(self, receive_timeout: int, counters: Counters) -> Poller:
        """Create the poller of one loop, which counts into ``counters``."""
        request = self._prepare(RECEIVE_NOTIFICATION, {"receiveTimeout": receive_timeout})
        receive = functools.partial(self._perform, RECEIVE_NOTIFICATION, request)
        return Poller(receive, self.delete_notification, retry=self._retry, counters=counters)

    async def _request(self, endpoint: Endpoint[T], values: Mapping[str, Any]) -> T:
        answer = await self._perform(endpoint, self._prepare(endpoint, values))
        bind_sent(answer, self, values)
        return answer

    async def _send_once(
        self, key: str, chat_id: str, text: str, endpoint: Endpoint[SentMessage], values: Mapping[str, Any]
    ) -> SentMessage:
        request = self._prepare(endpoint, values)
        send = functools.partial(self._perform, endpoint, request, retry_if_not_executed(self._retry.decide))
        outbox = self._own_outbox or self._waiters.outbox
        sent = await send_once(self, outbox, key, chat_id=chat_id, text=text, send=send)
        bind_sent(sent, self, values)
        return sent


def _checked_id(value: int | str) -> int:
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,19}", str(value)):
        return int(value)
    raise InvalidArgumentError(f"id_instance is {value!r}; digits are needed, as in 1101000001")
