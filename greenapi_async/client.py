"""The client: its life cycle, and the sections put together."""

import functools
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar, Unpack

from greenapi_async.api.access import SCAN_QR_CODE, Access
from greenapi_async.api.account import Account
from greenapi_async.api.contacts import Contacts
from greenapi_async.api.files import Files
from greenapi_async.api.groups import Groups
from greenapi_async.api.journals import Journals
from greenapi_async.api.marking import Marking
from greenapi_async.api.queues import Queues
from greenapi_async.api.receiving import RECEIVE_NOTIFICATION, Receiving
from greenapi_async.api.retired import Retired
from greenapi_async.api.sending import Sending
from greenapi_async.api.service import Service
from greenapi_async.api.statuses import Statuses
from greenapi_async.beside import Beside
from greenapi_async.caller import UNSET, Caller, Unset, host_url
from greenapi_async.connected import Connected
from greenapi_async.delivering import use_polling, use_webhook
from greenapi_async.download import DOWNLOAD, Sink, download
from greenapi_async.endpoint import Endpoint
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Inbox
from greenapi_async.loop.conversation import Conversation
from greenapi_async.loop.counters import Counters
from greenapi_async.loop.intake import Intake, PatientInbox
from greenapi_async.loop.listening import Listening, Person
from greenapi_async.loop.notifications import FromInbox, FromServer, Notifications
from greenapi_async.loop.polling import Poll
from greenapi_async.loop.processing import Processing
from greenapi_async.loop.reading import Reader
from greenapi_async.loop.recovering import Recovered, recover
from greenapi_async.loop.rules import Handler, ProcessOptions
from greenapi_async.loop.several import process
from greenapi_async.models.access import ApiToken
from greenapi_async.models.account import Settings
from greenapi_async.models.files import Progress
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import FileMessage
from greenapi_async.models.notifications import MessageNotification
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.sent import sent_by
from greenapi_async.models.states import InstanceState
from greenapi_async.once import send_once, when_unsent
from greenapi_async.outbox import Outbox
from greenapi_async.signing_in import QRCodes, Readiness, problems_of_settings, problems_of_state, wait_until
from greenapi_async.typing_notice import typing_notice
from greenapi_async.wire.http import Transport
from greenapi_async.wire.pace import Pace
from greenapi_async.wire.protocol import InstanceAddress
from greenapi_async.wire.retry import Retry
from greenapi_async.wire.secret import seal
from greenapi_async.wire.websocket import WebSocket

__all__ = ["Client"]

T = TypeVar("T")

_API_URL = "https://api.green-api.com"
_MEDIA_URL = "https://media.green-api.com"


class Client(
    Connected,
    Access,
    Account,
    Contacts,
    Files,
    Groups,
    Journals,
    Marking,
    Queues,
    Receiving,
    Retired,
    Sending,
    Service,
    Statuses,
):
    """One GREEN-API instance, as its methods in snake_case and the loop over its notifications.

    Use it as ``async with Client(...) as client``, or call ``aclose()``. It keeps its own connections and its own pace;
    asyncio and trio both work. ``timeout`` is the seconds one attempt may take (a poll adds its waiting time),
    ``retry`` how failures are met, ``pace=None`` lets requests leave unpaced, ``validate=False`` leaves the documented
    limits to the server. ``outbox`` remembers what ``send_message(..., once=...)`` sent; while ``process`` runs, its
    inbox does. Arguments that cannot be right raise ``InvalidArgumentError``.

    Manual: 1.2.1 for where the id, the token and the two URLs are found.
    """

    def __init__(
        self,
        id_instance: int | str,
        api_token_instance: str,
        api_url: str = _API_URL,
        media_url: str = _MEDIA_URL,
        *,
        transport: Transport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        pace: Pace | Unset | None = UNSET,
        validate: bool = True,
        outbox: Outbox | None = None,
    ) -> None:
        token = seal(api_token_instance, "api_token_instance")
        del api_token_instance  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        address = InstanceAddress(
            _instance(id_instance), host_url("api_url", api_url), host_url("media_url", media_url)
        )
        self._address = address
        self._listening = Listening()
        self._own_outbox = outbox
        self._caller = Caller(
            address, token, transport=transport, timeout=timeout, retry=retry, pace=pace, validate=validate
        )

    @classmethod
    def from_env(
        cls,
        *,
        transport: Transport | None = None,
        timeout: float = 30.0,
        retry: Retry | None = None,
        pace: Pace | Unset | None = UNSET,
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
            pace=pace,
            validate=validate,
        )

    @property
    def id_instance(self) -> int:
        """The instance's number."""
        return self._address.id_instance

    @property
    def listening(self) -> Listening:
        """What conversations, and those who wait for a status, hear of this instance."""
        return self._listening

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
        poll = self.poll(receive_timeout, Counters())
        reader = Reader(self)
        if inbox is None:
            return Notifications(FromServer(poll, reader, overlap=overlap), poll, self.id_instance)
        patient = PatientInbox(inbox, lambda: poll.stopped, poll.sleep)
        intake = Intake(poll, patient, self.id_instance, overlap=overlap)
        return Notifications(FromInbox(intake, reader), poll, self.id_instance)

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
        return await recover(self.last_incoming_messages, self.id_instance, inbox, since, wid=wid)

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
        if isinstance(file, str):
            return await download(self._fetch, None, file, path, max_bytes=max_bytes, progress=progress)
        message, chat_id, id_message = file.message, file.chat_id, file.id_message
        if not isinstance(message, FileMessage) or chat_id is None or id_message is None:
            raise InvalidArgumentError(f"the message is a {type(message).__name__}, which has no file to download")

        async def refresh() -> str | None:
            return (await self.download_file(chat_id, id_message)).download_url

        url, name = message.download_url, message.file_name
        return await download(self._fetch, refresh, url, path, name=name, max_bytes=max_bytes, progress=progress)

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

        Manual: 1.3.2, "Получить QR-код через websocket".
        """
        return QRCodes(self._connect)

    def conversation(
        self, chat_id: str, *, sender: str | None = None, timeout: float = 120.0, cancel: str | None = None
    ) -> Conversation:
        """Talk with one person: ``async with client.conversation(chat_id) as talk: name = await talk.ask("Name?")``.

        In a group ``sender`` tells whom. Each answer may take ``timeout`` seconds; ``cancel`` is a word with which the
        person ends it. Needs ``process`` to run over this client meanwhile; without it, RuntimeError is raised at once.
        """
        person = Person(chat_id, sender or chat_id)
        return Conversation(self, person, timeout=timeout, cancel=cancel)

    def typing(self, chat_id: str, *, typing_type: str | None = None) -> Beside:
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

    async def ensure_ready(self, *, mend: bool = False) -> Readiness:
        """Check that messages can be sent and notifications polled, and say or mend what is in the way.

        Looks at the instance's state, the webhook URL and the switches of notifications. With ``mend`` the settings are
        changed, which restarts the instance; they apply within five minutes. A state is never changed.

        Manual: 1.3.13, "Создание и настройка инстанса".
        """
        found = await self.get_state_instance()
        state = found.state_instance if found else None
        wrong = problems_of_settings(await self.get_settings())
        if mend and wrong:
            await self.set_settings(**{name: value for name, (_, value) in wrong.items()})
            return Readiness(state=state, problems=tuple(problems_of_state(state)), mended=tuple(wrong))
        sentences = [sentence for sentence, _ in wrong.values()]
        return Readiness(state=state, problems=(*problems_of_state(state), *sentences))

    def __repr__(self) -> str:
        address: InstanceAddress | None = getattr(self, "_address", None)  # None while __init__ refuses an argument
        where = f"{address.id_instance} at {address.api_url}" if address else "not made"
        return f"<{type(self).__name__} {where}>"

    def poll(self, receive_timeout: int, counters: Counters) -> Poll:
        """Give the queue at the server to a loop, which counts there what it does."""
        values = {"receiveTimeout": receive_timeout}
        self._caller.check(RECEIVE_NOTIFICATION, values)
        receive = functools.partial(self._caller.call, RECEIVE_NOTIFICATION, values)
        return Poll(receive, self.delete_notification, retry=self._caller.retry, counters=counters)

    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T:
        answer = await super()._call(endpoint, **values)
        sent_by(self, values, answer)
        return answer

    async def _once(self, key: str, endpoint: Endpoint[SentMessage], /, **values: Any) -> SentMessage:
        self._caller.check(endpoint, values)
        send = functools.partial(self._caller.call, endpoint, values, when_unsent(self._caller.retry.decide))
        outbox = self._own_outbox or self._listening.outbox
        chat_id, text = str(values["chatId"]), str(values["message"])
        answer = await send_once(self, outbox, key, chat_id=chat_id, text=text, send=send)
        sent_by(self, values, answer)
        return answer

    async def _renew(self, endpoint: Endpoint[ApiToken]) -> ApiToken:
        return await self._caller.renew(endpoint)

    async def _fetch(self, url: str, sink: Sink) -> None:
        await self._caller.fetch(DOWNLOAD, url, sink)

    async def _connect(self) -> WebSocket:
        return await self._caller.connect(SCAN_QR_CODE)


def _instance(value: int | str) -> int:
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,19}", str(value)):
        return int(value)
    raise InvalidArgumentError(f"id_instance is {value!r}; digits are needed, as in 1101000001")
