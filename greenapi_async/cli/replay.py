"""The work of the command ``greenapi replay``."""

import asyncio
import secrets
import signal
from collections.abc import Awaitable, Callable
from concurrent.futures import wait
from functools import partial
from pathlib import Path

from greenapi_async.cli.output import Output
from greenapi_async.cli.replay_view import ReplayView
from greenapi_async.cli.sandbox import print_address, wrong_use
from greenapi_async.cli.text import environment_exports
from greenapi_async.errors import RecordingError
from greenapi_async.models.messengers import Messenger, find_messenger
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.testing import recordings
from greenapi_async.testing.recordings import Recording, RecordingSummary, ReplayResult, read_recording

__all__ = ["run_replay"]


def run_replay(
    path: Path, *, port: int, speed: float, step: bool, keep_times: bool, patience: float, json: bool
) -> int:
    """Replay a recording through a sandbox, and print a summary.

    Args:
        path: File written by ``greenapi record``.
        port: Port to listen on; 0 chooses a free one.
        speed: Speed relative to the recording; 0 replays without delays.
        step: Whether to wait for each acknowledgement before the next one.
        keep_times: Whether to keep the times in the notifications.
        patience: Seconds without any acknowledgement until the replay ends.
        json: Whether to print only the address of the sandbox and a summary, as JSON.

    Returns:
        The exit status: 0 if the bot acknowledged everything.

    Raises:
        InvalidArgumentError: The file is not a recording, or the port cannot be used.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = Output(json=json)
    try:
        recording = read_recording(path)
        summary = recording.summary()
        _print_introduction(output, recording, summary)
        sandbox = Sandbox()
        instance = _add_instance(sandbox, summary)
        with SandboxServer(sandbox, port=port) as server:
            if json:
                print_address(server.url, [instance])
            output.line(f"The sandbox is running at {server.url}. In another terminal:\n")
            output.line(environment_exports(server.url, instance.id_instance, instance.token, instance.messenger.name))
            output.line("\nThen start the bot. The replay starts when it polls or sets a webhook URL.")
            output.line("Press Ctrl-C to stop.\n")
            view = ReplayView(output, instance, summary.notifications)
            run = partial(
                recordings.replay,
                recording,
                instance,
                speed=speed,
                step=step,
                keep_times=keep_times,
                patience=patience,
            )
            complete = _run(server, view, run)
    except KeyboardInterrupt:
        output.line("Stopped before the replay started.")
        complete = False
    except (OSError, ValueError, RecordingError) as error:
        raise wrong_use(error, port) from None
    return 0 if complete else 1


def _run(server: SandboxServer, view: ReplayView, replay: Callable[..., Awaitable[ReplayResult]]) -> bool:
    """Replay in the server's thread until the end or a signal, and print the summary."""
    loop = server.call(asyncio.get_running_loop)
    future = asyncio.run_coroutine_threadsafe(view.run(replay), loop)
    try:
        while not wait([future], timeout=1).done:
            server.call(bool)  # raises if the server has died, in which case the future never completes
    except KeyboardInterrupt:
        pass
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # printing the summary is short and must not be interrupted
    future.cancel()
    server.call(view.print_summary)
    if not future.cancelled():
        future.result()
    return view.result.complete


def _print_introduction(output: Output, recording: Recording, summary: RecordingSummary) -> None:
    if not summary.notifications:
        raise RecordingError(f"{recording.path} contains no notifications")
    count = f"{summary.notifications:,} notification{'' if summary.notifications == 1 else 's'}"
    output.line(f"{recording.path}: {count}, recorded over {_format_duration(summary.seconds)}.")
    if summary.is_truncated:
        output.line("Its last line is incomplete and is ignored.")


def _format_duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _add_instance(sandbox: Sandbox, summary: RecordingSummary) -> Instance:
    """Add an instance that resembles the recorded one as far as the sandbox allows."""
    token = secrets.token_hex(25)
    phone = (summary.wid or "").partition("@")[0]
    messenger = find_messenger(summary.type_instance) or Messenger.WHATSAPP
    is_valid = summary.id_instance is not None and summary.id_instance < 10**12
    id_instance = summary.id_instance if is_valid and summary.id_instance else None
    if phone.isascii() and phone.isdecimal():
        return sandbox.add_instance(id_instance, token, phone=phone, messenger=messenger)
    return sandbox.add_instance(id_instance, token, messenger=messenger)
