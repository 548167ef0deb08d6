"""The token appears in requests and nowhere else: every error path runs with every logger at DEBUG."""

import asyncio
import logging
import socket
import ssl
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async import (
    Client,
    ConnectionFailedError,
    DecodeError,
    DeliveryUnknownError,
    GreenAPIError,
    InvalidArgumentError,
    Retry,
    TransportError,
    UnauthorizedError,
)
from greenapi_async.http.wire import AsyncTransport, TransportOption
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.http_libraries import LIBRARIES, connection_options, import_library

TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee0000"
ANNA = "79001234567@c.us"

Call = Callable[[Client], Awaitable[object]]


def settings(client: Client) -> Awaitable[object]:
    return client.get_settings()


def send(client: Client) -> Awaitable[object]:
    return client.send_message(ANNA, "hello")


def poll(client: Client) -> Awaitable[object]:
    return anext(client.notifications())


CALLS: list[Call] = [settings, send, poll]


@pytest.fixture
def outputs(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Collect logs, exceptions and reprs; check at the end that none contains the token."""
    wire = [f"{core}{part}" for core in ("httpcore", "httpcore2") for part in ("", ".http11", ".connection")]
    for name in ("", "httpx", "httpx2", "aiohttp.client", "aiohttp.internal", *wire, "greenapi_async", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    collected: list[str] = []
    yield collected
    for record in caplog.get_records("call"):
        collected.append(f"{record.getMessage()} {record.args!r}")
        if record.exc_info and record.exc_info[1]:
            collected.append(with_locals(record.exc_info[1]))
    assert collected
    for text in collected:
        assert TOKEN not in text


def with_locals(error: BaseException) -> str:
    """Format an exception as an error reporter does: its chain, its frames and their locals."""
    formatted = traceback.TracebackException.from_exception(error, capture_locals=True)
    seen = {id(error)}
    words = "".join(formatted.format())
    for other in (error.__cause__, error.__context__):
        if other is not None and id(other) not in seen:
            words += with_locals(other)
    return words + repr(error) + repr(vars(error))


async def failure(call: Call, client: Client) -> BaseException:
    try:
        await call(client)
    except BaseException as error:  # noqa: BLE001
        return error
    pytest.fail("the call succeeded")


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Any:
    return import_library(request.param)


@pytest.fixture(params=["own", "aiohttp", "httpx2"])
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Options of a client: one with its own connections, of httpx or aiohttp, or with a transport of httpx2."""
    return connection_options(request.param)


def quick(url: str, transport: TransportOption = None) -> Client:
    retry = Retry(repeats=1, patience=0.01, wait_initial=0.001, wait_max=0.002)
    return Client(1101000001, TOKEN, url, url, transport=transport, retry=retry, timeout=0.5, rate_limiter=None)


def failing(library: Any, kind: Callable[[str], Exception]) -> AsyncTransport:
    """Return a transport that fails with the token in the message and in the cause of the exception."""

    def fail(request: Any) -> Any:
        url = str(request.url)
        try:
            raise OSError(url)
        except OSError as error:
            raise kind(f"failed at {url}") from error

    return library.MockTransport(fail)  # type: ignore[no-any-return]  # the library is known at run time only


def grouped(words: str) -> Exception:
    return ExceptionGroup(words, [OSError(words), ExceptionGroup(words, [KeyError(words)])])


@pytest.mark.anyio
@pytest.mark.parametrize("call", [settings, send])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("ConnectError", ConnectionFailedError),
        ("ConnectTimeout", ConnectionFailedError),
        ("PoolTimeout", ConnectionFailedError),
        ("ProxyError", ConnectionFailedError),
        ("UnsupportedProtocol", InvalidArgumentError),
        ("InvalidURL", InvalidArgumentError),
        ("ReadError", None),
        ("ReadTimeout", None),
        ("WriteError", None),
        ("WriteTimeout", None),
        ("CloseError", None),
        ("LocalProtocolError", None),
        ("RemoteProtocolError", None),
        ("DecodingError", None),
    ],
)
async def test_network_errors_are_told_apart_and_do_not_disclose_the_token(
    call: Call, kind: str, expected: type[Exception] | None, library: Any, outputs: list[str]
) -> None:
    async with quick("http://host", failing(library, getattr(library, kind))) as client:
        error = await failure(call, client)
    ambiguous = DeliveryUnknownError if call is send else DecodeError if kind == "DecodingError" else TransportError
    assert type(error) is (expected or ambiguous)
    outputs += [with_locals(error), repr(client), repr(vars(client))]


@pytest.mark.anyio
@pytest.mark.parametrize("call", [settings, send])
@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyError, AssertionError, ssl.SSLError, grouped])
async def test_unexpected_errors_do_not_disclose_the_token(
    call: Call, kind: Callable[[str], Exception], library: Any, outputs: list[str]
) -> None:
    async with quick("http://host", failing(library, kind)) as client:
        error = await failure(call, client)
    assert isinstance(error, DeliveryUnknownError if call is send else TransportError)
    outputs.append(with_locals(error))


@pytest.mark.anyio
async def test_an_arbitrary_content_type_is_not_quoted(library: Any, outputs: list[str]) -> None:
    def answer(request: Any) -> Any:
        return library.Response(200, content=b"<html>", headers={"content-type": f"x/{TOKEN}; {request.url}"})

    async with quick("http://host", library.MockTransport(answer)) as client:
        outputs.append(with_locals(await failure(settings, client)))


@pytest.fixture(scope="module")
def served() -> Iterator[SandboxServer]:
    sandbox = Sandbox(seed=1, enforce_rates=False)
    sandbox.add_instance(token=TOKEN)
    with SandboxServer(sandbox) as served:
        yield served


@pytest.fixture
def server(served: SandboxServer) -> Iterator[SandboxServer]:
    yield served
    served.call(the_instance(served).clear_faults)
    served.call(lambda: setattr(the_instance(served), "token", TOKEN))


def the_instance(server: SandboxServer) -> Instance:
    return server.sandbox.instances[1101000001]


FAULTS = {
    "401": Fault(status=401, body=f"no such token: {TOKEN}"),
    "404 that echoes the path": Fault(status=404, body=f"Cannot GET /waInstance1101000001/x/{TOKEN}"),
    "502 HTML": Fault(status=502, body=f"<html>{TOKEN}</html>"),
    "HTML": Fault(status=200, body=f"<html>{TOKEN}</html>"),
    "redirect": Fault(status=302, headers={"Location": f"https://elsewhere/waInstance1101000001/x/{TOKEN}"}),
    "dropped": Fault(drop=True),
    "dropped after the effect": Fault(drop=True, after_effect=True),
    "cut": Fault(cut=True),
    "truncated": Fault(truncate=True),
    "late": Fault(delay=5),
    "validation": Fault(status=400, body='{"message": "Validation failed", "path": "/x/' + TOKEN + '"}'),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("call", [settings, send])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
async def test_no_fault_over_a_real_socket_discloses_the_token(
    server: SandboxServer, call: Call, fault: Fault, options: dict[str, Any], outputs: list[str]
) -> None:
    server.call(lambda: the_instance(server).fail("*", fault, times=5))
    async with quick(server.url, **options) as client:
        error = await failure(call, client)
    assert isinstance(error, GreenAPIError)
    outputs += [with_locals(error), str(error)]


@pytest.mark.asyncio
async def test_success_over_a_real_socket_does_not_disclose_the_token(
    server: SandboxServer, options: dict[str, Any], outputs: list[str]
) -> None:
    async with quick(server.url, **options) as client:
        sent = await client.send_message(ANNA, "hello")
        notification = await anext(client.notifications())
        outputs += [repr(sent), repr(notification), repr(notification.raw)]


@pytest.mark.asyncio
async def test_an_invalid_token_is_not_disclosed(
    server: SandboxServer, options: dict[str, Any], outputs: list[str]
) -> None:
    server.call(lambda: setattr(the_instance(server), "token", "another"))
    async with quick(server.url, **options) as client:
        error = await failure(poll, client)
    assert isinstance(error, UnauthorizedError)
    outputs.append(with_locals(error))


@pytest.mark.asyncio
@pytest.mark.parametrize("call", CALLS)
async def test_an_unreachable_server_does_not_disclose_the_token(
    call: Call, options: dict[str, Any], outputs: list[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    async with quick(f"http://127.0.0.1:{port}", **options) as client:
        with anyio.move_on_after(0.1):
            outputs.append(with_locals(await failure(call, client)))
    outputs.append(repr(client))


@pytest.mark.asyncio
@pytest.mark.parametrize("call", CALLS)
async def test_cancellation_and_timeouts_do_not_disclose_the_token(
    server: SandboxServer, call: Call, options: dict[str, Any], outputs: list[str]
) -> None:
    server.call(lambda: the_instance(server).fail("*", Fault(delay=5), times=5))
    async with quick(server.url, **options) as client:
        try:
            async with asyncio.timeout(0.05):
                await call(client)
        except TimeoutError as error:
            outputs.append(with_locals(error))


@pytest.mark.asyncio
async def test_a_closed_client_does_not_disclose_the_token(
    server: SandboxServer, options: dict[str, Any], outputs: list[str]
) -> None:
    client = quick(server.url, **options)
    await client.aclose()
    outputs.append(with_locals(await failure(settings, client)))


@pytest.mark.parametrize(
    "arguments",
    [
        {"id_instance": 1, "api_token_instance": TOKEN + "\n"},
        {"id_instance": 1, "api_token_instance": TOKEN, "api_url": "api.green-api.com"},
        {"id_instance": "abc", "api_token_instance": TOKEN},
        {"id_instance": 1, "api_token_instance": TOKEN, "timeout": 0},
    ],
    ids=["line end", "url", "id", "timeout"],
)
def test_rejected_arguments_do_not_disclose_the_token(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        Client(**arguments)
    frames = raised.traceback[1:]
    assert all(TOKEN not in repr(frame.locals) for frame in frames)
    assert TOKEN not in str(raised.value)


@pytest.mark.asyncio
@pytest.mark.parametrize("connections", ["own", "aiohttp"])
async def test_through_a_proxy_the_token_reaches_the_server(
    server: SandboxServer, monkeypatch: pytest.MonkeyPatch, outputs: list[str], connections: str
) -> None:
    seen: list[bytes] = []

    def proxy(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            seen.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=proxy, args=(listener,))
        thread.start()
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{listener.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        async with quick("http://green.example", **connection_options(connections)) as client:
            outputs.append(repr(await client.get_settings()))
        thread.join()
    assert f"/waInstance1101000001/getSettings/{TOKEN}".encode() in seen[0]


def test_message_content_is_logged_at_debug_only(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"idMessage": "3EB0C767D097B7C7C030", "answered": "dear Anna"})

    async def main() -> None:
        async with quick("http://host", httpx.MockTransport(answer)) as client:
            await client.send_message(ANNA, "dear Anna")

    caplog.set_level(logging.INFO)
    anyio.run(main)
    assert "dear Anna" not in caplog.text
    caplog.set_level(logging.DEBUG, "greenapi_async")
    anyio.run(main)
    assert "dear Anna" in caplog.text
    assert "bodies are private" in caplog.text


def test_the_exceptions_of_this_test_are_those_of_the_package() -> None:
    assert issubclass(ConnectionFailedError, TransportError)
    assert issubclass(DeliveryUnknownError, TransportError)
