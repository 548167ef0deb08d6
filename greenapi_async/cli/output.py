"""Output of commands: aligned text with colours on a terminal, or one JSON document.

Everything passes through one filter that replaces the instance's secrets, so no answer, log record or error can show
them.
"""

import json
import os
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TextIO, cast

import attrs

from greenapi_async.cli.terminal import Terminal
from greenapi_async.serialization.encoding import camel_case

__all__ = ["Output", "one_line", "plain", "shortened", "to_json", "visible_lines"]

_CODES: Final = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_HIDDEN: Final = ("webhookUrlToken", "webhook_url_token", "proxyInstance", "apiTokenInstance")
"""Fields of answers that are secrets themselves."""
_ESCAPED: Final = re.compile("[\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that JSON escapes: controls, changes of direction, and halves of surrogate pairs."""
_JOINERS: Final = "\u200c\u200d"


class Output:
    """Output of one command.

    Attributes:
        json: Whether to print JSON.
    """

    def __init__(
        self, *, json: bool = False, secrets: Iterable[str] = (), on_closed: Callable[[], object] = lambda: None
    ) -> None:
        """Create the output.

        Args:
            json: Whether to print JSON.
            secrets: What no line may contain.
            on_closed: Called when stdout cannot be written to any more.
        """
        self.json = json
        self._secrets = [secret for secret in secrets if secret]
        self._terminal = Terminal(on_closed)
        self._colours = _has_colours(sys.stdout)

    @property
    def is_closed(self) -> bool:
        """True once nobody reads the output any more, as in ``greenapi tail | head``."""
        return self._terminal.is_closed

    def line(self, text: str = "") -> None:
        """Print a line, unless JSON is printed."""
        if not self.json:
            self._terminal.print(self.masked(text))

    def note(self, text: str) -> None:
        """Print a line to stderr: progress and hints, which are not the result."""
        print(self.masked(text), file=sys.stderr, flush=True)  # noqa: T201  terminal output is the purpose

    def document(self, value: Any) -> None:
        """Print a value as JSON, if JSON is printed: indented on a terminal, otherwise on one line."""
        if self.json:
            indent = 2 if sys.stdout.isatty() else None
            self._terminal.print(self.masked(to_json(plain(value), indent=indent)))

    def record(self, value: Any) -> None:
        """Print a value as one line of JSON, if JSON is printed."""
        if self.json:
            self._terminal.print(self.masked(to_json(plain(value))))

    def fields(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Print names and values, aligned; continuation lines of a value are indented."""
        rows = list(pairs)
        width = max((len(name) for name, _ in rows), default=0)
        for name, value in rows:
            first, *others = value.splitlines() or [""]
            self.line(f"{self.style(name.ljust(width), 'dim')}  {first}")
            for other in others:
                self.line(f"{'':{width}}  {other}")

    def table(self, rows: Sequence[Sequence[str]]) -> None:
        """Print rows with aligned columns; the last column is not padded."""
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
            self.line("  ".join([*cells, row[-1]]).rstrip())

    def style(self, text: str, *names: str) -> str:
        """Return a text in a colour, if the output is a terminal.

        Args:
            text: The text.
            names: Of ``bold``, ``dim``, ``red``, ``green``, ``yellow``, ``cyan``.
        """
        if not self._colours or not names:
            return text
        return f"\x1b[{';'.join(_CODES[name] for name in names)}m{text}\x1b[0m"

    def masked(self, text: str) -> str:
        """Return a text without the secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def to_json(value: Any, *, indent: int | None = None, compact: bool = False) -> str:
    """Return a value as JSON that any terminal and file can take.

    What would control a terminal is escaped, and so are halves of surrogate pairs, which texts may have and UTF-8 not.

    Args:
        value: The value.
        indent: Spaces by which levels are indented; None for one line.
        compact: Whether to leave out spaces.
    """
    separators = (",", ":") if compact else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def one_line(text: str) -> str:
    """Return a text as one line without control characters."""
    return re.sub(r"\s+", " ", _visible(text)).strip()


def visible_lines(text: str) -> str:
    """Return a text of one or more lines without control characters, which would control the terminal."""
    return "\n".join(_visible(line) for line in text.splitlines())


def _visible(text: str) -> str:
    """Return a text with question marks for control characters, and without invisible ones that join nothing.

    Emoji and several scripts need the joiners. Other format characters change the direction of what follows.
    """
    kept = "".join(char for char in text if char in _JOINERS or unicodedata.category(char) != "Cf")
    return "".join(char if char.isprintable() or char.isspace() or char in _JOINERS else "?" for char in kept)


def shortened(text: str, length: int) -> str:
    """Return a text as one line, cut at a length.

    Args:
        text: The text.
        length: Most characters.
    """
    line = one_line(text)
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _has_colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _fields(value: Any) -> Mapping[str, Any]:
    """Return what an object of the server was received as; the fields of any other object, spelt as the server does."""
    fields = attrs.asdict(value, recurse=False)
    raw = fields.get("raw")
    if raw:
        received: Mapping[str, Any] = raw
        return received
    if raw is not None:
        fields = {name: part for name, part in fields.items() if part is not None and not name.startswith(("raw", "_"))}
    return {camel_case(name): part for name, part in fields.items()}


def plain(value: Any) -> Any:
    """Return a value as JSON has it; objects of the server as they were received, without their secrets."""
    if attrs.has(cast("type[object]", type(value))):
        return plain(_fields(value))
    if isinstance(value, Mapping):
        parts = cast("Mapping[object, object]", value).items()
        return {str(name): "***" if name in _HIDDEN and part else plain(part) for name, part in parts}
    if isinstance(value, str | int | float | None):
        return getattr(value, "value", value)  # of an enum
    if isinstance(value, Iterable):
        return [plain(part) for part in cast("Iterable[object]", value)]
    return value.isoformat() if isinstance(value, datetime) else str(value)
