"""A program that PyInstaller has bundled."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import urllib.request
import anyio
import greenapi_async, greenapi_async.bots.storage, greenapi_async.serialization.vcard, greenapi_async.types
from greenapi_async import Client
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

for module in (greenapi_async, greenapi_async.bots.storage, greenapi_async.types):
    for name in module.__all__:
        getattr(module, name)

async def main(url, instance):
    async with Client(instance.id_instance, instance.token, url, url) as client:
        await client.send_message("79001234567@c.us", "Hello")
        print([event.type.value async for event in client.scan_qr_code()])

sandbox = Sandbox(seed=1)
instance = sandbox.add_instance()
with SandboxServer(sandbox) as server:
    anyio.run(main, server.url, instance)
    for path in ("/", "/page/main.js"):
        print(urllib.request.urlopen(server.url + path).status)
"""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_bundled_program_has_every_module_and_the_page_of_the_sandbox(tmp_path: Path) -> None:
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(PROGRAM)
    build = [sys.executable, "-m", "PyInstaller", "--log-level=WARN", "program.py"]
    built = subprocess.run(build, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    run = subprocess.run([tmp_path / "dist/program/program"], check=False, capture_output=True, text=True)
    assert run.stdout.splitlines() == ["['alreadyLogged']", "200", "200"], run.stderr
