"""The work of the command ``greenapi listen``: the server's pushes to a receiver that the server cannot reach.

One notification is pushed at a time, in order. It is acknowledged when the receiver has answered 200; after any other
answer, or none, the same one is pushed again after the interval, and those behind it wait. Source: manual 1.3.4,
"Webhook Endpoint".
"""

from typing import Any, Final
from urllib.parse import urlsplit

import anyio

from greenapi_async.cli.http_requests import Answer, request_url
from greenapi_async.cli.output import to_json
from greenapi_async.cli.run import Session
from greenapi_async.cli.tail import describe
from greenapi_async.errors import InvalidArgumentError, WebhookUrlSetError

__all__ = ["forward"]

SCHEMES: Final = ("Basic ", "Bearer ")


async def forward(session: Session, url: str, token: str | None, interval: float, count: int | None) -> None:
    """Push notifications until Ctrl-C.

    Args:
        session: The session.
        url: URL of the receiver.
        token: Sent in the header ``Authorization``; None for the instance's own.
        interval: Seconds until a push that failed is repeated.
        count: How many notifications to deliver; None for all.

    Raises:
        InvalidArgumentError: The URL is not one.
        WebhookUrlSetError: The server itself pushes the notifications.
    """
    if not _is_url(url):
        raise InvalidArgumentError(f"--forward-to is {url!r}; expected for example http://localhost:8000/webhook")
    delivered = 0
    async with session.client() as asking:
        settings = await asking.get_settings()
    if settings.webhook_url:
        error = WebhookUrlSetError(f"the server pushes the notifications to {settings.webhook_url}")
        error.advice = "Call greenapi webhook off first, and set the URL again afterwards."
        raise error
    headers = _headers(settings.webhook_url_token or "" if token is None else token)
    async with session.polling_client() as client:
        session.output.note(
            f"Pushing the notifications of instance {client.id_instance} to {url}. Press Ctrl-C to stop."
        )
        async with client.notifications() as notifications:
            async for notification in notifications:
                await _deliver(session, url, headers, notification.raw, interval)
                await notification.ack()
                delivered += 1
                if delivered == count:
                    return


async def _deliver(session: Session, url: str, headers: dict[str, str], body: Any, interval: float) -> None:
    content = to_json(body, compact=True).encode()
    attempt = 0
    while True:
        attempt += 1
        answer: Answer = await request_url(url, content, headers)
        outcome = str(answer.status) if answer.status is not None else f"no answer: {answer.error}"
        session.output.record(
            {
                "attempt": attempt,
                "status": answer.status,
                "error": answer.error or None,
                "seconds": round(answer.seconds, 3),
                "body": body,
            }
        )
        is_done = answer.status == 200
        shown = session.output.style(outcome, "green" if is_done else "red")
        session.output.line(f"{describe(body)}  {shown}  {answer.seconds * 1000:.0f} ms")
        if is_done:
            return
        await anyio.sleep(interval)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return url.isascii() and parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # the port is no number of a port, or a bracket is missing
        return False


def _headers(token: str) -> dict[str, str]:
    """Return the documented headers; a token without a scheme is sent as a bearer token."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if token:
        headers["Authorization"] = token if token.startswith(SCHEMES) else f"Bearer {token}"
    return headers
