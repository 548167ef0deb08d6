"""Markdown to WhatsApp's formatting."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenapi_async.serialization.markdown import markdown_to_whatsapp

HAIR = "\u200a"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("**bold** and __bold__", "*bold* and *bold*"),
        ("*italic* and _italic_", "_italic_ and _italic_"),
        ("***both*** and ~~gone~~", "*_both_* and ~gone~"),
        ("**bold with *italic* inside**", "*bold with _italic_ inside*"),
        ("un**believ**able", "un*believ*able"),
        ("# Title", "*Title*"),
        ("## A **strong** title ##", "*A strong title*"),
        ("* one\n+ two\n  - three", "- one\n- two\n  - three"),
        ("1. one\n2) two", "1. one\n2) two"),
        ("> a **quote**\n>> nested", "> a *quote*\n> nested"),
        ("[the terms](https://example.com/a_b_c)", "the terms (https://example.com/a_b_c)"),
        ('[**here**](https://example.com "title")', "*here* (https://example.com)"),
        ("[https://example.com](https://example.com)", "https://example.com"),
        ("![a cat](https://example.com/cat.png)", "a cat (https://example.com/cat.png)"),
        ("<https://example.com>", "https://example.com"),
        ("https://example.com/_a_/**b**", "https://example.com/_a_/**b**"),
        ("use `**kwargs` here", "use `**kwargs` here"),
        ("``a`b``", "```a`b```"),
        (
            "```python\nx = **1**\ny = `z`\n```\n**after**",
            "```x = **1**\ny = `z````".replace("`z````", f"`z`{HAIR}```") + "\n*after*",
        ),
        ("~~~\ncode\n~~~", "```code```"),
        ("```\nnever closed", "```never closed```"),
        ("above\n\n---\n\nbelow", "above\n\n\n\nbelow"),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", "| a | b |\n| 1 | 2 |"),
        (r"\*not italic\*", f"*{HAIR}not italic*{HAIR}"),
        ("snake_case_name, 2*3*4, 2 * 3, 5*", "snake_case_name, 2*3*4, 2 * 3, 5*"),
        ("**never closed", "**never closed"),
        ("`never closed", "`never closed"),
        ("", ""),
    ],
)
def test_markdown_becomes_whatsapp_formatting(markdown: str, shown: str) -> None:
    assert markdown_to_whatsapp(markdown) == shown


@given(st.text(st.characters(exclude_characters="*_~`#<>[]!\\|-+\n", exclude_categories=["Cs"])))
def test_a_text_without_markdown_stays_as_it_is(text: str) -> None:
    assert markdown_to_whatsapp(text) == text


@given(st.text(st.sampled_from("ab *_~`#[]()<>!\\|-+\n1."), max_size=200))
def test_no_word_is_lost(text: str) -> None:
    kept = re.sub(r"^\s*(?:`{3,}|~{3,})[^`\n]*$", "", text, flags=re.MULTILINE)  # with the language of a code block
    assert re.findall("[ab1]", markdown_to_whatsapp(text)) == re.findall("[ab1]", kept) or "](" in text


@pytest.mark.parametrize(
    "hostile", ["**", "_a", "`", "` `` ```", "[x", "*a **b ", "- ", "|-", "> ", "<http://", "\\", "[a]("]
)
def test_the_time_is_linear(hostile: str) -> None:
    started = time.process_time()
    markdown_to_whatsapp(hostile * (100_000 // len(hostile)))
    assert time.process_time() - started < 5
