"""Commands on an instance: their options."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from greenapi_async.cli.app import ConfigOption, InboxOption, JsonOption, ProfileOption, app, importing

__all__ = ["queue_app", "settings_app", "webhook_app"]

settings_app = typer.Typer(help="Show or change the settings of the instance.", no_args_is_help=True)
queue_app = typer.Typer(help="Show or clear the queues of the instance.", no_args_is_help=True)
webhook_app = typer.Typer(help="Push notifications to a webhook URL, or poll them.", no_args_is_help=True)
app.add_typer(settings_app, name="settings")
app.add_typer(queue_app, name="queue")
app.add_typer(webhook_app, name="webhook")

TimeoutOption = Annotated[float, typer.Option(help="Seconds to wait until the settings are in effect.", min=1)]


@app.command(short_help="Show the state of the instance and its queues.")
def status(
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the state of the instance, its relevant settings, its queues and the bot's inbox.

    The exit status is 0 if the instance is authorized, for health checks.
    """
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.status import show_status

    raise typer.Exit(run_command(show_status, profile, config, json, inbox))


@app.command(short_help="Check everything that keeps a bot from working.")
def doctor(
    inbox: InboxOption = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Check everything that keeps a bot from working, and say how to fix it.

    Checks configuration, token, state, settings, clock, rates, queues, webhook and inbox. The exit status is 1 if there
    is an error.
    """
    with importing():
        from greenapi_async.cli.doctor import examine
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(examine, profile, config, json, inbox))


@app.command(short_help="Show the QR code that links a phone.")
def qr(
    *,
    timeout: Annotated[float, typer.Option(help="Seconds until a phone must be linked.", min=1)] = 300,
    png: Annotated[Path | None, typer.Option(help="File to write the code to, instead of printing it.")] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the QR code that links a phone, and renew it until one is linked."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.sign_in import show_qr

    raise typer.Exit(run_command(show_qr, profile, config, json, timeout, png))


@app.command(short_help="Show the code that links a phone by its number.")
def code(
    phone: Annotated[str, typer.Argument(help="The phone's number in international format.")],
    *,
    timeout: Annotated[
        float, typer.Option(help="Seconds until the phone must be linked; 0 does not wait.", min=0)
    ] = 150,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the code that links a phone by its number, and wait until it is linked."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.sign_in import request_code

    raise typer.Exit(run_command(request_code, profile, config, json, phone, timeout))


@settings_app.command()
def get(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Settings to show, by either name; all without.")
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show settings. Secrets among them are hidden."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.settings import show_settings

    raise typer.Exit(run_command(show_settings, profile, config, json, names or []))


@settings_app.command(name="set")
def set_(
    assignments: Annotated[list[str], typer.Argument(metavar="NAME=VALUE...", help="Switches take yes and no.")],
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Change settings, which restarts the instance."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.settings import change_settings

    raise typer.Exit(run_command(change_settings, profile, config, json, assignments))


@queue_app.command(name="show")
def show_queue_(profile: ProfileOption = None, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Show the messages that wait to be sent, and how many notifications wait to be received."""
    with importing():
        from greenapi_async.cli.queues import show_queue
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(show_queue, profile, config, json))


@queue_app.command()
def clear(
    *,
    notifications: Annotated[
        bool, typer.Option("--notifications", help="Drop the notifications instead of the messages.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Drop the messages that wait to be sent."""
    with importing():
        from greenapi_async.cli.queues import clear_queue
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(clear_queue, profile, config, json, notifications=notifications, yes=yes))


@webhook_app.command(name="set")
def set_webhook_(
    url: Annotated[str, typer.Argument(help="The webhook URL, http or https.")],
    *,
    token: Annotated[
        str | None,
        typer.Option(
            help="Sent in the header Authorization. Other users of this machine see it in the list of processes, so "
            "better set the variable.",
            envvar="GREENAPI_WEBHOOK_TOKEN",
        ),
    ] = None,
    timeout: TimeoutOption = 300,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Push notifications to a URL, and wait until the server does."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.settings import set_webhook

    raise typer.Exit(run_command(set_webhook, profile, config, json, url, token, timeout))


@webhook_app.command()
def off(
    *,
    timeout: TimeoutOption = 300,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Remove the webhook URL, and wait until notifications can be polled."""
    with importing():
        from greenapi_async.cli.run import run_command
        from greenapi_async.cli.settings import use_polling

    raise typer.Exit(run_command(use_polling, profile, config, json, timeout))


@app.command(short_help="Show the latest messages of a chat, or of all chats.")
def history(
    chat: Annotated[str | None, typer.Argument(help="Phone number or chat id; without it, all chats.")] = None,
    *,
    count: Annotated[int, typer.Option(help="Greatest number of messages of a chat.", min=1)] = 20,
    minutes: Annotated[int, typer.Option(help="Without a chat: how far to look back.", min=1)] = 60,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Show the messages of a chat, or the latest of all chats, oldest first. They lag behind by up to two minutes."""
    with importing():
        from greenapi_async.cli.journals import show_history
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(show_history, profile, config, json, chat, count, minutes))


@app.command()
def contacts(
    *,
    count: Annotated[int | None, typer.Option(help="Greatest number of contacts; all by default.", min=1)] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the contacts of the account."""
    with importing():
        from greenapi_async.cli.journals import list_contacts
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(list_contacts, profile, config, json, count, group=False))


@app.command()
def groups(
    *,
    count: Annotated[int | None, typer.Option(help="Greatest number of groups; all by default.", min=1)] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the groups of the account."""
    with importing():
        from greenapi_async.cli.journals import list_contacts
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(list_contacts, profile, config, json, count, group=True))


@app.command()
def call(
    method: Annotated[str, typer.Argument(help="Name of the method, as in the vendor's documentation.")],
    parameters: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=TEXT|NAME:=JSON]...", help="Its parameters.")
    ] = None,
    *,
    verb: Annotated[
        Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None,
        typer.Option(help="HTTP verb, for a method that the library does not know.", case_sensitive=False),
    ] = None,
    profile: ProfileOption = None,
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Call any method of the API, and print its answer as JSON."""
    with importing():
        from greenapi_async.cli.call import call_method
        from greenapi_async.cli.run import run_command

    raise typer.Exit(run_command(call_method, profile, config, json, method, parameters or [], verb))
