"""The command ``greenapi``; its dependencies are the extra ``cli``, and those of the sandbox the extra ``sandbox``."""

import sys
from importlib.util import find_spec

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    missing = [name for name in ("typer", "rich", "segno", "starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        sys.exit(f"greenapi lacks {', '.join(missing)}; install them with pip install 'greenapi-async[cli,sandbox]'")
    try:
        from greenapi_async.cli.commands import app  # noqa: PLC0415  an extra, needed from here on only

        app()
    except KeyboardInterrupt:  # while it was being imported
        sys.exit(130)
