"""The client: its life cycle, and the sections put together."""

import functools
import os
import re
from pathlib import Path
from typing import Self, TypeVar

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
from greenapi_async.caller import UNSET, Caller, Unset, host_url
from greenapi_async.connected import Connected
from greenapi_async.download import DOWNLOAD, Sink, download
from greenapi_async.endpoint import Endpoint
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.access import ApiToken
from greenapi_async.models.files import Progress
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import FileMessage
from greenapi_async.models.notifications import MessageNotification
from greenapi_async.models.states import InstanceState
from greenapi_async.notifications import Notifications
from greenapi_async.signing_in import QRCodes, Readiness, problems_of_settings, problems_of_state, wait_until
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
    limits to the server. Arguments that cannot be right raise ``InvalidArgumentError``.

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
    ) -> None:
        token = seal(api_token_instance, "api_token_instance")
        del api_token_instance  # from here on no frame holds the token as a string
        if isinstance(token, InvalidArgumentError):
            raise token
        address = InstanceAddress(
            _instance(id_instance), host_url("api_url", api_url), host_url("media_url", media_url)
        )
        self._address = address
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

    def notifications(self, *, receive_timeout: int = 20) -> Notifications:
        """Iterate over the instance's notifications, acknowledging each when the next is asked for.

        ``receive_timeout`` is the seconds one poll waits at the server, 5 to 60; ``Notifications`` tells the rest.

        Manual: 1.3.4, "HTTP API".
        """
        poll = {"receiveTimeout": receive_timeout}
        self._caller.check(RECEIVE_NOTIFICATION, poll)
        return Notifications(
            functools.partial(self._caller.call, RECEIVE_NOTIFICATION, poll),
            self.delete_notification,
            retry=self._caller.retry,
            client=self,
        )

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

    def scan_qr_code(self) -> QRCodes:
        """Iterate over the codes to scan with the phone, as they are renewed, until it is linked.

        Needs the extra ``ws``. Each event is a ``QR``; the last one tells how it ended. The instance must not be
        linked yet: ``logout`` first.

        Manual: 1.3.2, "Получить QR-код через websocket".
        """
        return QRCodes(self._connect)

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
