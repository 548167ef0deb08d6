"""The text of a member is kept exactly as received, and the value is what ``json.loads`` returns."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenapi_async.serialization.json_text import ObjectWithText, parse_object_with_text

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=10,
)


@given(VALUES, st.integers(0, 3), st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: ")]), st.booleans())
def test_the_value_is_that_of_json_and_the_text_is_that_of_the_member(
    body: object, before: int, separators: tuple[str, str], ascii_only: bool
) -> None:
    members = {**{f"m{n}": {"body": n} for n in range(before)}, "body": body, "after": [1]}
    text = json.dumps(members, separators=separators, ensure_ascii=ascii_only)
    parsed = parse_object_with_text(f" {text}\n", "body")
    assert isinstance(parsed, ObjectWithText)
    assert parsed == members
    assert parsed.text == json.dumps(body, separators=separators, ensure_ascii=ascii_only)


@given(st.text(alphabet='{}[]",:1a \\', max_size=12))
def test_the_parser_accepts_and_returns_the_same_as_json(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r".*"):
            parse_object_with_text(text, "body")
    else:
        assert parse_object_with_text(text, "body") == expected


def test_of_a_repeated_name_the_last_counts() -> None:
    parsed = parse_object_with_text('{"body": 1, "body": [2 ]}', "body")
    assert (parsed, parsed.text) == ({"body": [2]}, "[2 ]")


@pytest.mark.parametrize("text", ["null", "[1]", '"x"', "{}", " { } "])
def test_other_values_have_no_text(text: str) -> None:
    parsed = parse_object_with_text(text, "body")
    assert parsed == json.loads(text)
    assert getattr(parsed, "text", None) is None
