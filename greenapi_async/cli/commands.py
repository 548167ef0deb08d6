"""The commands and their options."""

import secrets
from typing import Annotated

import typer
from rich.console import Console

from greenapi_async.cli.demo import run_demo
from greenapi_async.cli.record import record
from greenapi_async.cli.replay import replay
from greenapi_async.cli.text import access, curl
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["app"]

OPEN = (
    "Whoever reaches the port needs no password to read and write every chat, to see the token, and to let this "
    "machine send requests to any address (webhookUrl)."
)

app = typer.Typer(
    help="GREEN-API without a phone: a local sandbox, a demonstration, and recordings of real instances to replay.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Where to listen; 0 takes a free port.", min=0, max=65535)] = 8080,
    host: Annotated[str, typer.Option(help="Loopback, unless --allow-remote.")] = "127.0.0.1",
    token: Annotated[
        str, typer.Option(help="The instance's token, for a bot that keeps it; another at each start if not given.")
    ] = "",
    allow_remote: Annotated[
        bool,
        typer.Option("--allow-remote", help=f"Let other machines in. {OPEN}"),
    ] = False,
) -> None:
    """Serve a fake GREEN-API with one instance until Ctrl-C, and a page with the phones of those who write to it."""
    state = Sandbox()
    console = Console(highlight=False, soft_wrap=True)
    try:
        instance = state.add_instance(token=token or secrets.token_hex(25))  # one that other sites' pages do not know
        with SandboxServer(state, host, port, allow_remote=allow_remote) as server:
            console.print(f"A sandbox of GREEN-API listens on {server.url}")
            if server.is_open:
                console.print(f"\n[bold]{OPEN}[/bold]")
            console.print("\nOpen it in a browser to write to a bot as people do. For the bot, in another terminal:\n")
            console.print(access(server.url, instance.id_instance, instance.token))
            console.print("\nOr write to it from a terminal:\n")
            console.print(curl(server.url, instance.id_instance))
            console.print("\nCtrl-C ends it.")
            server.wait()
    except KeyboardInterrupt:
        console.print("Ended.")
    except (OSError, ValueError) as error:
        typer.echo(f"greenapi sandbox: {error}", err=True)
        raise typer.Exit(1) from None


@app.command()
def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave the sandbox running and print how to reach it.")] = False,
) -> None:
    """Run the echo bot against a sandbox over HTTP, and print the conversation."""
    raise typer.Exit(run_demo(Console(highlight=False, soft_wrap=True), keep=keep))


app.command()(record)
app.command()(replay)
