"""Formatting of message texts: pure functions from text to text.

WhatsApp formats ``*bold*``, ``_italic_``, ``~struck~`` and code in backticks. A marker opens if it stands after the
start of the line, a space or punctuation and before something else than a space; it closes the other way round, on the
same line. So a marker inside of a word, as in ``snake_case``, means nothing, and ``bold("a") + "b"`` is not bold.

There is no escape character. ``escape`` puts a hair space behind a marker that could open, and a zero-width space
before one that begins a list or a quote; URLs stay as they are. For Markdown see ``serialization.markdown``.

Lengths are counted as the server does, in UTF-16 code units: most emoji are two.
"""

import re
import unicodedata
from typing import Final

from greenapi_async.errors import InvalidArgumentError

__all__ = ["MAX_LENGTH", "bold", "escape", "italic", "length", "monospace", "split_text", "strikethrough"]

MAX_LENGTH: Final = 20_000
"""Length limit of ``send_message`` on WhatsApp and Telegram; MAX allows 4,000."""

HAIR_SPACE: Final = "\u200a"
ZERO_WIDTH_SPACE: Final = "\u200b"
URL: Final = r"https?://[^\s<>]+"

_ESCAPED: Final = re.compile(rf"(?P<url>{URL})|(?P<line>^[ \t]*(?=[-*] |>))|(?P<run>[*_~`]+)", re.MULTILINE)
_BREAKS: Final = tuple(
    re.compile(pattern) for pattern in (r"\n\s*\n", r"\n", r"(?<=[.!?…])[\"'»”’)\]]*\s+|(?<=[。！？])[」』”’]*", r"\s+")
)
"""Where a text is split: the best place first."""
_TAGS: Final = "".join(map(chr, range(0xE0020, 0xE0080)))
"""Letters of the flags of countries within a country."""
_EMOJI_PARTS: Final = frozenset("\u200d\ufe0e\ufe0f\u20e3\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff" + _TAGS)
_FLAG_LETTERS: Final = "".join(map(chr, range(0x1F1E6, 0x1F200)))
_MAX_CLUSTER: Final = 32
"""A character with more marks than this may be split."""


def bold(text: str) -> str:
    """Make a text bold: ``*text*``.

    Every line is marked by itself, without the spaces around it, because WhatsApp formats no other way.

    Args:
        text: The text; it may contain other formatting. Pass what users wrote through ``escape``.

    Example:
        >>> bold(f"Order {italic('17')}")
        '*Order _17_*'
    """
    return _marked(text, "*")


def italic(text: str) -> str:
    """Make a text italic: ``_text_``. See ``bold``."""
    return _marked(text, "_")


def strikethrough(text: str) -> str:
    """Strike a text through: ``~text~``. See ``bold``."""
    return _marked(text, "~")


def monospace(text: str) -> str:
    """Show a text in a fixed-width font: three backticks around it.

    Nothing inside is formatted. Lines stay together in one block.

    Args:
        text: The text, shown as it is; backticks that could end the block get a hair space between them.
    """
    if not text.strip():
        return text
    safe = re.sub(r"`(?=``)|(?<=`)`(?=`)", f"`{HAIR_SPACE}", text)
    before, after = (HAIR_SPACE if safe[end] == "`" else "" for end in (0, -1))
    return f"```{before}{safe}{after}```"


def escape(text: str) -> str:
    """Return a text that WhatsApp shows without formatting it, for what users wrote or what comes from elsewhere.

    Only characters that nobody sees are added, and only where formatting could begin.

    Args:
        text: The text.

    Example:
        >>> await notification.reply(f"{bold('You wrote')}: {escape(notification.text)}")
    """

    def safe(found: re.Match[str]) -> str:
        run = found["run"]
        if run is None:
            return found["url"] or f"{ZERO_WIDTH_SPACE}{found['line']}"
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        may_open = len(run) > 1 or (after.strip() and not before.isalnum())
        return HAIR_SPACE.join([*run, ""]) if may_open else run

    return _ESCAPED.sub(safe, text)


def length(text: str) -> int:
    """Return the length of a text as the server counts it, in UTF-16 code units."""
    return len(text) + sum(map("\uffff".__lt__, text))


def split_text(text: str, limit: int = MAX_LENGTH) -> list[str]:
    """Split a text into parts that can be sent as messages: at paragraphs, lines, sentences or else words.

    A part is cut at a paragraph if that leaves it at least half full, else at a line, and so on. Only a word that is
    longer than the limit is cut, but not within an emoji or a letter with accents.

    Args:
        text: The text.
        limit: Greatest length of a part, in UTF-16 code units, at least 2. The default is that of ``send_message``;
            on MAX it is 4,000.

    Returns:
        The parts, without white space around them and none of them empty.

    Raises:
        InvalidArgumentError: ``limit`` is less than 2.

    Example:
        >>> for number, part in enumerate(split_text(answer)):
        ...     await notification.reply(part, once=f"answer-{notification.id_message}-{number}")
    """
    if limit < 2:
        raise InvalidArgumentError(f"limit must be at least 2, got {limit!r}")
    parts: list[str] = []
    rest = text.strip()
    start = 0
    while start < len(rest):
        end = _end_of_part(rest, start, limit)
        parts.append(rest[start:end].rstrip())
        start = end
        while start < len(rest) and rest[start].isspace():
            start += 1
    return parts


def _marked(text: str, marker: str) -> str:
    return re.sub(r"\S(?:.*\S)?", lambda line: f"{marker}{line[0]}{marker}", text)


def _end_of_part(text: str, start: int, limit: int) -> int:
    """Return the end of the part that begins at ``start``, which is no space."""
    end = _fitting(text, start, limit)
    if end == len(text):
        return end
    middle = start + max(1, (end - start) // 2)
    for pattern in _BREAKS:
        found = _last(pattern, text, middle, end)
        if found is not None:
            return found
    return _last(_BREAKS[-1], text, start + 1, end) or _between_characters(text, start, end)


def _fitting(text: str, start: int, limit: int) -> int:
    """Return the greatest end with which the part is not longer than the limit."""
    end = min(start + limit, len(text))
    excess = length(text[start:end]) - limit
    while excess > 0:
        end -= 1
        excess -= 2 if text[end] > "\uffff" else 1
    return end


def _last(pattern: re.Pattern[str], text: str, start: int, end: int) -> int | None:
    """Return where the white space of the last break in a range begins; it may reach out of the range."""
    ends = (match.start() + len(match[0].rstrip()) for match in pattern.finditer(text, start, end + _MAX_CLUSTER))
    return max((place for place in ends if place <= end), default=None)


def _between_characters(text: str, start: int, end: int) -> int:
    """Return the last end that cuts no emoji and no letter with its marks; ``end`` if there is none nearby."""
    for place in range(end, max(start, end - _MAX_CLUSTER), -1):
        if not (
            unicodedata.category(text[place]).startswith("M")
            or text[place] in _EMOJI_PARTS
            or text[place - 1] == "\u200d"
            or _is_within_flag(text, start, place)
        ):
            return place
    return end


def _is_within_flag(text: str, start: int, place: int) -> bool:
    """Return whether a place is between the two letters of a flag."""
    letters = len(text[start:place]) - len(text[start:place].rstrip(_FLAG_LETTERS))
    return letters % 2 == 1 and text[place] in _FLAG_LETTERS
