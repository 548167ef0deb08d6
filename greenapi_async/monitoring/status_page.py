"""Status page of the health app: static files, their data, and the release and deletion of quarantined notifications.

The browser asks for the password (HTTP Basic authentication, any user name). A wrong password is answered after a
second, and while ten such answers to an address wait, no password from there is looked at, so it cannot be guessed
quickly. Other addresses are not affected, unless a hundred such answers wait. Behind a proxy on this machine, the
address is the last of ``X-Forwarded-For``, which the proxy has added. Any other peer can have invented the header, also
one in a private network: the web server knows which of them are proxies, and gives the app the client's address.

Changes need a header that other sites cannot send, because browsers ask first and get no permission. Serve the page
through TLS: the password is sent with every request.
"""

import base64
import binascii
import hashlib
import hmac
import json
import math
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import IPv6Address, ip_network
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

import anyio

from greenapi_async._internal.addresses import parse_address
from greenapi_async._internal.asgi import Receive, Scope, Send, respond
from greenapi_async.errors import InboxError, InvalidArgumentError
from greenapi_async.monitoring.status_data import quarantine_row
from greenapi_async.processing.health import MonitoredRun

__all__ = ["StatusPage"]

MIN_PASSWORD: Final = 8
MAX_ENTRIES: Final = 100
"""Quarantined notifications that are shown at once."""
MAX_BODY: Final = 1000
GUESS_DELAY: Final = 1.0
MAX_GUESSES: Final = 10
"""Wrong passwords of one address that are delayed at the same time."""
MAX_ALL_GUESSES: Final = 100
"""The same, of all addresses."""

_FILES: Final = {"": "text/html", "status.css": "text/css", "status.js": "text/javascript", "icon.svg": "image/svg+xml"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    ("content-security-policy", _POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
]


class StatusPage:
    """ASGI app of the page; ``path`` is relative to it."""

    def __init__(
        self,
        password: str,
        overview: Callable[[float], Awaitable[dict[str, Any]]],
        runs: Callable[[], list[MonitoredRun]],
    ) -> None:
        """Create the page.

        Args:
            password: The password, at least eight characters.
            overview: Returns the data, with the handler runs that ended after a time.
            runs: Returns the runs whose quarantine is shown.

        Raises:
            InvalidArgumentError: The password is too short.
        """
        if len(password) < MIN_PASSWORD:
            raise InvalidArgumentError(f"password has {len(password)} characters; expected at least {MIN_PASSWORD}")
        self._digest = hashlib.sha256(password.encode()).digest()
        self._overview = overview
        self._runs = runs
        self._numbers: WeakKeyDictionary[MonitoredRun, int] = WeakKeyDictionary()
        self._next_number = count(secrets.randbits(32))  # a page of the process before names none of these
        self._guesses: Counter[str] = Counter()

    async def serve(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request.

        Args:
            path: Path below ``/status``, without slashes at its ends.
            scope: Details of the connection.
            receive: Returns the next event from the web server.
            send: Sends an event to the web server.
        """
        headers = {name.lower(): value for name, value in scope["headers"]}
        address = _client_address(scope, headers)
        if b"authorization" in headers and self._is_throttled(address):
            await respond(send, HTTPStatus.TOO_MANY_REQUESTS, [("retry-after", "1"), *_HEADERS])
        elif not self._is_allowed(headers.get(b"authorization", b"")):
            if b"authorization" in headers:
                await self._delay_guess(address)
            challenge = ("www-authenticate", 'Basic realm="status", charset="UTF-8"')
            await respond(send, 401, [challenge, *_HEADERS])
        elif scope["method"] == "POST":
            await self._change(path, headers, receive, send)
        elif not path and scope["path"].endswith("/"):  # the addresses in the page are relative to one without it
            await respond(send, HTTPStatus.TEMPORARY_REDIRECT, [("location", "../status"), *_HEADERS])
        elif path in _FILES:
            content = (Path(__file__).parent / "page" / (path or "status.html")).read_bytes()
            await respond(send, 200, [("content-type", f"{_FILES[path]}; charset=utf-8"), *_HEADERS], content)
        elif path == "data":
            await _send(send, await self._overview(_after(scope.get("query_string", b""))))
        elif path == "quarantine":
            await self._quarantine(send)
        else:
            await respond(send, 404, _HEADERS)

    def _is_throttled(self, address: str) -> bool:
        return self._guesses[address] >= MAX_GUESSES or self._guesses.total() >= MAX_ALL_GUESSES

    async def _delay_guess(self, address: str) -> None:
        self._guesses[address] += 1
        try:
            await anyio.sleep(GUESS_DELAY)
        finally:
            self._guesses[address] -= 1
            self._guesses += Counter()  # forgets addresses without guesses

    def _is_allowed(self, authorization: bytes) -> bool:
        scheme, _, encoded = authorization.partition(b" ")
        try:
            _, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        except binascii.Error:
            return False
        return scheme.lower() == b"basic" and hmac.compare_digest(hashlib.sha256(password).digest(), self._digest)

    async def _quarantine(self, send: Send) -> None:
        rows: list[dict[str, Any]] = []
        total = 0
        try:
            for number, run in self._numbered().items():
                entries = await run.inbox.quarantined()
                total += len(entries)
                rows += [{"run": number, **quarantine_row(entry)} for entry in entries[-MAX_ENTRIES:]]
        except InboxError as error:
            await _send(send, {"error": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        await _send(send, {"entries": rows[-MAX_ENTRIES:], "total": total})

    def _numbered(self) -> dict[int, MonitoredRun]:
        """Return the runs by numbers that they keep, so that the page of a moment ago means the same ones."""
        runs = self._runs()
        for run in runs:
            if run not in self._numbers:
                self._numbers[run] = next(self._next_number)
        return {self._numbers[run]: run for run in runs}

    async def _change(self, path: str, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if path not in {"release", "drop"} or headers.get(b"x-status-page") != b"1" or body is None:
            await _send(send, {"error": "bad request"}, HTTPStatus.BAD_REQUEST)
            return
        try:
            asked = json.loads(body)
            run, id_entry = self._numbered()[int(asked["run"])], int(asked["id"])
            await (run.inbox.release if path == "release" else run.inbox.drop)(id_entry)
        except (
            ValueError,
            TypeError,
            LookupError,
            OverflowError,
            RecursionError,
        ) as error:  # InvalidArgumentError is a ValueError
            shown = str(error) if isinstance(error, InvalidArgumentError) else "bad request"
            await _send(send, {"error": shown}, HTTPStatus.BAD_REQUEST)
        except InboxError as error:
            await _send(send, {"error": str(error)}, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            await _send(send, {"released" if path == "release" else "dropped": id_entry})


def _client_address(scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Return the address of the client; the network, if one client can have many addresses."""
    peer = str((scope.get("client") or ("",))[0])  # a Unix socket has none: a proxy uses it
    address = parse_address(peer)
    if not peer or (address is not None and address.is_loopback):
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1").rpartition(",")[2].strip()
        address = parse_address(forwarded) or address
    if address is None:
        return peer
    return str(ip_network((address, 64), strict=False) if isinstance(address, IPv6Address) else address)


def _after(query: bytes) -> float:
    try:
        after = float(parse_qs(query.decode("latin-1")).get("after", ["0"])[0])
    except ValueError:
        return 0.0
    return after if math.isfinite(after) else 0.0


async def _read(receive: Receive) -> bytes | None:
    body, more = b"", True
    while more:
        event = await receive()
        if event["type"] != "http.request":
            return None
        body += event.get("body", b"")
        more = event.get("more_body", False)
        if len(body) > MAX_BODY:
            return None
    return body


async def _send(send: Send, value: dict[str, Any], status: int = HTTPStatus.OK) -> None:
    headers = [("content-type", "application/json; charset=utf-8"), *_HEADERS]
    await respond(send, int(status), headers, json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
