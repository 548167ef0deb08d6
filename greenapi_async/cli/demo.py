"""The demonstration: an echo bot in a process of its own, a sandbox behind HTTP, and contacts who write."""

import os
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import attrs
from rich.console import Console

from greenapi_async.cli.text import access, curl
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["run_demo"]

PATIENCE = 30.0
"""Seconds that a contact waits for an answer."""


@attrs.frozen
class _Line:
    name: str
    chat_id: str
    text: str
    faults: tuple[tuple[str, Fault], ...] = ()
    trouble: str = ""


_SCRIPT = (
    _Line("Anna", "79001234561@c.us", "Hello, is anybody there?"),
    _Line("Boris", "79001234562@c.us", "Привет!"),
    _Line(
        "Anna",
        "79001234561@c.us",
        "And now, while the server fails?",
        (
            ("receiveNotification", Fault(status=502, body="<html>Bad Gateway</html>")),
            ("receiveNotification", Fault(drop=True, after_effect=True)),
            ("sendMessage", Fault(status=429)),
            ("deleteNotification", Fault(drop=True, after_effect=True)),
        ),
        "two polls fail, one send gets 429, and the answer to one deletion is lost",
    ),
    _Line("Clara", "79001234563@c.us", "Still with us 😊"),
)


def run_demo(console: Console, *, keep: bool) -> int:
    """Play the script; gives the exit status: 0 when every message had one answer."""
    sandbox = Sandbox()
    instance = sandbox.add_instance(token=secrets.token_hex(25))
    with SandboxServer(sandbox) as server:
        console.print(f"A sandbox of GREEN-API listens on {server.url}; examples/echo_bot.py polls it over HTTP.\n")
        with _bot(server, instance) as bot:
            waits = [_say(console, server, instance, line, bot) for line in _SCRIPT]
        answered = [wait for wait in waits if wait is not None]
        sent = server.call(lambda: [m for chat in instance.chats for m in instance.chat(chat) if m.type == "outgoing"])
        calls = server.call(lambda: len(instance.calls))
        latency = (
            f"; from question to answer {statistics.median(answered):.0f} ms (median), {max(answered):.0f} ms (slowest)"
            if answered
            else ""
        )
        console.print(
            f"\n{len(_SCRIPT)} messages in, {len(sent)} answers out, {len(_SCRIPT) - len(answered)} lost, "
            f"{len(sent) - len(answered)} twice, {calls} API calls{latency}."
        )
        if keep:
            _keep(console, server, instance)
    return 0 if len(answered) == len(sent) == len(_SCRIPT) else 1


def _say(
    console: Console, server: SandboxServer, instance: Instance, line: _Line, bot: "subprocess.Popen[bytes]"
) -> float | None:
    """Let a contact write, and wait for the answer; gives the milliseconds."""
    if line.trouble:
        console.print(f"        [red]the server fails: {line.trouble}[/red]")
    before = len(server.call(lambda: instance.chat(line.chat_id)))
    for method, fault in line.faults:
        server.call(partial(instance.fail, method, fault))
    start = time.perf_counter()
    server.call(lambda: instance.contact_writes(line.chat_id, line.text, sender_name=line.name))
    console.print(f"[cyan]{line.name:>6}[/cyan]  {line.text}")
    while time.perf_counter() - start < PATIENCE and bot.poll() is None:
        answers = server.call(lambda: instance.chat(line.chat_id))[before + 1 :]
        if answers:
            milliseconds = (time.perf_counter() - start) * 1000
            console.print(f"[green]   bot[/green]  {answers[0].text}  [dim]{milliseconds:.0f} ms[/dim]")
            return milliseconds
        time.sleep(0.005)
    ended = bot.poll() is not None
    console.print("[red]   the bot has ended[/red]" if ended else f"[red]   no answer within {PATIENCE:.0f} s[/red]")
    return None


@contextmanager
def _bot(server: SandboxServer, instance: Instance) -> Generator["subprocess.Popen[bytes]"]:
    environment = os.environ | {
        "GREENAPI_API_URL": server.url,
        "GREENAPI_MEDIA_URL": server.url,
        "GREENAPI_ID_INSTANCE": str(instance.id_instance),
        "GREENAPI_API_TOKEN_INSTANCE": instance.token,
        "NO_PROXY": "*",
        "no_proxy": "*",
    }
    with subprocess.Popen([sys.executable, str(_example())], env=environment) as process:  # noqa: S603  our own file
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _example() -> Path:
    """Find the example: the wheel carries a copy beside this file, a checkout has it in its own folder."""
    here = Path(__file__).parent
    packed = here / "echo_bot.py"
    return packed if packed.exists() else here.parent.parent / "examples" / "echo_bot.py"


def _keep(console: Console, server: SandboxServer, instance: Instance) -> None:
    console.print("\nThe sandbox stays. In another terminal:\n")
    console.print(access(server.url, instance.id_instance, instance.token))
    console.print("\nThen start a bot, as examples/echo_bot.py, and write to it as a contact does:\n")
    console.print(curl(server.url, instance.id_instance))
    console.print("\nCtrl-C ends it.")
    try:
        server.wait()
    except KeyboardInterrupt:
        console.print("Ended.")
