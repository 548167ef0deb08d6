"""Commands that send and receive: their options."""

from typing import Annotated

import typer

from greenapi_async.cli.app import ConfigOption, InboxOption, JsonOption, ProfileOption, app, importing

__all__ = ["listen", "send", "tail"]


@app.command(short_help="Send a text, a file, a poll or a location.")
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
        typer.Option(
            help="Key under which at most one message is ever sent, whatever happens: a text, a poll or a file by URL."
        ),
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
        chat=chat,
        text=text,
        file=file,
        options=tuple(poll or ()),
        multiple=multiple,
        location=location,
        quote=quote,
        once=once,
    )
    raise typer.Exit(run_command(send_message, profile, config, json, outgoing, outbox))


@app.command(short_help="Show notifications as a running bot gets them.")
def tail(
    *,
    consume: Annotated[
        bool,
        typer.Option(
            "--consume",
            help="Receive from the instance itself instead of a bot's inbox. What is printed is deleted on the server, "
            "and no bot will get it.",
        ),
    ] = False,
    count: Annotated[int | None, typer.Option(help="End after so many notifications.", min=1)] = None,
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show notifications as they arrive in the inbox of a running bot, without taking them away from it."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.tail import show_tail

    raise typer.Exit(run_command(show_tail, profile, config, json, inbox, count, consume=consume))


@app.command(short_help="Poll, and push to a webhook receiver on this machine.")
def listen(
    forward_to: Annotated[str, typer.Option(help="URL of the receiver, for example http://localhost:8000/webhook.")],
    *,
    interval: Annotated[float, typer.Option(help="Seconds until a push that failed is repeated.", min=0.1)] = 60,
    token: Annotated[
        str | None,
        typer.Option(
            help="Sent in the header Authorization; by default the instance's webhookUrlToken.",
            envvar="GREENAPI_WEBHOOK_TOKEN",
        ),
    ] = None,
    count: Annotated[int | None, typer.Option(help="End after so many notifications.", min=1)] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Poll the instance and push its notifications to a webhook receiver on this machine, as the server would.

    A notification is deleted on the server when the receiver has answered 200; after any other answer it is pushed
    again, and those behind it wait.
    """
    with importing():
        from greenapi_async.cli.listen import forward
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(forward, profile, config, json, forward_to, token, interval, count))
