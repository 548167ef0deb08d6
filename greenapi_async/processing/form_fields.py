"""Form fields: what the fields of an attrs class ask, and how their answers are read.

The whole class is examined before the first question, so that a form that cannot be filled fails when nothing was sent.
"""

import inspect
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, cast, get_args, get_origin, get_type_hints

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.forms import METADATA_KEY, FormTexts, Question
from greenapi_async.processing.choices import Choices

__all__ = ["Field", "converter_of", "form_fields"]

MAX_PROMPT: Final = 10_000
"""Characters of a question with its options."""
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


@attrs.frozen
class Field:
    """A field of a form.

    Attributes:
        attribute: The field of the class.
        label: Its name in the summary.
        prompt: The question with its options.
        answers: How answers are read.
        invalid: What the person is told about any answer that is not valid, instead of other texts.
        has_none: Whether it may be None.
    """

    attribute: "attrs.Attribute[Any]"
    label: str
    prompt: str
    answers: Answers
    invalid: str | None
    has_none: bool

    @property
    def name(self) -> str:
        """Name of the field."""
        return self.attribute.name

    @property
    def has_default(self) -> bool:
        """True if the class has a default for it."""
        return self.attribute.default is not attrs.NOTHING

    @property
    def can_skip(self) -> bool:
        """True if it may be left out."""
        return self.has_default or self.has_none


def converter_of(attribute: "attrs.Attribute[Any]") -> Callable[..., object] | None:
    """Return the converter of a field, a function or an ``attrs.Converter``."""
    return cast("Callable[..., object] | None", cast("Any", attribute).converter)


def form_fields(
    kind: type[object], texts: FormTexts, translate: Callable[[str], str], known: Mapping[str, object]
) -> list[Field]:
    """Return the fields that a form asks for.

    Args:
        kind: An attrs class.
        texts: Texts of the form, translated.
        translate: Translates the other texts.
        known: Values of fields that are not asked for.

    Raises:
        InvalidArgumentError: The class cannot be a form.
    """
    if not isinstance(cast("object", kind), type) or not attrs.has(kind):
        raise InvalidArgumentError(f"form() expects an attrs class, such as one with @attrs.frozen, got {kind!r}")
    attributes = {each.name: each for each in attrs.fields(kind) if each.init}
    if unknown := set(known) - set(attributes):
        raise InvalidArgumentError(f"{kind.__name__} has no field {min(unknown)!r}, for which known= has a value")
    try:
        hints = get_type_hints(kind, include_extras=True)
    except (NameError, TypeError) as error:
        raise InvalidArgumentError(
            f"the types of {kind.__name__} cannot be found out: {error}. Define them at the top of its module"
        ) from None
    fields: list[Field] = []
    for name, attribute in attributes.items():
        if name not in known:
            try:
                fields.append(_field(attribute, hints.get(name), texts, translate))
            except InvalidArgumentError as error:
                raise InvalidArgumentError(f"{kind.__name__}.{name} cannot be asked for: {error.reason}") from None
    if not fields:
        raise InvalidArgumentError(f"{kind.__name__} has no field to ask for")
    labels = [each.label.casefold() for each in fields]
    if len(set(labels)) < len(labels):
        raise InvalidArgumentError(f"two fields of {kind.__name__} have the same label; set question(label=...)")
    try:
        inspect.signature(kind).bind(**{each.alias: None for each in attributes.values()})
    except TypeError as error:
        raise InvalidArgumentError(f"{kind.__name__} cannot be created from its fields: {error}") from None
    return fields


def _field(attribute: "attrs.Attribute[Any]", hint: Any, texts: FormTexts, translate: Callable[[str], str]) -> Field:
    asked: object = attribute.metadata.get(METADATA_KEY, Question())
    if not isinstance(asked, Question):
        raise InvalidArgumentError(f"its metadata have {asked!r}; expected question(...)")
    base, has_none = _without_none(hint)
    if type(base).__name__ == "_CountingAttr":
        raise InvalidArgumentError("it has the name of its type, which the class thus hides; rename it")
    answers = _answers(base, asked, texts, translate, is_converted=converter_of(attribute) is not None)
    label = translate(asked.label or attribute.name.strip("_").replace("_", " ").capitalize())
    can_skip = texts.skip is not None and (has_none or attribute.default is not attrs.NOTHING)
    lines = [
        translate(asked.text) if asked.text else f"{label}?",
        str(answers.choices) if answers.choices is not None else "",
        answers.hint,
        texts.optional.format(skip=texts.skip) if can_skip else "",
    ]
    prompt = "\n".join(filter(None, lines))
    if len(prompt) > MAX_PROMPT:
        raise InvalidArgumentError(f"its question has {len(prompt)} characters with its options; at most {MAX_PROMPT}")
    return Field(attribute, label, prompt, answers, asked.invalid and translate(asked.invalid), has_none)


def _without_none(hint: Any) -> tuple[Any, bool]:
    """Return a type without aliases, ``Annotated`` and None, and whether None was part of it."""
    while True:
        origin = get_origin(hint)
        if origin is Annotated:
            hint = get_args(hint)[0]
        elif hasattr(hint, "__supertype__"):  # a NewType
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif origin in {Union, UnionType} and NoneType in get_args(hint):
            others = [each for each in get_args(hint) if each is not NoneType]
            return (_without_none(others[0])[0] if len(others) == 1 else hint), True
        else:
            return hint, False


def _answers(
    hint: Any, asked: Question, texts: FormTexts, translate: Callable[[str], str], *, is_converted: bool
) -> Answers:
    is_several = get_origin(hint) is list or (get_origin(hint) is tuple and get_args(hint)[1:] == (...,))
    options = _options(_without_none(get_args(hint)[0])[0] if is_several else hint, asked, texts)
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

    example = show(EXAMPLE if kind is datetime else EXAMPLE.date() if kind is date else EXAMPLE.time())
    if read(example) is attrs.NOTHING:
        raise InvalidArgumentError(
            f"its formats are {formats!r}; expected those of strptime, such as {FORMATS[kind][0]!r}"
        )
    text = {date: texts.date, time: texts.time, datetime: texts.moment}[kind]
    return Answers(read, show, text.format(example=example))


def _read_integer(text: str) -> Any:
    digits = text.translate(_SPACES)
    return int(digits) if len(digits) <= MAX_DIGITS and _INTEGER.fullmatch(digits) else attrs.NOTHING


def _read_number(text: str, kind: type[float] | type[Decimal]) -> Any:
    digits = text.translate(_SPACES)
    if len(digits) > MAX_DIGITS or not _NUMBER.fullmatch(digits):
        return attrs.NOTHING
    number = kind(digits.replace(",", "."))
    return number if math.isfinite(number) else attrs.NOTHING
