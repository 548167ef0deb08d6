"""The command line tool ``greenapi``. Requires the extras ``cli`` and ``sandbox``."""

import sys
from importlib.util import find_spec

from greenapi_async.errors import MissingExtraError

__all__ = ["main"]


def main() -> None:
    """Run the command line tool.

    Exit statuses: 0 if the command succeeded, 1 if it failed, 2 if it was used wrongly, 130 after Ctrl-C. Errors are
    one line on stderr. Without the extras, it says how to install them and exits with status 1.
    """
    try:
        _check_extras()
        from greenapi_async.cli import commands  # noqa: PLC0415
        from greenapi_async.cli.failures import run_app  # noqa: PLC0415
    except MissingExtraError as error:
        sys.exit(f"greenapi: {error.reason}")
    except KeyboardInterrupt:  # during the imports
        sys.exit(130)
    sys.exit(run_app(commands.app))


def _check_extras() -> None:
    for name in ("typer", "rich", "segno", "starlette", "uvicorn"):
        if find_spec(name) is None:
            raise MissingExtraError("cli,sandbox", name)
