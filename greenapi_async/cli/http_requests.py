"""Requests to a bot's webhook receiver, as plain as the server's.

A request runs in a thread that does not keep the process from ending. Ctrl-C cannot cut it short, and a receiver that
is stopped in a debugger may not answer for minutes.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

import anyio
import anyio.from_thread
import anyio.lowlevel
import attrs

__all__ = ["PUSH_TIMEOUT", "Answer", "request_url"]

TIMEOUT: Final = 10.0
"""Seconds in which a receiver must answer that is only looked at."""
PUSH_TIMEOUT: Final = 180.0
"""Seconds for which the server waits for the answer to a push."""


@attrs.frozen(kw_only=True)
class Answer:
    """Answer of a receiver.

    Attributes:
        status: HTTP status; None if there was no answer.
        error: Why there was none.
        is_private: Whether the address is one that only this network reaches.
        seconds: Seconds until the answer.
    """

    status: int | None = None
    error: str = ""
    is_private: bool = False
    seconds: float = 0.0


async def request_url(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request: GET, or POST with a body. It follows no redirects and uses no proxy.

    Args:
        url: The URL.
        body: Body of a POST; None sends GET.
        headers: Further headers.
    """
    answers: list[Answer] = []
    ended, loop = anyio.Event(), anyio.lowlevel.current_token()

    def work() -> None:
        answers.append(_request(url, body, headers or {}))
        with suppress(anyio.RunFinishedError):
            anyio.from_thread.run_sync(ended.set, token=loop)

    threading.Thread(target=work, daemon=True).start()
    await ended.wait()
    return answers[0]


def _request(url: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
    timeout = TIMEOUT if body is None else PUSH_TIMEOUT
    started = time.monotonic()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        is_private = all(not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found)
        connection = (
            http.client.HTTPSConnection(host, port, timeout=timeout)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=timeout)
        )
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, dict(headers))
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, ssl.SSLError, http.client.HTTPException, ValueError) as error:
        return Answer(error=str(error) or type(error).__name__, seconds=time.monotonic() - started)
    return Answer(status=status, is_private=is_private, seconds=time.monotonic() - started)
