"""Commands of the command line tool: their options. What a command does is imported when it runs.

This module has the commands that need no instance; it imports those that do.
"""

from pathlib import Path
from typing import Annotated

import typer

from greenapi_async.cli import agent_commands, inbox_commands, instance_commands, message_commands
from greenapi_async.cli.app import ConfigOption, JsonOption, ProfileOption, app
from greenapi_async.cli.app import importing as _importing
from greenapi_async.cli.text import REMOTE_WARNING
from greenapi_async.models.messengers import Messenger as MessengerName

__all__ = ["agent_commands", "app", "inbox_commands", "instance_commands", "message_commands"]


@app.command(short_help="Run a fake server with a page of its phones.")
def sandbox(
    *,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 chooses a free port.", min=0, max=65535)] = 8080,
    host: Annotated[str, typer.Option(help="Address to listen on; other than loopback needs --allow-remote.")] = (
        "127.0.0.1"
    ),
    token: Annotated[
        str, typer.Option(help="Token of the instance. By default, each start creates a new random token.")
    ] = "",
    messenger: Annotated[
        MessengerName, typer.Option(help="Messenger of the instance.", case_sensitive=False)
    ] = MessengerName.WHATSAPP,
    instances: Annotated[int, typer.Option(help="Number of instances.", min=1, max=100)] = 1,
    data: Annotated[
        Path | None, typer.Option(help="Folder in which the state is kept; by default it is lost at the end.")
    ] = None,
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help=f"Accept connections from other machines. {REMOTE_WARNING}"),
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run a fake GREEN-API server and a web page with the phones of its contacts."""
    with _importing():
        from greenapi_async.cli.sandbox import SandboxOptions, run_sandbox

    wanted = SandboxOptions(
        port=port,
        host=host,
        token=token,
        messenger=messenger.value,
        instances=instances,
        data=data,
        allow_remote=allow_remote,
    )
    raise typer.Exit(run_sandbox(wanted, json=json))


@app.command(short_help="Run the echo bot against a sandbox.")
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the sandbox running afterwards and print how to use it.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Run the echo bot against a sandbox over HTTP and print the conversation."""
    with _importing():
        from greenapi_async.cli.demo import run_demo

    if keep and json:
        raise typer.BadParameter("--keep and --json exclude each other; greenapi sandbox --json keeps running")
    raise typer.Exit(run_demo(keep=keep, json=json))


@app.command(short_help="Record the notifications of a real instance.")
def record(
    file: Annotated[Path, typer.Argument(help="File to append to; it is created if it does not exist.")],
    *,
    hide_phones: Annotated[
        bool, typer.Option("--hide-phones", help="Replace each phone number by a pseudonym, the same one everywhere.")
    ] = False,
    key: Annotated[
        str | None,
        typer.Option(
            help="For --hide-phones: a passphrase of at least 12 characters, required to continue the recording later. "
            "By default, a random key is used and not stored.",
            envvar="GREENAPI_RECORDING_KEY",
            show_envvar=True,
        ),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Record the notifications of a real instance to a file, until Ctrl-C.

    Recording removes the notifications from its queue.
    """
    with _importing():
        from greenapi_async.cli.configuration import load_configuration
        from greenapi_async.cli.record import run_record

    configuration = load_configuration(profile, config)
    raise typer.Exit(run_record(configuration, file, hide_phones=hide_phones, key=key, json=json))


@app.command(short_help="Replay a recording to a bot.")
def replay(
    file: Annotated[Path, typer.Argument(help="File written by `greenapi record`.")],
    *,
    port: Annotated[int, typer.Option(help="Port to listen on; 0 chooses a free port.", min=0, max=65535)] = 8080,
    speed: Annotated[
        float, typer.Option(help="Speed relative to the recording; 0 replays without delays.", min=0, max=1e6)
    ] = 1.0,
    step: Annotated[
        bool, typer.Option("--step", help="Wait for each acknowledgement before the next one, regardless of --speed.")
    ] = False,
    keep_times: Annotated[
        bool,
        typer.Option("--keep-times", help="Keep the times in the notifications. By default they become current times."),
    ] = False,
    patience: Annotated[
        float, typer.Option(help="Seconds without any acknowledgement until the replay ends.", min=0.1, max=1e6)
    ] = 30.0,
    json: JsonOption = False,
) -> None:
    """Replay a recording to a bot through a sandbox, and summarise the result.

    The exit status is 0 if the bot acknowledged everything.
    """
    with _importing():
        from greenapi_async.cli.replay import run_replay

    raise typer.Exit(
        run_replay(file, port=port, speed=speed, step=step, keep_times=keep_times, patience=patience, json=json)
    )


@app.command()
def new(
    folder: Annotated[Path, typer.Argument(help="Folder to create; its name becomes that of the project.")],
    json: JsonOption = False,
) -> None:
    """Create a bot with tests, a Dockerfile and a Compose file."""
    with _importing():
        from greenapi_async.cli.scaffold import create_bot

    raise typer.Exit(create_bot(folder, json=json))
