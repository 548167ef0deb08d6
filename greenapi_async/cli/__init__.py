"""The command line tool ``greenapi``. Requires the extras ``cli`` and ``sandbox``."""

import sys

from greenapi_async.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line tool. Without its extras, print how to install them and exit with status 1."""
    try:
        from greenapi_async.cli.commands import app  # noqa: PLC0415  it requires the extras

        app()
    except MissingExtraError as error:
        sys.exit(f"greenapi: {error.reason}")
    except KeyboardInterrupt:  # during the imports
        sys.exit(130)
