"""Formatting and splitting of message texts."""

import re
import unicodedata

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenapi_async import Client, InvalidArgumentError
from greenapi_async.sandbox import Instance
from greenapi_async.serialization.formatting import (
    bold,
    escape,
    italic,
    length,
    monospace,
    split_text,
    strikethrough,
)

WORDS = st.text(st.sampled_from("ab1*_~` \n.,!?-><\t👍é"), max_size=80)
TEXTS = st.text(max_size=200) | WORDS
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
FORMATTED = re.compile(
    r"(?<![^\W_])([*_~])(?=\S)(?:(?!\1).)+(?<=\S)\1(?![^\W_])"
    r"|(?<!\w)`(?=[^\s`])[^`\n]*(?<=\S)`|```|^\s*(?:[-*] |>)",
    re.MULTILINE,
)
"""What WhatsApp would format, and list and quote marks at the start of a line."""


def test_markers_stand_around_the_words_of_each_line() -> None:
    assert bold("one\n\n  two three ") == "*one*\n\n  *two three* "
    assert (italic("a"), strikethrough("a"), monospace("a\nb")) == ("_a_", "~a~", "```a\nb```")
    assert bold(italic("a")) == "*_a_*"


@pytest.mark.parametrize("mark", [bold, italic, strikethrough, monospace])
@pytest.mark.parametrize("text", ["", " ", "\n \t"])
def test_nothing_to_mark_stays_as_it_is(mark: "type[str]", text: str) -> None:
    assert mark(text) == text


@given(TEXTS)
def test_code_cannot_end_its_block(text: str) -> None:
    shown = monospace(text)
    assert shown.replace("\u200a", "").strip("`") == text.replace("\u200a", "").strip("`")
    if text.strip():
        assert shown.startswith("```")
        assert shown.endswith("```")
        assert "```" not in shown[3:-3]
        assert "`" not in {shown[3], shown[-4]}


@given(TEXTS)
def test_an_escaped_text_is_not_formatted_and_looks_the_same(text: str) -> None:
    safe = escape(text)
    assert re.sub("[\u200a\u200b]", "", safe) == re.sub("[\u200a\u200b]", "", text)
    assert FORMATTED.search(safe) is None


@pytest.mark.parametrize(
    "text", ["snake_case_name", "2 * 3 = 6", "see https://example.com/_a_/*b*", "5*", "~", "a -b", "3 > 2"]
)
def test_what_would_not_be_formatted_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


@given(TEXTS)
def test_length_counts_as_the_server_does(text: str) -> None:
    assert length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(TEXTS, st.integers(2, 40))
def test_the_parts_of_a_text_fit_and_lose_nothing_but_spaces(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(0 < length(part) <= limit for part in parts)
    assert all(part == part.strip() for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    if length(text.strip()) <= limit:
        assert parts == [text.strip()] * bool(text.strip())


@given(st.lists(st.sampled_from(["a", "é", "👍🏽", "👨‍👩‍👧", "🇷🇺", ENGLAND, "☎️"]), max_size=60), st.integers(16, 40))
def test_a_word_that_is_too_long_is_cut_between_characters(letters: list[str], limit: int) -> None:
    text = unicodedata.normalize("NFD", "".join(letters))
    clusters = {unicodedata.normalize("NFD", letter) for letter in letters}
    for part in split_text(text, limit):
        rest = part
        for cluster in sorted(clusters, key=len, reverse=True):
            rest = rest.replace(cluster, "")
        assert rest == ""


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("One paragraph.\n\nAnother, of two. Sentences", ["One paragraph.", "Another, of two. Sentences"]),
        ("One line that is long\nAnother one. It goes on", ["One line that is long", "Another one. It goes on"]),
        ("A sentence is this. And one more. Then", ["A sentence is this.", "And one more. Then"]),
        ("He said “Stop that now!” And then he went", ["He said “Stop that now!”", "And then he went"]),
        ("words and words and words and words", ["words and words and words", "and words"]),
        ("a" * 60, ["a" * 26, "a" * 26, "a" * 8]),
        ("这是一个比较长的句子。" * 4, ["这是一个比较长的句子。" * 2] * 2),
    ],
)
def test_a_text_is_split_at_the_best_place(text: str, parts: list[str]) -> None:
    assert split_text(text, 26) == parts


def test_a_limit_that_holds_no_emoji_is_rejected() -> None:
    with pytest.raises(InvalidArgumentError, match="at least 2"):
        split_text("a", 1)


@pytest.mark.anyio
async def test_every_part_of_a_long_text_can_be_sent(client: Client, instance: Instance) -> None:
    text = "A sentence. 👍 " * 3000
    sent = [await client.send_message("79001234567@c.us", part) for part in split_text(text)]
    await anyio.sleep(60)  # for the sending delay of the instance
    received = instance.chat("79001234567@c.us")
    assert [message.id_message for message in received] == [message.id_message for message in sent]
    assert " ".join(message.text for message in received) == text.strip()
    assert len(received) == 3
