"""The work of the command ``greenapi sandbox``."""

import errno
import json as json_module
import secrets
import signal
import threading
from collections.abc import Generator, Iterable
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs

from greenapi_async import __version__
from greenapi_async.cli.output import Output
from greenapi_async.cli.text import REMOTE_WARNING, curl_examples, environment_exports
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.file_lock import FileLock
from greenapi_async.models.messengers import Messenger
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.saved_state import dump_state, read_state, write_state
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["SandboxOptions", "print_address", "run_sandbox", "wrong_use"]


LOCK_FILE: Final = "sandbox.lock"
SAVE_INTERVAL: Final = 2.0
"""Seconds between two looks whether the state has changed."""


@attrs.frozen(kw_only=True)
class SandboxOptions:
    """Options of the command.

    Attributes:
        port: Port to listen on; 0 chooses a free one.
        host: Address to listen on.
        token: Token of the instances; an empty string creates random ones.
        messenger: Messenger of the instances.
        instances: Number of instances.
        data: Folder in which the state is kept; None forgets it at the end.
        allow_remote: Whether ``host`` may be other than loopback.
    """

    port: int
    host: str
    token: str
    messenger: str
    instances: int
    data: Path | None
    allow_remote: bool


def run_sandbox(options: SandboxOptions, *, json: bool) -> int:
    """Run a sandbox until Ctrl-C.

    Args:
        options: The options.
        json: Whether to print the address and the instances as JSON.

    Returns:
        The exit status.
    """
    output = Output(json=json)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _locked(options.data):
            state = _prepared(options)
            with (
                SandboxServer(state, options.host, options.port, allow_remote=options.allow_remote) as server,
                suppress(KeyboardInterrupt),  # from the moment at which it is offered
            ):
                _print_introduction(output, server, options)
                _serve(server, options.data)
            if options.data is not None:
                write_state(options.data, dump_state(state, __version__))
    except (OSError, ValueError) as error:
        raise wrong_use(error, options.port) from None
    output.line("Stopped.")
    return 0


def print_address(url: str, instances: Iterable[Instance]) -> None:
    """Print where a bot finds the sandbox, as one line of JSON with the tokens.

    Args:
        url: Address of the sandbox.
        instances: Its instances.
    """
    rows = [{"idInstance": one.id_instance, "apiTokenInstance": one.token} for one in instances]
    print(json_module.dumps({"url": url, "instances": rows}), flush=True)  # noqa: T201  the tokens are its purpose


def wrong_use(error: Exception, port: int) -> InvalidArgumentError:
    """Return the error to report if a sandbox cannot be started.

    Args:
        error: Why.
        port: The port that was asked for.
    """
    reasons = {errno.EADDRINUSE: "is in use", errno.EACCES: "cannot be used by this user"}
    if isinstance(error, OSError) and error.filename is None and error.errno in reasons:
        reason = f"port {port} {reasons[error.errno]}; choose another with --port, or a free one with --port 0"
        return InvalidArgumentError(reason)
    return InvalidArgumentError(str(error))


@contextmanager
def _locked(data: Path | None) -> Generator[None]:
    """Keep other sandboxes from the folder during a block: the last one to write would undo what the first has kept."""
    if data is None:
        yield
        return
    data.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(data / LOCK_FILE))
    if not lock.acquire():
        raise ValueError(f"another sandbox uses {data}; choose another folder")
    try:
        yield
    finally:
        lock.release()


def _prepared(options: SandboxOptions) -> Sandbox:
    """Return the sandbox that is kept in the folder, or a new one, with as many instances as wanted."""
    state = (read_state(options.data, __version__) if options.data is not None else None) or Sandbox()
    if options.token:
        for instance in state.instances.values():
            instance.token = options.token
    while len(state.instances) < options.instances:
        # Pages of other sites, open in the same browser, must not be able to guess the token.
        token = options.token or secrets.token_hex(25)
        number = len(state.instances)
        following = max(state.instances) + 1 if state.instances else None
        state.add_instance(following, token, phone=str(79876543210 + number), messenger=options.messenger)
    kept = {instance.messenger.name for instance in state.instances.values()}
    if options.messenger not in {Messenger.WHATSAPP, *kept}:
        raise ValueError(f"{options.data} has no instance of {options.messenger}; choose another folder for --data")
    return state


def _print_introduction(output: Output, server: SandboxServer, options: SandboxOptions) -> None:
    instances = list(server.sandbox.instances.values())
    if output.json:
        print_address(server.url, instances)
    output.line(f"The sandbox is running at {server.url}")
    if server.is_open:
        output.line(f"\n{output.style(REMOTE_WARNING, 'bold')}")
    output.line("\nOpen it in a browser to chat with your bot. Run the bot in another terminal with:\n")
    first = instances[0]
    output.line(environment_exports(server.url, first.id_instance, first.token, first.messenger.name))
    for one in instances[1:]:
        output.line(f"\nInstance {one.id_instance}:\n")
        output.line(f"export GREENAPI_ID_INSTANCE={one.id_instance} GREENAPI_API_TOKEN_INSTANCE={one.token}")
    if options.data is not None:
        output.line(f"\nThe state is kept in {options.data}.")
    elif not options.token:
        output.line("\nThe token changes at each start; --token keeps one of your own.")
    output.line("\nOr send and read messages from a terminal:\n")
    output.line(curl_examples(server.url, first.id_instance))
    output.line("\nPress Ctrl-C to stop.")


def _serve(server: SandboxServer, data: Path | None) -> None:
    """Serve until Ctrl-C, and save the state whenever it has changed."""
    changed = threading.Event()
    watched: set[int] = set()
    with ExitStack() as listening:
        while not server.wait(None if data is None else SAVE_INTERVAL):
            for id_instance, instance in tuple(server.sandbox.instances.items()):
                if id_instance not in watched:
                    watched.add(id_instance)
                    listening.enter_context(instance.changes.listening(changed.set))
                    changed.set()
            if data is not None and changed.is_set():
                changed.clear()
                write_state(data, server.call(lambda: dump_state(server.sandbox, __version__)))
