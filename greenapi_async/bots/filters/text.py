"""Filters by the text of a notification, whichever message type carries it.

Wherever one of them has matched, the notification has a text. A handler receives it by the annotation ``Text``, a
``str`` for type checkers too, while ``notification.text`` is None for a sticker or a location.
"""

import re
from typing import Final, cast

import attrs

from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.filter import Filter, format_call, require_strings
from greenapi_async.errors import InvalidArgumentError

__all__ = ["Command", "Text", "command", "contains", "has_text", "regex", "text"]


class Text(str):
    """The text of the notification; a handler receives it by annotation if a filter is certain to have checked it.

    These filters do so: ``has_text``, ``text``, ``contains``, ``regex`` and ``command``.

    Example:
        >>> @router.message(filters.has_text)
        ... async def echo(notification: IncomingMessageReceived, text: Text) -> None:
        ...     await notification.reply(text)
    """

    __slots__ = ()


_TEXT: Final = frozenset({Text})


@attrs.frozen
class Command:
    """A command found by ``filters.command``; a handler receives it by annotation.

    Attributes:
        name: The name as passed to the filter.
        arguments: The words after the command.
        text: The whole text after the command.
    """

    name: str
    arguments: tuple[str, ...]
    text: str


has_text: Final = Filter(lambda event: bool(event.text), "has_text", _TEXT)
"""Match notifications with a text: also captions, pressed buttons and quotes, but no sticker and no plain photo."""


def text(*wanted: str, ignore_case: bool = False) -> Filter:
    """Match notifications whose whole text equals one of these.

    Args:
        *wanted: One or more texts.
        ignore_case: Whether upper and lower case are equal.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a non-empty string.

    Example:
        >>> @router.message(filters.text("hi", "hello", ignore_case=True))
        ... async def greet(notification: IncomingMessageReceived, text: Text) -> None:
        ...     await notification.reply(f"{text}!")
    """
    require_strings("text", wanted)
    source = format_call("text", *wanted, ignore_case=ignore_case)
    if ignore_case:
        folded = frozenset(one.casefold() for one in wanted)
        return Filter(lambda event: event.folded in folded, source, _TEXT)
    exact = frozenset(wanted)
    return Filter(lambda event: event.text in exact, source, _TEXT)


def contains(*parts: str, ignore_case: bool = False) -> Filter:
    """Match notifications whose text contains at least one of these.

    Args:
        *parts: One or more texts.
        ignore_case: Whether upper and lower case are equal.

    Raises:
        InvalidArgumentError: There is no argument, or one is not a non-empty string.
    """
    require_strings("contains", parts)
    source = format_call("contains", *parts, ignore_case=ignore_case)
    if ignore_case:
        folded = [part.casefold() for part in parts]
        return Filter(lambda event: any(part in event.folded for part in folded), source, _TEXT)
    return Filter(lambda event: event.text is not None and any(part in event.text for part in parts), source, _TEXT)


def regex(pattern: str | re.Pattern[str], flags: int = 0) -> Filter:
    r"""Match notifications in whose text a regular expression is found.

    The handler receives the match by the annotation ``re.Match[str]``.

    Args:
        pattern: The regular expression; it may match anywhere in the text.
        flags: Flags of ``re``; 0 if ``pattern`` is compiled.

    Raises:
        InvalidArgumentError: The pattern or its flags are not valid.

    Example:
        >>> @router.message(filters.regex(r"order (\\d+)"))
        ... async def order(notification: IncomingMessageReceived, match: re.Match[str]) -> None:
        ...     await notification.reply(f"Order {match[1]} is on its way.")
    """
    try:
        search = re.compile(pattern, flags).search
        search("")
    except (re.error, ValueError, TypeError) as error:
        raise InvalidArgumentError(f"regex() expects a regular expression for str, got {pattern!r}: {error}") from None

    def test(event: Event) -> bool:
        if event.text is None:
            return False
        match = search(event.text)
        if match is None:
            return False
        event.captured = {**event.captured, re.Match: match}
        return True

    source = pattern if isinstance(pattern, str) else pattern.pattern
    return Filter(test, format_call("regex", source, flags=flags), frozenset({re.Match, Text}))


def command(*names: str, prefixes: str = "/") -> Filter:
    """Match texts that begin with one of these commands, ignoring case.

    The handler receives the parsed command by the annotation ``Command``.

    Args:
        *names: One or more command names, each one word without its prefix.
        prefixes: Characters of which one must precede the name; if empty, the bare word is the command.

    Raises:
        InvalidArgumentError: There is no name, a name is not one word, or a prefix is a letter, digit or space.

    Example:
        >>> @router.message(filters.command("order"))
        ... async def order(notification: IncomingMessageReceived, command: Command) -> None:
        ...     await notification.reply(f"Ordered: {command.text}")
    """
    require_strings("command", names)
    if not isinstance(cast("object", prefixes), str) or any(
        prefix.isspace() or prefix.isalnum() for prefix in prefixes
    ):
        raise InvalidArgumentError(f"prefixes must be punctuation such as '/!', got {prefixes!r}")
    for name in names:
        if len(name.split()) != 1 or name != name.strip() or name[0] in prefixes:
            raise InvalidArgumentError(f"command() expects names of one word without a prefix, got {name!r}")
    by_word = {(prefix + name).casefold(): name for name in names for prefix in prefixes or ("",)}

    def test(event: Event) -> bool:
        name = by_word.get(event.first_word)
        if name is None:
            return False
        after = (event.text or "").split(None, 1)[1:]
        rest = after[0].strip() if after else ""
        event.captured = {**event.captured, Command: Command(name, tuple(rest.split()), rest)}
        return True

    options = {} if prefixes == "/" else {"prefixes": prefixes}
    return Filter(test, format_call("command", *names, **options), frozenset({Command, Text}))
