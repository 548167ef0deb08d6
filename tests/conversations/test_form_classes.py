"""A class that cannot be a form is refused before anything is sent, and the error says what is allowed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from typing import Annotated, Any, Literal, NewType, cast

import attrs
import pytest

from greenapi_async import IncomingMessageReceived, InvalidArgumentError
from greenapi_async.bots import FormTexts, Router, question
from greenapi_async.testing import Sandbox

pytestmark = pytest.mark.anyio


async def refusal(sandbox: Sandbox, kind: Any, **options: Any) -> str:
    """Return the text with which a class is refused."""
    errors: list[str] = []
    router = Router()

    @router.message()
    async def form(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            try:
                await talk.form(kind, **options)
            except InvalidArgumentError as error:
                errors.append(str(error))

    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        await anna.says("hi")
        assert await anna.hears_nothing()
    assert sandbox.sent == []
    [text] = errors
    return text


@dataclass
class Plain:
    name: str


class Lonely(Enum):
    ONE = "One"


def form_of(hint: Any, **options: Any) -> type[Any]:
    made: type[Any] = attrs.make_class("Form", {"field": attrs.field(type=hint, **options)}, frozen=True)
    return made


async def test_it_must_be_an_attrs_class_with_a_field(sandbox: Sandbox) -> None:
    assert "expects an attrs class, such as one with @attrs.frozen, got <class" in await refusal(sandbox, Plain)


async def test_an_object_is_no_class(sandbox: Sandbox) -> None:
    assert "expects an attrs class" in await refusal(sandbox, form_of(str)("x"))


async def test_a_form_needs_a_field(sandbox: Sandbox) -> None:
    assert await refusal(sandbox, attrs.make_class("Empty", {})) == "Empty has no field to ask for."


async def test_a_form_needs_an_unknown_field(sandbox: Sandbox) -> None:
    assert "has no field to ask for" in await refusal(sandbox, form_of(str), known={"field": "x"})


async def test_known_fields_must_exist(sandbox: Sandbox) -> None:
    assert "Form has no field 'other'" in await refusal(sandbox, form_of(str), known={"other": "x"})


async def test_known_values_must_be_valid(sandbox: Sandbox) -> None:
    kind = attrs.make_class(
        "Form", {"a": attrs.field(type=int, validator=attrs.validators.ge(1)), "b": attrs.field(type=str)}
    )
    assert await refusal(sandbox, kind, known={"a": 0}) == "known= has 0 for Form.a: 'a' must be >= 1: 0."


HIDING = """
@attrs.frozen
class Form:
    time: time = attrs.field(metadata=question("When?"))
"""


async def test_a_field_must_not_hide_its_type(sandbox: Sandbox) -> None:
    names: dict[str, Any] = {"attrs": attrs, "question": question, "time": time, "__name__": __name__}
    exec(HIDING, names)
    assert "Form.time cannot be asked for: it has the name of its type" in await refusal(sandbox, names["Form"])


async def look_up(*_: object) -> None: ...


WRONG: dict[str, tuple[Callable[[], type[Any]], str]] = {
    "dict": (lambda: form_of(dict[str, str]), r"its type is dict\[str, str\]; expected str, int, float, Decimal, bool"),
    "no type": (lambda: form_of(None), "its type is"),
    "list of texts": (lambda: form_of(list[str]), r"its type is list\[str\]; expected .* of options"),
    "pair": (lambda: form_of(tuple[int, int]), "its type is tuple"),
    "union": (lambda: form_of(int | str), "its type is int | str"),
    "union with none": (lambda: form_of(int | str | None), "its type is int | str | None"),
    "class": (lambda: form_of(Plain), "or any with choices"),
    "one member": (lambda: form_of(Lonely), "expected two or more distinct, non-empty texts"),
    "one choice": (lambda: form_of(str, metadata=question(choices=["a"])), "expected two or more"),
    "equal choices": (lambda: form_of(str, metadata=question(choices=["a", "A"])), "expected two or more distinct"),
    "same choices": (lambda: form_of(str, metadata=question(choices=["a", "a"])), "expected distinct ones"),
    "choices of another type": (lambda: form_of(int, metadata=question(choices=["a", "b"])), "is not of its type, int"),
    "text as choices": (lambda: form_of(str, metadata=question(choices="ab")), "expected a sequence, or a mapping"),
    "back as choice": (lambda: form_of(Literal["Back", "Front"]), "its option 'back' is also a word of the form"),
    "formats of a text": (lambda: form_of(str, metadata=question(formats=["%d"])), "expected date, time or datetime"),
    "wrong format": (lambda: form_of(date, metadata=question(formats=["%Q"])), "expected those of strptime"),
    "format of another type": (
        lambda: form_of(date, metadata=question(formats=["%H:%M"])),
        "with the whole date",
    ),
    "format without a year": (
        lambda: form_of(date, metadata=question(formats=["%d.%m."])),
        "with the whole date",
    ),
    "no format": (lambda: form_of(date, metadata=question(formats=cast("Any", [5]))), "expected those of strptime"),
    "second format": (
        lambda: form_of(date, metadata=question(formats=["%d.%m.%Y", "%d"])),
        "with the whole date",
    ),
    "own metadata": (lambda: form_of(str, metadata={"greenapi_async.question": "Hi"}), "expected question"),
    "long question": (lambda: form_of(str, metadata=question("x" * 20_000)), "has 20000 characters"),
    "async converter": (lambda: form_of(str, converter=look_up), "its converter or validator is async"),
    "async validator": (lambda: form_of(str, validator=look_up), "its converter or validator is async"),
    "one async validator": (lambda: form_of(str, validator=[attrs.validators.max_len(5), look_up]), "is async"),
    "unknown name": (lambda: form_of("Missing"), "cannot be found out: name 'Missing' is not defined"),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_wrong_field_is_refused(sandbox: Sandbox, name: str) -> None:
    make, expected = WRONG[name]
    text = await refusal(sandbox, make())
    assert text.startswith(("Form.field cannot be asked for: ", "the types of Form"))
    assert re.search(expected, text) or expected in text, text


async def test_equal_labels_are_refused(sandbox: Sandbox) -> None:
    kind = attrs.make_class("Form", {name: attrs.field(type=str, metadata=question(label="X")) for name in "ab"})
    assert "two fields of Form have the same label" in await refusal(sandbox, kind)


async def test_a_class_with_another_constructor_is_refused(sandbox: Sandbox) -> None:
    @attrs.define(init=False)
    class Form:
        name: str

        def __init__(self, other: int) -> None:
            self.name = str(other)

    assert "cannot be created from its fields" in await refusal(sandbox, Form)


@pytest.mark.parametrize(
    "texts",
    [
        {"skip": ""},
        {"back": " "},
        {"yes": ""},
        {"summary": "{answer}"},
        {"first": "{0}"},
        {"date": "{"},
        {"optional": "{skip.x}"},
        {"choice": 5},
    ],
)
def test_wrong_texts_are_refused(texts: Any) -> None:
    with pytest.raises(InvalidArgumentError, match=next(iter(texts))):
        FormTexts(**texts)


async def test_wrong_translations_are_refused(sandbox: Sandbox) -> None:
    def translate(text: str) -> str:
        return text.replace("{", "{x")

    text = await refusal(sandbox, form_of(str), translate=translate)
    assert "which cannot be formatted" in text


async def test_the_words_must_differ(sandbox: Sandbox) -> None:
    text = await refusal(sandbox, form_of(str), texts=FormTexts(back="no.", skip="No"))
    assert text == "back and skip are 'no.'; expected different words."


Name = NewType("Name", str)


async def test_aliases_are_seen_through(sandbox: Sandbox) -> None:
    @attrs.frozen
    class Form:
        name: Name
        size: Annotated[Literal["S", "M"] | None, "a size"]

    found: list[Form] = []
    router = Router()

    @router.message()
    async def form(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            found.append(await talk.form(Form, confirm=False))

    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        for text in ("hi", "Anna", "m"):
            await anna.says(text)
            assert await anna.hears() if text != "m" else await anna.hears_nothing()
    assert found == [Form(Name("Anna"), "M")]
