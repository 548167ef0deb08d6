"""Forms: ``ask`` in a loop, until an attrs class can be created from the answers.

The form keeps nothing but the answers, so that after a restart it is filled again from the recorded ones. It depends on
them alone: which question follows is decided by the answers, the class and its validators.

Defaults, such as the current date, are recorded when the summary shows them. After a restart the summary is the same,
and so is the object: they are read like answers. If they are not valid any more, the summary says so, and one with the
present defaults must be confirmed. What is confirmed is always what the object has.

A field is validated when it is answered, by its own converter and validator, which get an object that has the fields
answered so far. A validator that reads others is left to the end, when the object is created; what is wrong then can be
changed in the summary.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar, cast

import attrs

from greenapi_async.errors import GreenAPIError, InvalidArgumentError
from greenapi_async.models.bound import Conversation
from greenapi_async.models.forms import FormTexts
from greenapi_async.processing.form_fields import Field, converter_of, form_fields

__all__ = ["fill_form"]

T = TypeVar("T")

MAX_SHOWN: Final = 300
"""Characters of an answer in the summary, and of an error."""
MAX_ANSWERS: Final = 10_000
"""Characters of all answers in the summary."""


async def fill_form(
    talk: Conversation,
    kind: type[T],
    *,
    texts: FormTexts | None = None,
    translate: Callable[[str], str] | None = None,
    known: Mapping[str, object] | None = None,
    confirm: bool = True,
) -> T:
    """Ask for the fields of an attrs class; see ``Conversation.form``.

    Args:
        talk: The conversation.
        kind: The class.
        texts: Texts beside the questions.
        translate: Translates each text.
        known: Values of fields that are not asked for.
        confirm: Whether the summary is sent.
    """
    translate = translate or str
    own = (texts or FormTexts()).translated(translate)
    if own.back is not None and _is(own.back, own.skip):
        raise InvalidArgumentError(f"back and skip are {own.back!r}; expected different words")
    fields = form_fields(kind, own, translate, known or {})
    attributes: dict[str, attrs.Attribute[Any]] = {each.name: each for each in attrs.fields(cast("Any", kind))}
    form = _Form(talk, kind, fields, own, translate, dict(known or {}), attributes)
    form.check_known()
    return await form.fill(confirm=confirm)


@attrs.frozen(eq=False)
class _Form(Generic[T]):
    """A form that is filled.

    The values are those that the person gave, by the names of their fields, and the known ones. Those of skipped fields
    with a default are missing.
    """

    _talk: Conversation
    _kind: type[T]
    _fields: Sequence[Field]
    _texts: FormTexts
    _translate: Callable[[str], str]
    _values: dict[str, Any]
    _attributes: "Mapping[str, attrs.Attribute[Any]]"

    def check_known(self) -> None:
        """Validate the known values.

        Raises:
            InvalidArgumentError: One is not valid.
        """
        for name, value in self._values.items():
            try:
                self._validate(self._attributes[name], value)
            except (ValueError, ArithmeticError) as error:
                raise InvalidArgumentError(f"known= has {value!r} for {self._kind.__name__}.{name}: {error}") from None

    async def fill(self, *, confirm: bool) -> T:
        """Ask until the object can be created, and the person has confirmed it."""
        position, notice = 0, ""
        while True:
            while position < len(self._fields):
                if await self._ask(self._fields[position], notice):
                    position, notice = position + 1, ""
                else:
                    notice = "" if position else self._texts.first
                    position = max(position - 1, 0)
            if (created := await self._finish(confirm=confirm)) is not None:
                return created
            position -= 1

    async def _ask(self, field: Field, notice: str = "") -> bool:
        """Ask for a field until its answer is valid; return False if the person wants to go back."""
        while True:
            answer = await self._hear(notice, field.prompt)
            if _is(answer, self._texts.back):
                return False
            notice = self._take(field, answer)
            if not notice:
                return True

    async def _finish(self, *, confirm: bool) -> T | None:
        """Create the object, and send the summary until it is confirmed; return None if the person wants to go back."""
        while True:
            created, notice = self._create({})
            if created is not None and not confirm:
                return created
            shown = self._shown(created)
            if created is not None and (defaults := self._defaults()):
                created, shown, notice = await self._recall(created, shown, defaults)
            summary = self._texts.summary.format(answers=self._lines(shown), yes=self._texts.yes)
            answer = await self._hear(notice, summary)
            if _is(answer, self._texts.yes):
                if created is not None:
                    return created
            elif _is(answer, self._texts.back):
                return None
            elif (found := self._find(answer)) is not None:
                await self._ask(found)

    async def _hear(self, notice: str, text: str) -> str:
        return (await self._talk.ask("\n".join(filter(None, (notice, text))))).strip()

    def _find(self, answer: str) -> Field | None:
        """Return the field that an answer to the summary names, by its number or its label."""
        named = answer.casefold().rstrip(".")
        for number, field in enumerate(self._fields, start=1):
            if named in {str(number), field.label.casefold()}:
                return field
        return None

    def _take(self, field: Field, answer: str) -> str:
        """Keep an answer if it is valid; otherwise return what the person is told."""
        value: Any = None
        if _is(answer, self._texts.skip):
            if not field.can_skip:
                return self._texts.required
            if field.has_default:
                self._values.pop(field.name, None)
                return ""
        else:
            value = field.answers.read(answer)
            if value is attrs.NOTHING:
                return field.invalid or field.answers.invalid
        try:
            self._validate(field.attribute, value)
        except (ValueError, ArithmeticError) as error:
            return field.invalid or self._explain(error)
        self._values[field.name] = value
        return ""

    def _validate(self, attribute: "attrs.Attribute[Any]", value: object) -> None:
        """Call the converter and the validator of a field.

        Raises:
            ValueError: The value is not valid.
            ArithmeticError: It cannot be converted, as by ``Decimal``.
        """
        partial = self._kind.__new__(self._kind)
        try:
            for name, given in self._values.items():
                if name != attribute.name:
                    object.__setattr__(partial, name, _converted(partial, self._attributes[name], given))
            converted = _converted(partial, attribute, value)
            object.__setattr__(partial, attribute.name, converted)
            if attribute.validator is not None:
                attribute.validator(partial, attribute, converted)
        except AttributeError as error:
            if error.obj is not partial or error.name not in self._attributes:
                raise
            # It reads a field that has no answer yet.

    def _defaults(self) -> list[Field]:
        """Return the fields with a default, which can be another one when the form is replayed."""
        return [each for each in self._fields if each.name not in self._values]

    async def _recall(
        self, created: T, shown: dict[str, str | None], defaults: Sequence[Field]
    ) -> tuple[T | None, dict[str, str | None], str]:
        """Return the object with the defaults that the first summary has shown, its texts, and no notice.

        If they cannot be used any more, there is no object, and the notice says why.
        """

        async def texts() -> dict[str, str | None]:
            return {field.name: shown[field.name] for field in defaults}

        names = ", ".join(field.name for field in defaults)
        recorded = shown | await self._talk.step(f"defaults of {names}", texts)
        if recorded == shown:
            return created, shown, ""
        values: dict[str, Any] = {}
        for field in defaults:
            text = recorded[field.name]
            if text == shown[field.name]:
                continue
            values[field.name] = None if text is None else field.answers.read(text)
            if values[field.name] is attrs.NOTHING:
                return None, recorded, field.invalid or field.answers.invalid
        again, reason = self._create(values)
        if again is not None and self._shown(again) != recorded:  # as by a converter that changes a value each time
            return None, recorded, self._texts.invalid
        return again, recorded, reason

    def _create(self, more: Mapping[str, Any]) -> tuple[T | None, str]:
        """Return the object; or None, and what the person is told."""
        values = {**self._values, **more}
        try:
            return self._kind(**{str(self._attributes[name].alias): value for name, value in values.items()}), ""
        except (ValueError, ArithmeticError) as error:
            return None, self._explain(error)

    def _explain(self, error: Exception) -> str:
        reason: object = error.reason if isinstance(error, GreenAPIError) else next(iter(error.args), None)
        return _cut(self._translate(reason), MAX_SHOWN) if isinstance(reason, str) and reason else self._texts.invalid

    def _shown(self, created: T | None) -> dict[str, str | None]:
        """Return the texts of the values, by the names of their fields; None for no value."""
        shown: dict[str, str | None] = {}
        for field in self._fields:
            default = getattr(created, field.name) if created is not None else None
            value = self._values.get(field.name, default)
            shown[field.name] = field.answers.show(value) if value is not None else None
        return shown

    def _lines(self, shown: Mapping[str, str | None]) -> str:
        """Return the lines of the summary."""
        limit = min(MAX_SHOWN, MAX_ANSWERS // len(self._fields))
        lines: list[str] = []
        for number, field in enumerate(self._fields, start=1):
            text = shown[field.name]
            line = self._texts.nothing if text is None else " ".join(text.split())
            lines.append(_cut(f"{number}. {field.label}: {line}", limit))
        return "\n".join(lines)


def _converted(partial: object, attribute: "attrs.Attribute[Any]", value: object) -> object:
    converter = converter_of(attribute)
    if converter is None:
        return value
    takes_more = isinstance(cast("object", converter), attrs.Converter)
    return converter(value, partial, attribute) if takes_more else converter(value)


def _is(answer: str, word: str | None) -> bool:
    """Return whether an answer is a word of the form."""
    return word is not None and answer.casefold().rstrip(".") == word.strip().casefold().rstrip(".")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
