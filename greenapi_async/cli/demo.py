"""Demo: the echo bot in its own process, a sandbox over HTTP, and contacts who write to the bot."""

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

from greenapi_async.cli.output import Output
from greenapi_async.cli.text import curl_examples, environment_exports
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["run_demo"]

REPLY_TIMEOUT = 30.0
"""Seconds until a message counts as not answered."""


@attrs.frozen
class _ScriptedMessage:
    name: str
    chat_id: str
    text: str
    faults: tuple[tuple[str, Fault], ...] = ()
    fault_summary: str = ""


_SCRIPT = (
    _ScriptedMessage("Anna", "79001234561@c.us", "Hello, is anyone there?"),
    _ScriptedMessage("Boris", "79001234562@c.us", "Привет!"),
    _ScriptedMessage(
        "Anna",
        "79001234561@c.us",
        "And now, while the server fails?",
        (
            ("receiveNotification", Fault(status=502, body="<html>Bad Gateway</html>")),
            ("receiveNotification", Fault(drop=True, after_effect=True)),
            ("sendMessage", Fault(status=429)),
            ("deleteNotification", Fault(drop=True, after_effect=True)),
        ),
        "two polls fail, one send gets 429, and the response to one deletion is lost",
    ),
    _ScriptedMessage("Clara", "79001234563@c.us", "Still working 😊"),
)


def run_demo(*, keep: bool, json: bool) -> int:
    """Run the scripted conversation.

    Args:
        keep: Whether to keep the sandbox running afterwards.
        json: Whether to print only a summary, as JSON.

    Returns:
        The exit status: 0 if every message got exactly one reply.
    """
    console = Console(highlight=False, soft_wrap=True, quiet=json)
    sandbox = Sandbox()
    instance = sandbox.add_instance(token=secrets.token_hex(25))
    with SandboxServer(sandbox) as server:
        console.print(f"The sandbox is running at {server.url}. examples/echo_bot.py polls it over HTTP.\n")
        with _run_bot(server, instance) as bot:
            latencies = [_exchange(console, server, instance, message, bot) for message in _SCRIPT]
        answered = [latency for latency in latencies if latency is not None]
        sent = server.call(lambda: [m for chat in instance.chats for m in instance.chat(chat) if m.type == "outgoing"])
        calls = server.call(lambda: len(instance.calls))
        console.print(
            f"\n{len(_SCRIPT)} messages received, {len(sent)} replies sent, {len(_SCRIPT) - len(answered)} lost, "
            f"{len(sent) - len(answered)} duplicated, {calls} API calls."
        )
        median, slowest = (statistics.median(answered), max(answered)) if answered else (None, None)
        if answered:
            console.print(f"Reply time: {median:.0f} ms (median), {slowest:.0f} ms (slowest).")
        Output(json=json).document(
            {
                "received": len(_SCRIPT),
                "replies": len(sent),
                "lost": len(_SCRIPT) - len(answered),
                "duplicated": len(sent) - len(answered),
                "apiCalls": calls,
                "medianMilliseconds": median,
                "slowestMilliseconds": slowest,
            }
        )
        if keep:
            _keep_running(console, server, instance)
    return 0 if len(answered) == len(sent) == len(_SCRIPT) else 1


def _exchange(
    console: Console,
    server: SandboxServer,
    instance: Instance,
    message: _ScriptedMessage,
    bot: "subprocess.Popen[bytes]",
) -> float | None:
    """Write to the bot as a contact and wait for the reply; return the milliseconds, or None without a reply."""
    if message.fault_summary:
        console.print(f"        [red]server faults: {message.fault_summary}[/red]")
    before = len(server.call(lambda: instance.chat(message.chat_id)))
    for method, fault in message.faults:
        server.call(partial(instance.fail, method, fault))
    start = time.perf_counter()
    server.call(lambda: instance.contact_writes(message.chat_id, message.text, sender_name=message.name))
    console.print(f"[cyan]{message.name:>6}[/cyan]  {message.text}")
    while time.perf_counter() - start < REPLY_TIMEOUT and bot.poll() is None:
        replies = server.call(lambda: instance.chat(message.chat_id))[before + 1 :]
        if replies:
            milliseconds = (time.perf_counter() - start) * 1000
            console.print(f"[green]   bot[/green]  {replies[0].text}  [dim]{milliseconds:.0f} ms[/dim]")
            return milliseconds
        time.sleep(0.005)
    has_exited = bot.poll() is not None
    failure = "the bot has exited" if has_exited else f"no reply within {REPLY_TIMEOUT:.0f} s"
    console.print(f"[red]   {failure}[/red]")
    return None


@contextmanager
def _run_bot(server: SandboxServer, instance: Instance) -> Generator["subprocess.Popen[bytes]"]:
    environment = os.environ | {
        "GREENAPI_API_URL": server.url,
        "GREENAPI_MEDIA_URL": server.url,
        "GREENAPI_ID_INSTANCE": str(instance.id_instance),
        "GREENAPI_API_TOKEN_INSTANCE": instance.token,
        "NO_PROXY": "*",
        "no_proxy": "*",
    }
    with subprocess.Popen([sys.executable, str(_example_path())], env=environment) as process:  # noqa: S603  a file of this package
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()


def _example_path() -> Path:
    """Return the path of the example: packaged with this module in a wheel, in its own folder in a checkout."""
    folder = Path(__file__).parent
    packaged = folder / "echo_bot.py"
    return packaged if packaged.exists() else folder.parent.parent / "examples" / "echo_bot.py"


def _keep_running(console: Console, server: SandboxServer, instance: Instance) -> None:
    try:
        console.print("\nThe sandbox keeps running. In another terminal:\n")
        console.print(environment_exports(server.url, instance.id_instance, instance.token))
        console.print("\nStart a bot, for example examples/echo_bot.py, and write to it as a contact:\n")
        console.print(curl_examples(server.url, instance.id_instance))
        console.print("\nPress Ctrl-C to stop.")
        server.wait()
    except KeyboardInterrupt:
        console.print("Stopped.")
