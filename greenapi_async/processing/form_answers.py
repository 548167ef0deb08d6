"""Form answers: how the answers to the question of a field are read and shown, by the type of the field."""

import math
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.forms import FormTexts, Question
from greenapi_async.processing.choices import Choices

__all__ = ["Answers", "answers_of", "without_none"]

MAX_DIGITS: Final = 1000
EXAMPLE: Final = datetime(2030, 12, 31, 18, 30)  # noqa: DTZ001  only its digits are shown
FORMATS: Final[Mapping[type, Sequence[str]]] = {
    date: ["%Y-%m-%d", "%d.%m.%Y"],
    time: ["%H:%M", "%H.%M"],
    datetime: ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M"],
}
ALLOWED: Final = (
    "str, int, float, Decimal, bool, date, time, datetime, an Enum, a Literal, one of these or None, a list or a "
    "tuple[..., ...] of options, any type with a converter of texts, or any with choices, as in "
    "attrs.field(metadata=question(choices={...}))"
)

_INTEGER = re.compile(r"[+-]?\d+")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+|,(?!\d{3}$)\d+)?")
"""With a decimal point or comma; a comma before three digits may separate thousands."""
_SPACES = str.maketrans("", "", " \u00a0\u202f")


@attrs.frozen
class Answers:
    """Reader of the answers to a question.

    Attributes:
        read: Returns the value of an answer; ``attrs.NOTHING`` if it is not valid.
        show: Returns the text of a value, for the summary.
        invalid: What the person is told about an answer that is not valid.
        choices: The options that are listed.
        hint: Added to the question.
    """

    read: Callable[[str], Any]
    show: Callable[[Any], str]
    invalid: str
    choices: Choices | None = None
    hint: str = ""


def without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without aliases, ``Annotated`` and None, and whether None was part of it."""
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint = get_args(hint)[0]
        elif hasattr(hint, "__supertype__"):  # a NewType
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif origin is Literal and None in get_args(hint):
            return Literal[tuple(each for each in get_args(hint) if each is not None)], True
        elif origin in {Union, UnionType} and NoneType in get_args(hint):
            others = [each for each in get_args(hint) if each is not NoneType]
            return (without_none(others[0])[0] if len(others) == 1 else hint), True
        else:
            return hint, False


def answers_of(
    hint: Any, asked: Question, texts: FormTexts, translate: Callable[[str], str], *, is_converted: bool
) -> Answers:
    """Return how the answers to a question are read.

    Args:
        hint: Type of the field, without None.
        asked: What is asked.
        texts: Texts of the form, translated.
        translate: Translates the other texts.
        is_converted: Whether the field has a converter.

    Raises:
        InvalidArgumentError: There is no way to read this type.
    """
    is_several = get_origin(hint) is list or (get_origin(hint) is tuple and get_args(hint)[1:] == (...,))
    options = _options(without_none(get_args(hint)[0])[0] if is_several else hint, asked, texts)
    if options is not None:
        choices = _translated(options, texts, translate)
        values = list(options.values())
        return _several(get_origin(hint), choices, values, texts) if is_several else _one_of(choices, values, texts)
    if hint in FORMATS:
        return _moments(hint, asked.formats, texts)
    if asked.formats:
        raise InvalidArgumentError(f"it has formats, and its type is {hint!r}; expected date, time or datetime")
    if hint is int:
        return Answers(_read_integer, str, texts.whole_number)
    if hint in {float, Decimal}:
        return Answers(lambda text: _read_number(text, hint), str, texts.number)
    if hint is str or is_converted:
        return Answers(lambda text: text or attrs.NOTHING, str, texts.required)
    raise InvalidArgumentError(f"its type is {hint!r}; expected {ALLOWED}")


def _options(hint: Any, asked: Question, texts: FormTexts) -> dict[str, Any] | None:
    """Return the values of the options, by their texts; None if any answer is possible."""
    if asked.choices is not None:
        return _given_options(asked.choices, hint)
    if hint is bool:
        return {texts.yes: True, texts.no: False}
    if get_origin(hint) is Literal:
        return {str(value): value for value in get_args(hint)}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {_option_text(member): member for member in hint}
    return None


def _given_options(choices: Mapping[str, Any] | Sequence[Any], hint: Any) -> dict[str, Any]:
    if isinstance(choices, Mapping):
        options = dict(choices)
    elif isinstance(cast("object", choices), Sequence) and not isinstance(choices, str):
        options = {_option_text(value): value for value in choices}
        if len(options) < len(choices):
            raise InvalidArgumentError(f"its choices are {choices!r}; expected distinct ones")
    else:
        raise InvalidArgumentError(f"its choices are {choices!r}; expected a sequence, or a mapping of texts")
    if isinstance(hint, type):
        for value in options.values():
            if not isinstance(value, hint):
                raise InvalidArgumentError(f"its choice {value!r} is not of its type, {hint.__name__}")
    return options


def _option_text(value: object) -> str:
    if isinstance(value, Enum):
        return value.value if isinstance(value.value, str) else value.name.replace("_", " ").capitalize()
    return str(value)


def _translated(options: Mapping[str, Any], texts: FormTexts, translate: Callable[[str], str]) -> Choices:
    own = {texts.yes, texts.no}  # translated before
    choices = Choices([text if text in own else translate(text) for text in options])
    for word in filter(None, (texts.back, texts.skip)):
        if word.strip().casefold() in (option.strip().casefold() for option in choices.options):
            raise InvalidArgumentError(
                f"its option {word!r} is also a word of the form; choose another one with FormTexts(...)"
            )
    return choices


def _one_of(choices: Choices, values: Sequence[Any], texts: FormTexts) -> Answers:
    def read(text: str) -> Any:
        found = choices.find(text)
        return attrs.NOTHING if found is None else values[found]

    def show(value: Any) -> str:
        return choices.options[values.index(value)] if value in values else str(value)

    return Answers(read, show, texts.choice, choices)


def _several(kind: Callable[[list[Any]], Any], choices: Choices, values: Sequence[Any], texts: FormTexts) -> Answers:
    one = _one_of(choices, values, texts)

    def read(text: str) -> Any:
        found = choices.find_several(text)
        return attrs.NOTHING if found is None else kind([values[index] for index in found])

    def show(value: Any) -> str:
        if not isinstance(value, list | tuple):  # a converted default
            return str(value)
        return ", ".join(map(one.show, cast("Sequence[Any]", value))) or texts.nothing

    return Answers(read, show, texts.choice, choices, texts.several)


def _moments(kind: type[date] | type[time], given: Sequence[str], texts: FormTexts) -> Answers:
    formats = [given] if isinstance(given, str) else list(given) or list(FORMATS[kind])

    def read(text: str) -> Any:
        for each in formats:
            try:
                found = datetime.strptime(text, each)  # noqa: DTZ007  the zone is the user's business
            except ValueError:
                continue
            return found if kind is datetime else found.date() if kind is date else found.time()
        return attrs.NOTHING

    def show(value: Any) -> str:
        return value.strftime(formats[0]) if isinstance(value, date | time) else str(value)

    try:
        complete = all(_is_complete(kind, each) for each in formats)
    except (TypeError, ValueError):
        complete = False
    if not complete:
        raise InvalidArgumentError(
            f"its formats are {formats!r}; expected those of strptime with the whole date, such as {FORMATS[kind][0]!r}"
        )
    example = EXAMPLE.strftime(formats[0])
    text = {date: texts.date, time: texts.time, datetime: texts.moment}[kind]
    return Answers(read, show, text.format(example=example))


def _is_complete(kind: type[date] | type[time], format: str) -> bool:  # noqa: A002  the word of strptime
    """Check a format: what it writes can be read again, and has the whole date if the type has one."""
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # of a format without a year
        again = datetime.strptime(EXAMPLE.strftime(format), format)  # noqa: DTZ007  only its digits are compared
    return kind is time or again.date() == EXAMPLE.date()


def _read_integer(text: str) -> Any:
    digits = text.translate(_SPACES)
    return int(digits) if len(digits) <= MAX_DIGITS and _INTEGER.fullmatch(digits) else attrs.NOTHING


def _read_number(text: str, kind: type[float] | type[Decimal]) -> Any:
    digits = text.translate(_SPACES)
    if len(digits) > MAX_DIGITS or not _NUMBER.fullmatch(digits):
        return attrs.NOTHING
    number = kind(digits.replace(",", "."))
    return number if math.isfinite(number) else attrs.NOTHING
