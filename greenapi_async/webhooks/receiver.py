"""Receiver of webhooks, independent of the web framework.

The server sends a notification with POST, waits up to 180 s for a 200, and sends it again 60 s after anything else, for
24 hours. Delivery is at-least-once: the response is 200 only if the notification is stored in the inbox or handled, now
or earlier. The checks run in this order:

====== ==============================================================================================================
status condition
====== ==============================================================================================================
403    the client's address is not in ``addresses``
405    the method is not POST; the response has an ``Allow`` header
401    ``Authorization`` is missing, appears twice, or is none of ``tokens``
503    the receiver is stopped
415    ``Content-Type`` is not application/json, or its charset is not UTF-8; or the body is compressed (bodies are
       never decompressed)
400    ``Content-Length`` is not a number
413    the body exceeds ``max_bytes``, according to ``Content-Length`` or while it is read
408    the body does not arrive within ``body_timeout``
400    the connection fails before the body is complete; or the body is not UTF-8, not JSON, or not an object
403    the notification belongs to an instance that is not one of ``clients``
503    the inbox is unavailable, the handler fails, or ``deadline`` is exceeded
200    any other JSON object. This includes unknown types, invalid fields, NaN, duplicate names, lone surrogates, and
       duplicates, which are dropped. Objects that are nested deeper than 100 levels or have more than 25,000 values
       are kept unparsed as a string. Any other status would make the server send them again every minute for a day
       and block the notifications behind them
====== ==============================================================================================================

Rejected requests get an empty response; the reason is logged, at most once a minute per reason.

Source: manual 1.3.13, "Работа с вебхуками и уведомлениями".
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from greenapi_async._internal.addresses import Address
from greenapi_async._internal.checks import is_positive
from greenapi_async._internal.metrics import Metric, Sample
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Destination
from greenapi_async.models.bound import BoundClient
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.options import Handler, check_handler, clients_by_instance
from greenapi_async.webhooks.allowed_addresses import (
    WEBHOOK_ADDRESSES,
    NetworkLike,
    NetworkSet,
    client_address,
)
from greenapi_async.webhooks.asgi import ASGIApp
from greenapi_async.webhooks.body import TIMED_OUT, Body, read_body
from greenapi_async.webhooks.delivery import HandlerDelivery, InboxDelivery
from greenapi_async.webhooks.json_body import JSONBody, find_id_instance, parse_body
from greenapi_async.webhooks.log_limiter import LogLimiter
from greenapi_async.webhooks.request_checks import Headers, RequestChecks, read_head
from greenapi_async.webhooks.response import ACCEPTED, RETRY_LATER, Rejection, WebhookResponse
from greenapi_async.webhooks.tokens import hash_tokens

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler as AiohttpHandler

__all__ = ["WebhookReceiver"]

logger = logging.getLogger("greenapi_async")

SERVER_TIMEOUT = 180.0
"""Seconds for which the server waits for a response."""

STOPPED = Rejection(HTTPStatus.SERVICE_UNAVAILABLE, "the receiver is stopped")
UNKNOWN_INSTANCE = Rejection(
    HTTPStatus.FORBIDDEN, "the notification belongs to an instance that is not in clients=; check its webhook URL"
)


class WebhookReceiver:
    """Receives the notifications of one or more clients by webhook, into an inbox or for a handler.

    With ``inbox``, 200 means stored. Run ``client.process(handler, inbox=inbox, polling=False)`` alongside the web
    application. Handlers get lanes, retries and quarantine, and conversations and waiting for a status work.

    With ``handler``, 200 means that the handler has returned within ``deadline``. If it raises, the server sends the
    notification again after 60 s, for a day, and delivers later notifications only afterwards.

    Attributes:
        counters: Counts of the notifications that were accepted. With ``inbox``, the run counts them too.
    """

    def __init__(
        self,
        *,
        clients: BoundClient | Sequence[BoundClient],
        inbox: Destination | None = None,
        handler: Handler | None = None,
        tokens: Iterable[str] = (),
        addresses: Iterable[NetworkLike] | None = WEBHOOK_ADDRESSES,
        trusted_proxies: Iterable[NetworkLike] = (),
        max_bytes: int = 1_000_000,
        body_timeout: float = 20.0,
        deadline: float = 150.0,
    ) -> None:
        """Create a receiver with either an inbox or a handler.

        Args:
            clients: Client or clients whose notifications are received, one per instance.
            inbox: Where notifications are stored: an inbox, or the broker of a relay (``greenapi_async.relay``).
            handler: Async function that handles a notification before the server gets its response.
            tokens: Accepted values of ``webhookUrlToken``, as in the instance's settings; empty accepts every request.
            addresses: Addresses and networks that may send requests; None accepts every address.
            trusted_proxies: Proxies whose ``X-Forwarded-For`` is trusted; ``"unix"`` stands for a Unix socket.
            max_bytes: Maximum size of a body.
            body_timeout: Seconds in which a body must arrive.
            deadline: Seconds in which the notification must be stored or handled. Together with ``body_timeout`` it
                must be less than 180, because the server waits no longer.

        Raises:
            InvalidArgumentError: An argument is invalid.
        """
        hashed = hash_tokens(tokens)
        del tokens  # from here on, no frame of this class refers to the tokens
        if isinstance(hashed, InvalidArgumentError):
            raise hashed
        _check_limits(max_bytes, body_timeout, deadline)
        if not body_timeout + deadline < SERVER_TIMEOUT:
            message = f"body_timeout + deadline must be less than {SERVER_TIMEOUT:g} s, for which the server waits, got"
            raise InvalidArgumentError(f"{message} {body_timeout + deadline:g} s")
        networks = None if addresses is None else NetworkSet("addresses", addresses)
        if networks is not None and not networks:
            raise InvalidArgumentError("addresses is empty, so every request would be rejected; None accepts all")
        self._clients = clients_by_instance(clients if isinstance(clients, Sequence) else [clients])
        self._proxies = NetworkSet("trusted_proxies", trusted_proxies)
        self._checks = RequestChecks(networks, hashed, max_bytes)
        self._body_timeout = body_timeout
        self._deadline = deadline
        self._log = LogLimiter()
        self.counters = Counters()
        self._rejected: Counter[int] = Counter()
        self._has_handler = handler is not None
        self._delivery = self._choose_delivery(inbox, handler)
        self._stopped = False
        if not hashed and networks is None:
            logger.warning("The webhook receiver accepts requests from anyone: neither tokens= nor addresses= is set")

    def __repr__(self) -> str:
        clients: dict[int, BoundClient] = getattr(self, "_clients", {})  # unset if __init__ rejected an argument
        return f"<{type(self).__name__} of {', '.join(map(str, clients)) or 'no instance'}>"

    @property
    def stopped(self) -> bool:
        """True after ``stop``: new notifications are refused."""
        return self._stopped

    def stop(self) -> None:
        """Refuse new notifications with 503; they stay on the server."""
        self._stopped = True

    async def handle(self, method: str, headers: Headers, body: Body, remote_address: str | None) -> WebhookResponse:
        """Handle a request.

        Args:
            method: HTTP method.
            headers: Mapping or pairs, as str or bytes.
            body: The body, as bytes or as an async iterator of bytes.
            remote_address: Address of the connection's peer, never taken from a header; None for a Unix socket.

        Returns:
            The response to send: a status, its phrase and headers.
        """
        head = read_head(method, headers)
        del headers
        address = client_address(remote_address, head.get_all("x-forwarded-for"), self._proxies)
        rejection = self._checks.check_client(head, address) or (
            STOPPED if self._stopped else self._checks.check_body_headers(head)
        )
        del head  # it holds the token
        if rejection is not None:
            return self._reject(rejection, address)
        is_read = False
        with self._delivery.limit(self._body_timeout) as limit:
            read = await read_body(body, self._checks.max_bytes)
            notification = read if isinstance(read, Rejection) else self._parse(read)
            if self._stopped:  # while the body arrived; the inbox may be closed by now
                notification = STOPPED
            if isinstance(notification, Rejection):
                return self._reject(notification, address)
            del body, read
            is_read = limit.restart(self._deadline)
            if is_read:
                return ACCEPTED if await self._delivery.deliver(*notification) else RETRY_LATER
        if not is_read:
            return self._reject(TIMED_OUT, address)
        message = "The notification was not handled within deadline=%g s. The server will retry in 60 s"
        self._log.warning("deadline", message, self._deadline)
        return RETRY_LATER

    def metrics(self) -> list[Metric]:
        """Return what was counted, for ``HealthApp(sources=[receiver])``: rejected requests, and notifications.

        With ``inbox``, the notifications are among the metrics of the run.
        """
        attributes = {"greenapi.instances": ",".join(map(str, self._clients))}
        samples = [Sample(n, {**attributes, "http.response.status_code": str(s)}) for s, n in self._rejected.items()]
        rejected = Metric("greenapi.webhooks.rejected", "counter", "{request}", "Rejected webhook requests", samples)
        return [*(self.counters.metrics(self._clients) if self._has_handler else []), rejected]

    def asgi(self) -> ASGIApp:
        """Return an ASGI app to mount; it serves every path.

        Starlette and FastAPI redirect requests for the mount path itself, and the server does not follow redirects: end
        the webhook URL with a slash.

        Example:
            >>> app.mount("/webhook", receiver.asgi())  # webhook URL: https://example.com/webhook/
        """
        return ASGIApp(self.handle)

    def aiohttp(self) -> "AiohttpHandler":
        """Return an aiohttp handler. Requires the extra ``aiohttp``.

        Raises:
            MissingExtraError: aiohttp is not installed.

        Example:
            >>> app.router.add_route("*", "/webhook", receiver.aiohttp())
        """
        from greenapi_async.webhooks.aiohttp import aiohttp_handler  # noqa: PLC0415  it requires the extra aiohttp

        return aiohttp_handler(self.handle)

    def _choose_delivery(self, inbox: Destination | None, handler: Handler | None) -> InboxDelivery | HandlerDelivery:
        if inbox is not None and handler is None:
            return InboxDelivery(inbox, self.counters, self._log)
        if handler is None or inbox is not None:
            given = "neither" if handler is None else "both"
            raise InvalidArgumentError(f"WebhookReceiver() requires exactly one of inbox= and handler=, got {given}")
        check_handler(handler)
        return HandlerDelivery(handler, self._clients, self.counters)

    def _parse(self, content: bytes | bytearray) -> tuple[int, JSONBody] | Rejection:
        body = parse_body(content)
        if isinstance(body, Rejection):
            return body
        id_instance = find_id_instance(body.fields) if body.fields is not None else None
        if id_instance is None:
            id_instance = next(iter(self._clients))
            if len(self._clients) > 1:
                message = "A notification names no instance. It is attributed to instance %d"
                self._log.warning("instance", message, id_instance)
        return (id_instance, body) if id_instance in self._clients else UNKNOWN_INSTANCE

    def _reject(self, rejection: Rejection, address: Address | None) -> WebhookResponse:
        self._rejected[rejection.status] += 1
        client = address or "an unknown address"
        message = "Rejected a webhook request from %s with %d: %s"
        self._log.warning(rejection.reason, message, client, rejection.status, rejection.reason)
        return rejection.response


def _check_limits(max_bytes: object, body_timeout: object, deadline: object) -> None:
    for name, value in (("max_bytes", max_bytes), ("body_timeout", body_timeout), ("deadline", deadline)):
        if not is_positive(value):
            raise InvalidArgumentError(f"{name} must be a number greater than 0, got {value!r}")
