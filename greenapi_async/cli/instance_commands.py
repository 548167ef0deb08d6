"""Commands on an instance: their options."""

import typer

from greenapi_async.cli.app import ConfigOption, InboxOption, JsonOption, ProfileOption, app, importing

__all__ = ["doctor", "status"]


@app.command()
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


@app.command()
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
