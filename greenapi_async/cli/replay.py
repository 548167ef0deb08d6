"""The command that feeds a recording to a bot."""

import asyncio
import secrets
import signal
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from greenapi_async.cli.replay_view import Play, Playing
from greenapi_async.cli.terminal import Terminal
from greenapi_async.cli.text import access
from greenapi_async.errors import RecordingError
from greenapi_async.recordings import Contents, Recording, read_recording
from greenapi_async.recordings import replay as feed
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["replay"]


def replay(
    file: Annotated[Path, typer.Argument(help="What `greenapi record` wrote.")],
    *,
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.", min=0, max=65535)] = 8080,
    speed: Annotated[
        float, typer.Option(help="How many times as fast as it was recorded; 0 is all at once.", min=0, max=1e6)
    ] = 1.0,
    step: Annotated[
        bool, typer.Option("--step", help="Each when the bot has acknowledged the one before, whatever the speed.")
    ] = False,
    keep_times: Annotated[
        bool, typer.Option("--keep-times", help="Leave the times in the bodies; else they become those of the replay.")
    ] = False,
    patience: Annotated[
        float, typer.Option(help="Seconds in which the bot must acknowledge something.", min=0.1, max=1e6)
    ] = 30.0,
) -> None:
    """Feed a recording to a bot through a sandbox, and say what became of it.

    The exit status is 0 when the bot acknowledged everything.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Terminal()
    try:
        recording = read_recording(file)
        contents = recording.contents()
        _introduce(console, recording, contents)
        sandbox = Sandbox()
        instance = _instance(sandbox, contents)
        with SandboxServer(sandbox, port=port) as server:
            console.print(f"A sandbox of GREEN-API listens on {server.url}. In another terminal:\n")
            console.print(access(server.url, instance.id_instance, instance.token))
            console.print("\nThen start the bot: the replay begins when it polls or sets a webhook URL.")
            console.print("Ctrl-C ends it.\n")
            play = partial(feed, recording, instance, speed=speed, step=step, keep_times=keep_times, patience=patience)
            playing = Playing(console, instance, contents.notifications)
            complete = _perform(server, playing, play)
    except KeyboardInterrupt:
        console.print("Ended before it began.")
        complete = False
    except (OSError, ValueError, RecordingError) as error:
        typer.echo(f"greenapi replay: {error}", err=True)
        complete = False
    raise typer.Exit(0 if complete else 1)


def _perform(server: SandboxServer, playing: Playing, play: Play) -> bool:
    """Play in the server's thread, until the end or a signal, and sum up."""
    loop = server.call(asyncio.get_running_loop)
    future = asyncio.run_coroutine_threadsafe(playing.play(play), loop)
    try:
        while not wait([future], timeout=1).done:
            server.call(bool)  # raises when the server has died, for then nothing is ever done
    except KeyboardInterrupt:
        pass
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the rest takes no time
    future.cancel()
    server.call(playing.sum_up)
    if not future.cancelled():
        future.result()
    return playing.result.complete


def _introduce(console: Terminal, recording: Recording, contents: Contents) -> None:
    if not contents.notifications:
        raise RecordingError(f"{recording.path} holds no notification")
    count = f"{contents.notifications:,} notification{'' if contents.notifications == 1 else 's'}"
    console.print(f"{recording.path}: {count}, recorded within {_span(contents.seconds)}.")
    if contents.cut_off:
        console.print("Its last line is cut off, and left out.")


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _instance(sandbox: Sandbox, contents: Contents) -> Instance:
    """Add the instance that the recording is of, as far as the sandbox can have one like it."""
    token = secrets.token_hex(25)
    phone = (contents.wid or "").partition("@")[0]
    fits = contents.id_instance is not None and contents.id_instance < 10**10
    id_instance = contents.id_instance if fits and contents.id_instance else 1_101_000_001
    if phone.isascii() and phone.isdecimal():
        return sandbox.add_instance(id_instance, token, phone=phone)
    return sandbox.add_instance(id_instance, token)
