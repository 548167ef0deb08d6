"""The application of the command line tool, and the options that many commands share."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer
from typer.core import TyperGroup

from greenapi_async import __version__

__all__ = ["ConfigOption", "InboxOption", "JsonOption", "ProfileOption", "app", "importing"]

_ORDER: Final = (
    *("status", "doctor", "qr", "code", "settings", "queue", "webhook"),
    *("send", "history", "contacts", "groups", "call", "tail", "listen"),
    *("inbox", "jobs", "broadcast", "mcp"),
    *("new", "sandbox", "demo", "record", "replay"),
)
"""The commands as help lists them: the instance, its messages, the bot, development."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order in which a person looks for them."""
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    cls=_Commands,
    help="Operate a GREEN-API instance and its bot, or do without a phone: a local sandbox, a demo, recordings.",
    epilog="The instance comes from the variables GREENAPI_ID_INSTANCE, GREENAPI_API_TOKEN_INSTANCE (or "
    "GREENAPI_API_TOKEN_INSTANCE_FILE), GREENAPI_API_URL and GREENAPI_MEDIA_URL, from a file .env with them, or from "
    "a profile of greenapi.toml.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)

ProfileOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="Profile of the configuration file, instead of the environment.", envvar="GREENAPI_PROFILE"),
]
ConfigOption: TypeAlias = Annotated[
    Path | None, typer.Option(help="Configuration file with the profiles; by default greenapi.toml.")
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
InboxOption: TypeAlias = Annotated[
    str | None,
    typer.Option(help="The bot's inbox: a file, or postgresql://...; by default the variable GREENAPI_INBOX."),
]


@contextmanager
def importing() -> Generator[None]:
    """Exit quietly if Ctrl-C is pressed during the imports of a command."""
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Declare the options in front of a command."""
