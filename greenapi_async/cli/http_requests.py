"""Requests to a bot's webhook receiver, as plain as the server's."""

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import attrs

__all__ = ["Answer", "request_url"]

TIMEOUT: Final = 10.0


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


def request_url(url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Send a request: GET, or POST with a body. It follows no redirects and uses no proxy.

    Args:
        url: The URL.
        body: Body of a POST; None sends GET.
        headers: Further headers.
    """
    started = time.monotonic()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        is_private = all(not ipaddress.ip_address(str(address).partition("%")[0]).is_global for address in found)
        connection = (
            http.client.HTTPSConnection(host, port, timeout=TIMEOUT)
            if parts.scheme == "https"
            else http.client.HTTPConnection(host, port, timeout=TIMEOUT)
        )
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("GET" if body is None else "POST", path, body, dict(headers or {}))
            status = connection.getresponse().status
        finally:
            connection.close()
    except (OSError, ssl.SSLError, http.client.HTTPException, ValueError) as error:
        return Answer(error=str(error) or type(error).__name__, seconds=time.monotonic() - started)
    return Answer(status=status, is_private=is_private, seconds=time.monotonic() - started)
