"""A program that PyInstaller has bundled."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import contextlib
import anyio
import httpx
import greenapi_async, greenapi_async.bots.storage, greenapi_async.serialization.vcard, greenapi_async.types
from greenapi_async import Client, MissingExtraError, chat_id
from greenapi_async.monitoring import HealthApp
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

for module in (greenapi_async, greenapi_async.bots.storage, greenapi_async.types):
    for name in module.__all__:
        with contextlib.suppress(MissingExtraError):
            getattr(module, name)

async def main(url, instance):
    health = HealthApp(password="a long password")
    async with Client(instance.id_instance, instance.token, url, url) as client, health.serve(port=0) as status:
        await client.send_message(chat_id("8 (900) 123-45-67", region="RU"), "Hello")
        print([event.type.value async for event in client.scan_qr_code()])
        async with httpx.AsyncClient(auth=("any", "a long password"), trust_env=False) as http:
            for page in (f"{url}/", f"{url}/page/main.js", f"{status}/status", f"{status}/status/status.js"):
                print((await http.get(page)).status_code)

sandbox = Sandbox(seed=1)
instance = sandbox.add_instance()
with SandboxServer(sandbox) as server:
    anyio.run(main, server.url, instance)
"""

NOT_INSTALLED = (
    *("_pytest", "PIL", "aiohttp", "aiortc", "av", "cryptography", "django", "dns", "hypothesis", "jinja2", "jwt"),
    *("mcp", "numpy", "opentelemetry", "pkg_resources", "psycopg", "pydantic", "pygments", "pytest", "redis", "rich"),
    *("setuptools", "sqlparse", "trio", "typer", "watchdog", "websockets", "yaml"),
)
"""What the program does not need, as if it was built where only these extras are installed: phones and sandbox."""


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_bundled_program_has_every_module_and_both_pages(tmp_path: Path) -> None:
    pytest.importorskip("PyInstaller")
    (tmp_path / "program.py").write_text(PROGRAM)
    excluded = [f"--exclude-module={name}" for name in NOT_INSTALLED]
    build = [sys.executable, "-m", "PyInstaller", "--log-level=WARN", *excluded, "program.py"]
    built = subprocess.run(build, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    run = subprocess.run([tmp_path / "dist/program/program"], check=False, capture_output=True, text=True)
    assert run.stdout.splitlines() == ["['alreadyLogged']", *["200"] * 4], run.stderr
