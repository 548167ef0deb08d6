"""The files of the deployment page: checked by the tools that read them, and run as they say."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
import yaml

from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer
from tests.free_port import free_port
from tests.output_lines import PATIENCE

from .pages import english_pages

pytestmark = pytest.mark.slow

TOKEN = "1" * 50
FILES = {block.name: block.text for page in english_pages() if page.name == "how-to/deploy" for block in page.blocks}
DOCKERFILE = FILES["Dockerfile"].replace("\\\n", " ").splitlines()


def tool(name: str) -> str:
    """Return the path of a program, or skip the test."""
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"{name} is not installed")
    return path


def instructions(name: str) -> list[str]:
    return [line.removeprefix(name).strip() for line in DOCKERFILE if line.startswith(f"{name} ")]


def health_command() -> list[str]:
    [check] = instructions("HEALTHCHECK")
    command: list[str] = json.loads(check.partition(" CMD ")[2])
    return [sys.executable, *command[1:]]


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    program = tmp_path / "bot.py"
    program.touch()
    text = FILES["bot.service"].replace("/opt/bot/.venv/bin/python", sys.executable)
    unit = tmp_path / "bot.service"
    unit.write_text(text.replace("/opt/bot/bot.py", str(program)))
    command = [tool("systemd-analyze"), "verify", "--man=no", str(unit)]
    checked = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_nginx_accepts_the_configuration(tmp_path: Path) -> None:
    certificate = trustme.CA().issue_cert("bot.example.com")
    chain, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    certificate.cert_chain_pems[0].write_to_path(str(chain))
    certificate.private_key_pem.write_to_path(str(key))
    server = FILES["bot.conf"].replace("/etc/letsencrypt/live/example.com", str(tmp_path))
    configuration = tmp_path / "nginx.conf"
    text = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;\n{server}}}"
    configuration.write_text(text)
    checked = subprocess.run(
        [tool("nginx"), "-t", "-c", str(configuration)], check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr


def test_the_linter_of_dockerfiles_accepts_the_file(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(FILES["Dockerfile"])
    checked = subprocess.run(
        [tool("hadolint"), "Dockerfile"], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_docker_accepts_the_compose_file(tmp_path: Path) -> None:
    docker = tool("docker")
    if subprocess.run([docker, "compose", "version"], check=False, capture_output=True).returncode:
        pytest.skip("docker has no compose plugin")
    (tmp_path / "compose.yaml").write_text(FILES["compose.yaml"])
    (tmp_path / "bot.env").touch()
    command = [docker, "compose", "config", "--quiet"]
    checked = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


def test_the_image_has_no_root_and_the_bot_is_its_first_process() -> None:
    assert instructions("USER") == ["10001"]
    assert json.loads(instructions("CMD")[0]) == ["python", "bot.py"]  # the exec form
    copied = {name for line in instructions("COPY") for name in line.split()[:-1] if not name.startswith("-")}
    assert copied == {"requirements.txt", "/venv", "bot.py"}
    assert "PYTHONUNBUFFERED=1" in instructions("ENV")[0]


def test_the_files_agree_with_each_other() -> None:
    compose: dict[str, Any] = yaml.safe_load(FILES["compose.yaml"])
    service = compose["services"]["bot"]
    assert service["volumes"] == ["data:/data"]
    assert "data" in compose["volumes"]
    pod = yaml.safe_load(FILES["bot.yaml"])["spec"]["template"]["spec"]
    [container] = pod["containers"]
    grace = {int(service["stop_grace_period"].removesuffix("s")), pod["terminationGracePeriodSeconds"]}
    [stop] = [line for line in FILES["bot.service"].splitlines() if line.startswith("TimeoutStopSec=")]
    assert {*grace, int(stop.partition("=")[2])} == {40}  # drain=, 15 s, and a reserve
    paths = {name: container[f"{name}Probe"]["httpGet"]["path"] for name in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"health": 8081}
    assert instructions("EXPOSE") == ["8081"]
    assert "127.0.0.1:8081" in service["ports"][0]
    assert "http://127.0.0.1:8081" in FILES["bot.conf"]
    assert container["volumeMounts"][0]["mountPath"] == instructions("VOLUME")[0] == "/data"


@contextmanager
def running(name: str, folder: Path, url: str, port: int, within: list[str]) -> "Generator[subprocess.Popen[bytes]]":
    """Run a program of the page."""
    (folder / name).write_text(FILES[name])
    variables = {
        "GREENAPI_ID_INSTANCE": "1101000001",
        "GREENAPI_API_TOKEN_INSTANCE": TOKEN,
        "GREENAPI_API_URL": url,
        "GREENAPI_MEDIA_URL": url,
        "HEALTH_PORT": str(port),
        "BOT_INBOX": str(folder / "bot.db"),
        "NO_PROXY": "*",
    }
    environment = {**os.environ, **variables}
    with subprocess.Popen([*within, sys.executable, name], cwd=folder, env=environment) as program:
        try:
            yield program
        finally:
            program.kill()


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_the_health_check_of_the_image_says_whether_the_bot_works(tmp_path: Path) -> None:
    sandbox, port = Sandbox(seed=1), free_port()
    instance = sandbox.add_instance(1101000001, TOKEN)
    check = [part.replace(":8081", f":{port}") for part in health_command()]
    assert subprocess.run(check, check=False, capture_output=True).returncode == 1
    with SandboxServer(sandbox) as server, running("bot.py", tmp_path, server.url, port, []) as bot:
        until(lambda: is_ready(port))
        until(lambda: subprocess.run(check, check=False, capture_output=True).returncode == 0)
        server.call(lambda: instance.set_state("blocked"))
        until(lambda: subprocess.run(check, check=False, capture_output=True).returncode == 1)
        bot.send_signal(signal.SIGTERM)
        assert bot.wait(PATIENCE) == 0


@pytest.mark.parametrize("name", ["bot.py", "loop.py"])
def test_sigterm_ends_the_first_process_of_a_container(name: str, tmp_path: Path) -> None:
    """The kernel does not deliver signals without a handler to the first process of a PID namespace."""
    within = ["unshare", "--pid", "--fork", "--kill-child"]
    if subprocess.run([*within, "true"], check=False, capture_output=True).returncode:
        pytest.skip("cannot create a PID namespace")
    sandbox, port = Sandbox(seed=1), free_port()
    sandbox.add_instance(1101000001, TOKEN)
    with SandboxServer(sandbox) as server, running(name, tmp_path, server.url, port, within) as program:
        until(lambda: is_ready(port))
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
        [first] = map(int, children)
        assert shlex.split(Path(f"/proc/{first}/cmdline").read_text().replace("\0", " "))[-1] == name
        os.kill(first, signal.SIGTERM)
        assert program.wait(PATIENCE) == 0
