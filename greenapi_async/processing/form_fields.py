"""Form fields: what the fields of an attrs class ask.

The whole class is examined before the first question, so that a form that cannot be filled fails when nothing was sent.
"""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, cast, get_type_hints

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.forms import METADATA_KEY, FormTexts, Question
from greenapi_async.processing.form_answers import Answers, answers_of, without_none

__all__ = ["Field", "converter_of", "form_fields"]

MAX_PROMPT: Final = 10_000
"""Characters of a question with its options."""


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
    checks: Any = attribute.validator
    if any(map(inspect.iscoroutinefunction, (converter_of(attribute), *getattr(checks, "_validators", (checks,))))):
        raise InvalidArgumentError("its converter or validator is async, which attrs does not await")
    base, has_none = without_none(hint)
    if type(base).__name__ == "_CountingAttr":
        raise InvalidArgumentError("it has the name of its type, which the class thus hides; rename it")
    answers = answers_of(base, asked, texts, translate, is_converted=converter_of(attribute) is not None)
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
