"""The work of the command ``greenapi sandbox``."""

import errno
import secrets

import typer
from rich.console import Console

from greenapi_async.cli.text import REMOTE_WARNING, curl_examples, environment_exports
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

__all__ = ["run_sandbox"]


def run_sandbox(*, port: int, host: str, token: str, messenger: str, allow_remote: bool) -> int:
    """Run a sandbox with one instance until Ctrl-C.

    Args:
        port: Port to listen on; 0 chooses a free one.
        host: Address to listen on.
        token: Token of the instance; an empty string creates a random one.
        messenger: Messenger of the instance.
        allow_remote: Whether ``host`` may be other than loopback.

    Returns:
        The exit status.
    """
    state = Sandbox()
    console = Console(highlight=False, soft_wrap=True)
    try:
        # Pages of other sites, open in the same browser, must not be able to guess the token.
        instance = state.add_instance(token=token or secrets.token_hex(25), messenger=messenger)
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
        return 1
    return 0
