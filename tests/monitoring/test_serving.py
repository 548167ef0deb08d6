"""The health app served by itself, on a real socket."""

import asyncio
import errno
import socket
import sys

import httpx
import pytest

from greenapi_async.monitoring import HealthApp


@pytest.mark.asyncio
async def test_it_is_served_while_the_block_runs() -> None:
    health = HealthApp()
    async with health.serve(port=0) as url, httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{url}/livez")).status_code == 200
        assert (await http.get(f"{url}/readyz")).status_code == 503
    with pytest.raises(httpx.ConnectError):
        await http_get(f"{url}/livez")


@pytest.mark.asyncio
async def test_an_address_in_use_is_reported_at_once_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match="in use") as caught:
            async with HealthApp().serve(port=port):
                raise AssertionError("it was served")
    assert caught.value.errno == errno.EADDRINUSE
    sys.excepthook(caught.type, caught.value, caught.tb)  # as Python does if nobody catches it
    assert capsys.readouterr().err == (
        f"The bot did not start: HealthApp.serve() cannot listen on 127.0.0.1:{port}: the port is in use; "
        "stop what uses it, or pass another port=; 0 chooses a free one\n"
    )


@pytest.mark.asyncio
@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
async def test_an_address_of_another_machine_is_named(host: str) -> None:
    with pytest.raises(OSError, match=rf"cannot listen on {host}:8081: .+; pass another host= or port="):
        async with HealthApp().serve(host):
            raise AssertionError("it was served")


@pytest.mark.asyncio
async def test_an_error_of_the_block_is_raised_unchanged() -> None:
    with pytest.raises(LookupError):
        async with HealthApp().serve(port=0):
            raise LookupError
    assert len(asyncio.all_tasks()) == 1


async def http_get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(url)
