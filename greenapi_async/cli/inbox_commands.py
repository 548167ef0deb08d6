"""Commands on the inbox of a bot, running or not: their options."""

from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from greenapi_async.cli.app import ConfigOption, InboxOption, JsonOption, ProfileOption, app, importing

__all__ = ["broadcast_app", "inbox_app"]

inbox_app = typer.Typer(help="Inspect the inbox of a bot, while it runs or not.", no_args_is_help=True)
app.add_typer(inbox_app, name="inbox")
broadcast_app = typer.Typer(help="Inspect the broadcasts of a bot, while it runs or not.", no_args_is_help=True)
app.add_typer(broadcast_app, name="broadcast")

MAX_ID: Final = 2**63 - 1
"""Greatest id that a database can hold."""

EntryArgument = Annotated[
    int, typer.Argument(metavar="ID", help="Id of the entry, as shown by `greenapi inbox list`.", max=MAX_ID)
]
EntriesArgument = Annotated[
    list[int],
    typer.Argument(
        metavar="ID...", help="Ids of entries in quarantine, as shown by `greenapi inbox list`.", max=MAX_ID
    ),
]


@inbox_app.command(name="list")
def list_(
    *,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Only entries in quarantine.")] = False,
    waiting: Annotated[bool, typer.Option("--waiting", help="Only entries that wait or are in progress.")] = False,
    limit: Annotated[int, typer.Option(help="Greatest number of entries.", min=1, max=1_000_000)] = 100,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the notifications in the inbox, oldest first."""
    with importing():
        from greenapi_async.cli.inbox import list_entries
        from greenapi_async.cli.run import run_command

    if quarantined and waiting:
        raise typer.BadParameter("--quarantined and --waiting exclude each other")
    which = True if quarantined else False if waiting else None
    raise typer.Exit(run_command(list_entries, profile, config, json, inbox, quarantined=which, limit=limit))


@inbox_app.command()
def show(
    entry: EntryArgument,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show one notification with its body and the traceback of its last failure."""
    with importing():
        from greenapi_async.cli.inbox import show_entry
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(show_entry, profile, config, json, inbox, entry))


def _change(
    action: Literal["release", "drop", "retry"],
    entries: list[int],
    inbox: str | None,
    profile: str | None,
    config: Path | None,
    *,
    json: bool,
) -> None:
    with importing():
        from greenapi_async.cli.inbox import change_entries
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(change_entries, profile, config, json, inbox, entries, action))


@inbox_app.command()
def release(
    entries: EntriesArgument,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Requeue notifications in quarantine, behind those that wait."""
    _change("release", entries, inbox, profile, config, json=json)


@inbox_app.command()
def drop(
    entries: EntriesArgument,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Delete notifications in quarantine for good."""
    _change("drop", entries, inbox, profile, config, json=json)


@inbox_app.command()
def retry(
    entries: Annotated[
        list[int], typer.Argument(metavar="ID...", help="Ids of entries that are to be retried.", max=MAX_ID)
    ],
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Retry notifications at once that have failed, instead of when they are due."""
    _change("retry", entries, inbox, profile, config, json=json)


@inbox_app.command()
def export(
    file: Annotated[Path, typer.Argument(help="File to write: one JSON object per line; - for standard output.")],
    *,
    quarantined: Annotated[bool, typer.Option("--quarantined", help="Only entries in quarantine.")] = False,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Write the notifications in the inbox to a file, with their failures. They stay in the inbox."""
    with importing():
        from greenapi_async.cli.inbox import export_entries
        from greenapi_async.cli.run import run_command

    which = True if quarantined else None
    raise typer.Exit(run_command(export_entries, profile, config, json, inbox, file, quarantined=which))


@app.command(short_help="List what a bot has scheduled.")
def jobs(
    *,
    name: Annotated[str | None, typer.Option(help="Only jobs of this function; send_later for messages.")] = None,
    status: Annotated[
        Literal["waiting", "retrying", "failed", "missed"] | None, typer.Option(help="Only jobs with this status.")
    ] = None,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List what is scheduled in the inbox of a bot, the next to run first."""
    with importing():
        from greenapi_async.cli.jobs import list_jobs
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(list_jobs, profile, config, json, inbox, name, status))


@broadcast_app.command(name="status")
def broadcast_status(
    name: Annotated[str | None, typer.Argument(help="Name of a broadcast; all without.")] = None,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the state of broadcasts, and how many recipients have which status."""
    with importing():
        from greenapi_async.cli.broadcasts import show_broadcasts
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(show_broadcasts, profile, config, json, inbox, name))
