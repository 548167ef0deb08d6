"""Failures of commands: one line on stderr, and the exit status."""

import re
import sys
from typing import Any, Final, cast

import typer

from greenapi_async.cli.text import terminal_advice
from greenapi_async.errors import GreenAPIError, InvalidArgumentError

__all__ = ["run_app"]

FAILED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130
_VALIDATION: Final = (
    (r": Value error, ", ": "),
    (r"\bInput should be a valid integer\b.*", "expected a whole number"),
    (r"\bInput should be a valid number\b.*", "expected a number"),
    (r"\bInput should be greater than or equal to ", "expected at least "),
    (r"\bInput should be less than or equal to ", "expected at most "),
    (r"\bInput should be ", "expected "),
)
"""Words of pydantic, which checks the values of options and arguments, and what they mean in a terminal."""
_UsageError: Final = cast("type[Exception]", typer.BadParameter.__bases__[0])
"""Of click, or of the copy of click in newer versions of typer."""


def run_app(app: typer.Typer) -> int:
    """Run a command.

    Args:
        app: The application.

    Returns:
        The exit status.
    """
    try:
        return cast("int | None", app(prog_name="greenapi", standalone_mode=False)) or 0
    except _UsageError as error:
        return _report_usage(error)
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except InvalidArgumentError as error:
        message = str(error).replace(error.advice, terminal_advice(error.advice)) if error.advice else str(error)
        return _report(_command(app), message, WRONG_USE)
    except GreenAPIError as error:
        return _report(_command(app), terminal_advice(str(error)), FAILED)
    except OSError as error:  # of a file of this machine; those of the network are errors of the package
        where = f": {error.filename}" if error.filename is not None else ""
        return _report(_command(app), f"{error.strerror or error}{where}", FAILED)


def _report_usage(error: Any) -> int:
    if error.ctx is None:
        return _report("greenapi", error.format_message(), WRONG_USE)
    context: Any = error.ctx
    path: str = context.command_path
    if type(error).__name__ == "NoArgsIsHelpError":
        if context.parent is None:
            print(context.get_help(), file=sys.stderr)  # noqa: T201  terminal output is the purpose
            return WRONG_USE
        return _report(path, f"a command is missing: {', '.join(context.command.commands)}", WRONG_USE)
    message = _in_plain_words(error.format_message())
    end = "" if message.endswith("?") else "."
    if type(error).__name__ == "NoSuchOption" and not error.option_name.startswith("--"):
        end += " Arguments that begin with a hyphen go behind --."
    return _report(path, f"{message.rstrip('.')}{end} See {path} --help.", WRONG_USE)


def _in_plain_words(message: str) -> str:
    """Return a message without what the validation inside typer adds for programmers."""
    for pattern, replacement in _VALIDATION:
        message = re.sub(pattern, replacement, message)
    return message


def _report(path: str, message: str, status: int) -> int:
    line = re.sub(r"\s+", " ", message).strip()
    print(f"{path}: {line}", file=sys.stderr)  # noqa: T201
    return status


def _command(app: typer.Typer) -> str:
    """Return the command as it was typed, without its arguments."""
    groups = {group.name for group in app.registered_groups}
    words = [word for word in sys.argv[1:] if not word.startswith("-")]
    return " ".join(["greenapi", *words[: 2 if words and words[0] in groups else 1]])
