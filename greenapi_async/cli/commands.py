"""Commands of the command line tool."""

import errno
import secrets
from typing import Annotated

from greenapi_async.errors import MissingExtraError

try:
    import typer
    from rich.console import Console

    from greenapi_async.cli.demo import run_demo
    from greenapi_async.cli.record import record
    from greenapi_async.cli.replay import replay
    from greenapi_async.sandbox import Sandbox
    from greenapi_async.sandbox.server import SandboxServer
except ModuleNotFoundError as error:
    raise MissingExtraError("cli,sandbox", str(error.name).partition(".")[0]) from None

from greenapi_async._version import __version__
from greenapi_async.cli.text import curl_examples, environment_exports
from greenapi_async.models.messengers import Messenger as MessengerName

__all__ = ["app"]

REMOTE_WARNING = (
    "Anyone who can reach the port can, without a password, read and write all chats, see the token, and make this "
    "machine send requests to any address (webhookUrl)."
)

app = typer.Typer(
    help="GREEN-API without a phone: a local sandbox, a demo, and recordings of real instances to replay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


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


@app.command()
def sandbox(
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
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help=f"Accept connections from other machines. {REMOTE_WARNING}"),
    ] = False,
) -> None:
    """Run a fake GREEN-API server with one instance and a web page with the phones of its contacts."""
    state = Sandbox()
    console = Console(highlight=False, soft_wrap=True)
    try:
        # Pages of other sites, open in the same browser, must not be able to guess the token.
        instance = state.add_instance(token=token or secrets.token_hex(25), messenger=messenger.value)
        with SandboxServer(state, host, port, allow_remote=allow_remote) as server:
            console.print(f"The sandbox is running at {server.url}")
            if server.is_open:
                console.print(f"\n[bold]{REMOTE_WARNING}[/bold]")
            console.print("\nOpen it in a browser to chat with your bot. Run the bot in another terminal with:\n")
            console.print(environment_exports(server.url, instance.id_instance, instance.token, messenger))
            if not token:
                console.print("\nThe token changes at each start; --token keeps one of your own.")
            console.print("\nOr send and read messages from a terminal:\n")
            console.print(curl_examples(server.url, instance.id_instance))
            console.print("\nPress Ctrl-C to stop.")
            server.wait()
    except KeyboardInterrupt:
        console.print("Stopped.")
    except (OSError, ValueError) as error:
        is_used = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = f"port {port} is in use; choose another with --port, or a free one with --port 0" if is_used else error
        typer.echo(f"greenapi sandbox: {reason}", err=True)
        raise typer.Exit(1) from None


@app.command()
def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the sandbox running afterwards and print how to use it.")
    ] = False,
) -> None:
    """Run the echo bot against a sandbox over HTTP and print the conversation."""
    raise typer.Exit(run_demo(Console(highlight=False, soft_wrap=True), keep=keep))


app.command()(record)
app.command()(replay)
