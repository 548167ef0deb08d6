"""Filters of the text, whichever type of message carries it."""

import re

import attrs

from greenapi_async.bots.checking import is_a
from greenapi_async.bots.event import Event
from greenapi_async.bots.filters.arguments import strings, written
from greenapi_async.bots.filters.filter import Filter
from greenapi_async.errors import InvalidArgumentError

__all__ = ["Command", "command", "contains", "regex", "text"]


@attrs.frozen
class Command:
    """A command that was found; a handler may ask for it."""

    name: str
    """As the filter names it."""
    arguments: tuple[str, ...]
    """The words after it."""
    text: str
    """All that stands after it."""


def text(*wanted: str, ignore_case: bool = False) -> Filter:
    """Match a text that is one of these, from its first to its last letter."""
    words = written("text", *strings("text", wanted), ignore_case=ignore_case)
    if ignore_case:
        folded = frozenset(one.casefold() for one in wanted)
        return Filter(lambda event: event.folded in folded, words)
    exact = frozenset(wanted)
    return Filter(lambda event: event.text in exact, words)


def contains(*parts: str, ignore_case: bool = False) -> Filter:
    """Match a text in which one of these stands somewhere."""
    words = written("contains", *strings("contains", parts), ignore_case=ignore_case)
    if ignore_case:
        folded = [part.casefold() for part in parts]
        return Filter(lambda event: any(part in event.folded for part in folded), words)
    return Filter(lambda event: event.text is not None and any(part in event.text for part in parts), words)


def regex(pattern: str | re.Pattern[str], flags: int = 0) -> Filter:
    """Match a text in which the pattern is found anywhere; the handler may ask for the ``re.Match[str]``."""
    try:
        search = re.compile(pattern, flags).search
        search("")
    except (re.error, ValueError, TypeError) as error:
        raise InvalidArgumentError(f"regex() is given {pattern!r}, which cannot be used: {error}") from None

    def test(event: Event) -> bool:
        if event.text is None:
            return False
        match = search(event.text)
        if match is None:
            return False
        event.found = {**event.found, re.Match: match}
        return True

    source = pattern if isinstance(pattern, str) else pattern.pattern
    return Filter(test, written("regex", source, flags=flags), frozenset({re.Match}))


def command(*names: str, prefixes: str = "/") -> Filter:
    """Match a text whose first word is one of these after a prefix, in any case.

    The handler may ask for the ``Command``. Each character of ``prefixes`` is one; where it is empty, the bare word is
    the command.
    """
    strings("command", names)
    if not is_a(prefixes, str) or any(prefix.isspace() or prefix.isalnum() for prefix in prefixes):
        raise InvalidArgumentError(f"command() is given the prefixes {prefixes!r}; signs such as '/!' are needed")
    for name in names:
        if len(name.split()) != 1 or name != name.strip() or name[0] in prefixes:
            raise InvalidArgumentError(f"command() is given {name!r}; one word without its prefix is needed")
    by_word = {(prefix + name).casefold(): name for name in names for prefix in prefixes or ("",)}

    def test(event: Event) -> bool:
        name = by_word.get(event.first_word)
        if name is None:
            return False
        after = (event.text or "").split(None, 1)[1:]
        rest = after[0].strip() if after else ""
        event.found = {**event.found, Command: Command(name, tuple(rest.split()), rest)}
        return True

    prefixed = {} if prefixes == "/" else {"prefixes": prefixes}
    return Filter(test, written("command", *names, **prefixed), frozenset({Command}))
