"""Commands that send and receive: their options."""

from typing import Annotated

import typer

from greenapi_async.cli.app import ConfigOption, JsonOption, ProfileOption, app, importing

__all__ = ["send"]


@app.command()
def send(
    chat: Annotated[str, typer.Argument(help="Phone number, in any spelling with the country code, or a chat id.")],
    text: Annotated[
        str | None,
        typer.Argument(
            help="Text of the message, caption of the file, or question of the poll; - reads it from stdin."
        ),
    ] = None,
    *,
    file: Annotated[str | None, typer.Option(help="File to send: a path or a URL.")] = None,
    poll: Annotated[list[str] | None, typer.Option("--option", help="Option of a poll; repeat it for each.")] = None,
    multiple: Annotated[bool, typer.Option("--multiple", help="Allow several answers to the poll.")] = False,
    location: Annotated[
        str | None, typer.Option(help="Location to send, as latitude,longitude; the text is its name.")
    ] = None,
    quote: Annotated[str | None, typer.Option(help="Id of the message to quote.")] = None,
    once: Annotated[
        str | None,
        typer.Option(help="Key under which at most one message is ever sent, whatever happens; texts only."),
    ] = None,
    outbox: Annotated[
        str | None,
        typer.Option(
            help="Where the keys of --once are kept: a file, not the inbox of a running bot, or postgresql://...; "
            "by default ~/.local/state/greenapi/outbox.db."
        ),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Send a text, a file, a poll or a location, and print the id of the message."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.send import Outgoing, send_message

    outgoing = Outgoing(
        chat=chat, text=text, file=file, options=tuple(poll or ()), multiple=multiple, location=location, quote=quote
    )
    raise typer.Exit(run_command(send_message, profile, config, json, outgoing, once, outbox))
