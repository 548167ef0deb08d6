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

__all__ = ["Session", "run_command"]

P = ParamSpec("P")

TIMEOUT = 30.0
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

    def client(self, *, is_check: bool = False) -> "Client":
        """Create a client that gives up after seconds instead of minutes.

        Args:
            is_check: Whether no answer is an answer, too: then a read ends within 20 seconds.

        Raises:
            InvalidArgumentError: The instance is not configured.
        """
        from greenapi_async.http.retry import Retry  # noqa: PLC0415  not needed for the inbox

        if is_check:
            return self.configuration.client(retry=Retry(patience=PATIENCE, repeats=1), timeout=CHECK_TIMEOUT)
        return self.configuration.client(retry=Retry(patience=PATIENCE), timeout=TIMEOUT)


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
