"""Forms: what is asked for the fields of an attrs class, and every text around it; see ``Conversation.form``."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs

from greenapi_async.errors import InvalidArgumentError

__all__ = ["METADATA_KEY", "FormTexts", "Question", "question"]

METADATA_KEY: Final = "greenapi_async.question"
"""Key of a ``Question`` in the metadata of a field."""


@attrs.frozen
class Question:
    """Question for a field; see ``question``."""

    text: str | None = None
    label: str | None = None
    choices: Mapping[str, Any] | Sequence[Any] | None = None
    formats: Sequence[str] = ()
    invalid: str | None = None


def question(
    text: str | None = None,
    /,
    *,
    label: str | None = None,
    choices: Mapping[str, Any] | Sequence[Any] | None = None,
    formats: Sequence[str] = (),
    invalid: str | None = None,
) -> dict[str, object]:
    """Return metadata for a field of an attrs class that ``Conversation.form`` asks for.

    Args:
        text: The question; None asks with the label.
        label: Name of the field in the summary; None derives it from the name of the field.
        choices: The only possible values: a sequence, or a mapping of the texts that the person sees to the values. A
            field of a list may have several of them.
        formats: Formats of ``strptime`` for a date, a time or both. The first one is used in the summary.
        invalid: What the person is told about an answer that is not valid; None uses the text of the validator's
            ``ValueError``, or that of ``FormTexts`` for the type.

    Example:
        >>> @attrs.frozen
        ... class Booking:
        ...     service: Service = attrs.field(metadata=question("What can we do for you?"))
        ...     day: date = attrs.field(metadata=question("Which day?"), validator=is_open)
        ...     note: str | None = attrs.field(default=None, metadata=question("Anything else?"))
    """
    return {METADATA_KEY: Question(text, label, choices, formats, invalid)}


def _text(default: str, *placeholders: str) -> Any:
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if not isinstance(value, str) or not value.strip():
            raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected a text")
        try:
            value.format(**dict.fromkeys(placeholders, ""))
        except (LookupError, ValueError, AttributeError) as error:
            possible = ", ".join(f"{{{name}}}" for name in placeholders) or "no placeholders"
            raise InvalidArgumentError(
                f"{attribute.name} is {value!r}, which cannot be formatted ({error!r}); it may have {possible}"
            ) from None

    return attrs.field(default=default, validator=check)


def _word(default: str) -> Any:
    def check(_: object, attribute: "attrs.Attribute[Any]", value: object) -> None:
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected a word, or None")

    return attrs.field(default=default, validator=check)


@attrs.frozen(kw_only=True)
class FormTexts:
    """Texts of a form beside its questions. Words are recognised in upper and lower case, as a whole message.

    Attributes:
        back: Word that returns to the previous question; None if there is none.
        skip: Word that leaves out a field that has a default or may be None; None if there is none.
        yes: Word that confirms the summary, and the choice for True.
        no: The choice for False.
        optional: Added to questions that can be skipped; with ``{skip}``.
        several: Added to questions with several possible choices.
        first: Sent for ``back`` at the first question, before that is repeated.
        required: Sent for ``skip`` at a question that needs an answer.
        choice: Sent for an answer that is none of the choices.
        whole_number: Sent for an answer that is not an integer.
        number: Sent for an answer that is not a number.
        date: Sent for an answer that is not a date; with ``{example}``.
        time: Sent for an answer that is not a time; with ``{example}``.
        moment: Sent for an answer that is not a date and a time; with ``{example}``.
        invalid: Sent for an answer that a validator refuses without a text.
        summary: The summary; with ``{answers}`` and ``{yes}``.
        nothing: What the summary shows for a field without a value.

    Raises:
        InvalidArgumentError: A text is empty, or has an unknown placeholder.
    """

    back: str | None = _word("back")
    skip: str | None = _word("skip")
    yes: str = _text("Yes")
    no: str = _text("No")
    optional: str = _text('(Send "{skip}" to leave it out.)', "skip")
    several: str = _text("(Several are possible, such as 1, 2.)")
    first: str = _text("This is the first question.")
    required: str = _text("This question needs an answer.")
    choice: str = _text("Please choose one of these.")
    whole_number: str = _text("Please send a whole number, such as 3.")
    number: str = _text("Please send a number, such as 2.5.")
    date: str = _text("Please send a date, such as {example}.", "example")
    time: str = _text("Please send a time, such as {example}.", "example")
    moment: str = _text("Please send a date and a time, such as {example}.", "example")
    invalid: str = _text("This answer is not possible.")
    summary: str = _text(
        'Please check your answers:\n{answers}\nSend "{yes}" if they are correct, or the number of one to change it.',
        "answers",
        "yes",
    )
    nothing: str = _text("–")

    def translated(self, translate: Callable[[str], str]) -> "FormTexts":
        """Return the texts in another language.

        Args:
            translate: Returns the translation of a text.
        """
        texts: dict[str, str | None] = attrs.asdict(self)
        return FormTexts(**{name: text and translate(text) for name, text in texts.items()})  # type: ignore[arg-type]  # None only where it was
