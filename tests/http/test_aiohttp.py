"""Connections of aiohttp: choosing them, and what they do not support. The tests of the wire run on them, too."""

import sys

import anyio
import pytest

from greenapi_async import Client, InvalidArgumentError, MissingExtraError
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

TOKEN = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee0000"


@pytest.mark.asyncio
async def test_a_file_is_uploaded_and_downloaded() -> None:
    content = bytes(range(256)) * 1000
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    with SandboxServer(sandbox) as served:
        async with Client(instance.id_instance, instance.token, served.url, served.url, transport="aiohttp") as client:
            uploaded = await client.upload_file(content, file_name="a.bin")
            assert uploaded.url_file is not None
            assert await client.download(uploaded.url_file) == content


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    monkeypatch.delitem(sys.modules, "greenapi_async.http.aiohttp_wire", raising=False)
    with pytest.raises(MissingExtraError, match=r"greenapi-async\[fast\]"):
        Client(1, TOKEN, transport="aiohttp")


def test_on_trio_the_error_says_what_to_do() -> None:
    async def main() -> None:
        async with Client(1, TOKEN, transport="aiohttp") as client:
            with pytest.raises(InvalidArgumentError, match="needs asyncio; on trio, omit it"):
                await client.get_settings()

    anyio.run(main, backend="trio")
