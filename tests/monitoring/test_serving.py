"""The health app served by itself, on a real socket."""

import asyncio
import socket

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
async def test_an_address_in_use_is_reported_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        async with HealthApp().serve(port=taken.getsockname()[1]):
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
