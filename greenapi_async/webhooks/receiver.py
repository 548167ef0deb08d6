"""Receiving webhooks, whatever the framework.

The server pushes a notification by POST, waits up to 180 s for a 200, and sends it again 60 s after anything else, for
24 hours (manual, 1.3.13 "Работа с вебхуками и уведомлениями"). So 200 is answered for what is safe: kept by the inbox,
or done with by the handler, now or before. In this order:

====== ==============================================================================================================
status when
====== ==============================================================================================================
403    it comes from no address in ``addresses``
405    it is no POST; ``Allow`` tells so
401    ``Authorization`` is missing, given twice, or none of ``tokens``
503    the receiver was stopped
415    ``Content-Type`` is not application/json, or with a charset other than UTF-8; or the body is compressed, which
       is never unpacked
400    ``Content-Length`` is no number
413    the body is longer than ``max_bytes``, by ``Content-Length`` or as it is read
408    the body has not come within ``body_timeout``
400    it broke off; is not UTF-8, not JSON, or not an object
403    it names an instance that is none of ``clients``: a webhook URL is set where it does not belong
503    the inbox is not available, the handler failed, or there was no end within ``deadline``
200    everything else, and so every JSON object: of a type that is not known, not readable as what it says it is, with
       NaN, with names given twice, with half a surrogate pair; nested deeper than 100 levels or with more than 25,000
       values, which is kept unread as one string; and what comes twice, which is dropped. Anything but 200 would bring
       it back every minute for a day, and hold up what is behind it
====== ==============================================================================================================

A caller is told the status and no more. The log is told why, once a minute for each reason.
"""

import logging
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

import anyio

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.models.bound import BoundClient
from greenapi_async.polling.deduplication import pushed_entry
from greenapi_async.processing.options import Handler, check_handler, clients_by_instance
from greenapi_async.webhooks.allowed_addresses import WEBHOOK_ADDRESSES, Address, NetworkLike, Networks, origin
from greenapi_async.webhooks.body import Body, read_body
from greenapi_async.webhooks.delivery import Handing, Handling, Keeping
from greenapi_async.webhooks.json_body import id_instance_of, read_content
from greenapi_async.webhooks.log_limiter import Sparing
from greenapi_async.webhooks.request_checks import Door, Headers, read_head
from greenapi_async.webhooks.response import ANSWERED, AT_FAULT, Answer, Refusal
from greenapi_async.webhooks.tokens import sealed

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler as AiohttpHandler

    from greenapi_async.webhooks.asgi import ASGIApp

__all__ = ["WebhookReceiver"]

logger = logging.getLogger("greenapi_async")

SERVER_WAITS = 180.0
"""Seconds that the server waits for an answer."""

STOPPED = Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "the receiver was stopped")
NOT_OURS = Refusal(HTTPStatus.FORBIDDEN, "it is of an instance that is none of clients=; whose webhook URL is this?")


class WebhookReceiver:
    """Takes the notifications of one or more clients as the server pushes them, into an inbox or to a handler.

    With an ``inbox``, 200 means kept: run ``client.process(handler, inbox=inbox, polling=False)`` beside it. With a
    ``handler``, 200 means that it returned, within ``deadline`` seconds; after an error the server sends again in 60 s,
    for a day, and what is behind it may wait: an inbox has lanes, delays and a quarantine instead, and only with one do
    conversations and waiting for a status work.

    ``tokens`` are any number of ``webhookUrlToken``, as they stand in the settings. ``addresses`` are those that may
    call, None for all. Only from ``trusted_proxies`` is X-Forwarded-For believed; ``"unix"`` is one that calls over a
    Unix socket. A body may have ``max_bytes`` and take ``body_timeout`` seconds. The module's docstring tells what is
    answered when. Arguments that cannot be right raise ``InvalidArgumentError``.
    """

    def __init__(
        self,
        *,
        clients: BoundClient | Sequence[BoundClient],
        inbox: Inbox | None = None,
        handler: Handler | None = None,
        tokens: Iterable[str] = (),
        addresses: Iterable[NetworkLike] | None = WEBHOOK_ADDRESSES,
        trusted_proxies: Iterable[NetworkLike] = (),
        max_bytes: int = 1_000_000,
        body_timeout: float = 20.0,
        deadline: float = 150.0,
    ) -> None:
        secrets = sealed(tokens)
        del tokens  # from here on no frame of ours holds them as strings
        if isinstance(secrets, InvalidArgumentError):
            raise secrets
        _check(max_bytes, body_timeout, deadline)
        if not body_timeout + deadline < SERVER_WAITS:
            words = f"the server waits {SERVER_WAITS:g} s for an answer, and body_timeout and deadline together are"
            raise InvalidArgumentError(f"{words} {body_timeout + deadline:g} s; less is needed")
        networks = None if addresses is None else Networks("addresses", addresses)
        if networks is not None and not networks:
            raise InvalidArgumentError("addresses is empty, so nobody may call; None lets all addresses in")
        self._clients = clients_by_instance(clients if isinstance(clients, Sequence) else [clients])
        self._proxies = Networks("trusted_proxies", trusted_proxies)
        self._door = Door(networks, secrets, max_bytes)
        self._body_timeout = body_timeout
        self._deadline = deadline
        self._log = Sparing()
        self._handing = self._where(inbox, handler)
        self._stopped = False
        if not secrets and networks is None:
            logger.warning("anybody may push notifications: there are neither tokens= nor addresses=")

    def __repr__(self) -> str:
        clients: dict[int, BoundClient] = getattr(self, "_clients", {})  # empty while __init__ refuses an argument
        return f"<{type(self).__name__} of {', '.join(map(str, clients)) or 'nobody'}>"

    @property
    def stopped(self) -> bool:
        """Whether nothing more is taken."""
        return self._stopped

    def stop(self) -> None:
        """Take no more: what comes from now on is answered 503, and stays on the server."""
        self._stopped = True

    async def handle(self, method: str, headers: Headers, body: Body, remote_address: str | None) -> Answer:
        """Take a request, and give what to answer to it: a status, and its phrase.

        ``headers`` are a mapping or pairs, ``body`` bytes or an iterator of bytes. ``remote_address`` is whoever opened
        the connection, never what a header says; None for a Unix socket.
        """
        head = read_head(method, headers)
        del headers
        caller = origin(remote_address, head.all("x-forwarded-for"), self._proxies)
        refusal = self._door.refuse(head, caller) or (STOPPED if self._stopped else self._door.refuse_body(head))
        del head  # and with it the token
        if refusal is not None:
            return self._refuse(refusal, caller)
        read = await read_body(body, max_bytes=self._door.max_bytes, seconds=self._body_timeout)
        arrival = read if isinstance(read, Refusal) else self._arrival(read)
        if isinstance(arrival, Refusal):
            return self._refuse(arrival, caller)
        del body, read
        with anyio.move_on_after(self._deadline):
            return ANSWERED if await self._handing.take(arrival) else AT_FAULT
        self._log.warn("deadline", "no end within deadline=%g s; the server sends again in 60 s", self._deadline)
        return AT_FAULT

    def asgi(self) -> "ASGIApp":
        """Give an ASGI app that takes requests of every path, to be mounted: ``app.mount("/webhook", ...)``.

        Starlette and FastAPI answer a mount's own path with a redirect, which the server does not follow: set
        ``https://.../webhook/`` as the webhook URL, with the last slash.
        """
        from greenapi_async.webhooks.asgi import ASGIApp  # noqa: PLC0415  it imports this module

        return ASGIApp(self.handle)

    def aiohttp(self) -> "AiohttpHandler":
        """Give a handler for ``app.router.add_route("*", "/webhook", ...)`` of aiohttp, which is the extra aiohttp."""
        try:
            from greenapi_async.webhooks.aiohttp import aiohttp_handler  # noqa: PLC0415  the extra aiohttp
        except ImportError:
            words = "aiohttp is not installed; run: pip install 'greenapi-async[aiohttp]'"
            raise InvalidArgumentError(words) from None

        return aiohttp_handler(self.handle)

    def _where(self, inbox: Inbox | None, handler: Handler | None) -> Handing:
        if inbox is not None and handler is None:
            return Keeping(inbox, self._log)
        if handler is None or inbox is not None:
            raise InvalidArgumentError("exactly one of inbox= and handler= is needed")
        check_handler(handler)
        return Handling(handler, self._clients)

    def _arrival(self, body: bytes | bytearray) -> Entry | Refusal:
        content = read_content(body)
        if isinstance(content, Refusal):
            return content
        number = id_instance_of(content.fields) if content.fields is not None else None
        if number is None:
            number = next(iter(self._clients))
            if len(self._clients) > 1:
                self._log.warn("instance", "a notification names no instance; it is taken as one of %d", number)
        if number not in self._clients:
            return NOT_OURS
        return pushed_entry(number, content.body, content.fields, content.error)

    def _refuse(self, refusal: Refusal, caller: Address | None) -> Answer:
        where = caller or "an unknown address"
        words = "a webhook request from %s was answered %d: %s"
        self._log.warn(refusal.reason, words, where, refusal.status, refusal.reason)
        return refusal.answer


def _check(max_bytes: object, body_timeout: object, deadline: object) -> None:
    for name, value in (("max_bytes", max_bytes), ("body_timeout", body_timeout), ("deadline", deadline)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise InvalidArgumentError(f"{name} is {value!r}; a number above 0 is needed")
