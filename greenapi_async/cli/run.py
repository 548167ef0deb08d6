"""Running the work of a command: its instance, its output, and errors as one line."""

import functools
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec

import anyio
import attrs

from greenapi_async.cli.configuration import Configuration, load_configuration
from greenapi_async.cli.output import Output

if TYPE_CHECKING:
    from greenapi_async.client import Client
    from greenapi_async.inbox.outbox import Outbox

__all__ = ["Session", "run_command"]

P = ParamSpec("P")

TIMEOUT = 30.0
"""Seconds after which a server that does not answer is given up."""
CHECK_TIMEOUT = 8.0
"""Seconds; container platforms give a health check 30 seconds."""
PATIENCE = 10.0
"""Seconds for which a command repeats a request that fails, unless it says otherwise."""


@attrs.frozen
class Session:
    """Instance and output of a command.

    Attributes:
        configuration: The instance.
        output: Where to print.
    """

    configuration: Configuration
    output: Output

    def client(self, *, is_check: bool = False, outbox: "Outbox | None" = None) -> "Client":
        """Create a client for single requests, with a person in front: it gives up after seconds instead of minutes.

        Args:
            is_check: Whether no answer is an answer, too: then it is awaited for 8 seconds instead of 30.
            outbox: Remembers idempotency keys.

        Raises:
            InvalidArgumentError: The instance is not configured.
        """
        from greenapi_async.cli.patience import Patience  # noqa: PLC0415  not needed for the inbox

        timeout = CHECK_TIMEOUT if is_check else TIMEOUT
        return self.configuration.client(retry=Patience(patience=PATIENCE), timeout=timeout, outbox=outbox)

    def polling_client(self) -> "Client":
        """Create a client that polls until it is stopped, with the library's own patience.

        Raises:
            InvalidArgumentError: The instance is not configured.
        """
        return self.configuration.client()


def run_command(
    work: Callable[Concatenate[Session, P], Awaitable[int | None]],
    profile: str | None,
    config: Path | None,
    json: bool,
    *args: P.args,
    **kwargs: P.kwargs,
) -> int:
    """Run the work of a command.

    Args:
        work: Function of the session and the arguments; returns the exit status, None for 0.
        profile: Name of a profile; None for the environment.
        config: File with the profiles.
        json: Whether to print JSON.
        *args: Passed to ``work``.
        **kwargs: Passed to ``work``.

    Raises:
        GreenAPIError: The command fails; ``main`` prints it.
    """
    configuration = load_configuration(profile, config)
    session = Session(configuration, Output(json=json, secrets=configuration.secrets))
    return anyio.run(functools.partial(work, session, *args, **kwargs)) or 0
