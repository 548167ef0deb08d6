"""Tokens and signatures never appear in a recording."""

import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenapi_async.testing.recordings import Redactor

TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
HOOK = "Basic aGVsbG86d29ybGQ/+="
redact = Redactor([TOKEN, HOOK, ""])


@pytest.mark.parametrize(
    "text",
    [
        TOKEN,
        f"https://host/waInstance1101000001/getSettings/{TOKEN}",
        f"/waInstance1/x/{TOKEN}/5, {TOKEN}",
        "".join(f"%{ord(sign):02x}" for sign in TOKEN),
        quote(quote("".join(f"%{ord(sign):02X}" for sign in TOKEN))),
        HOOK,
        HOOK.removeprefix("Basic "),
        quote(HOOK, safe=""),
        quote(HOOK),
        quote_plus(HOOK),
        json.dumps({"in JSON": HOOK}).replace("/", "\\/"),
    ],
)
def test_a_token_is_redacted_wherever_it_occurs(text: str) -> None:
    body = {"messageData": [{"text": f"see {text}.", text: 1}], "nothing": None, "yes": True}
    redacted = json.dumps(redact(body))
    for secret in (TOKEN, HOOK, "aGVsbG86", "d75b3a66", quote(HOOK), "%64%37", "%2564"):
        assert secret not in redacted
    assert "***" in redacted


def test_fields_named_like_secrets_are_redacted() -> None:
    body = {
        "webhookUrlToken": "a",
        "apiTokenInstance": "",
        "password": 5,
        "secrets": {"a": ["b", None, True]},
        "text": "a",
    }
    shape = {"webhookUrlToken": "***", "apiTokenInstance": "", "password": 0, "secrets": {"a": ["***", None, True]}}
    assert redact(body) == {**shape, "text": "a"}


def test_tokens_in_api_paths_are_redacted_and_file_ids_kept() -> None:
    other = "https://api.green-api.com/waInstance7/receiveNotification/" + "0a" * 25
    assert redact(other) == "https://api.green-api.com/waInstance7/receiveNotification/***"
    file = "https://api.green-api.com/waInstance1234/downloadFile/19136A974392F8FC584D70DD0E1AEDF"
    assert redact({"downloadUrl": file}) == {"downloadUrl": file}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"downloadUrl": "https://host/1101/ab.jpg?x=1#y"}, {"downloadUrl": "https://host/1101/ab.jpg"}),
        ({"urlAvatar": "https://pps.net/v/n.jpg?oh=1&oe=2"}, {"urlAvatar": "https://pps.net/v/n.jpg"}),
        ({"a": "https://s3/a.pdf?b=1&X-Amz-Signature=ab, see"}, {"a": "https://s3/a.pdf see"}),
        ({"a": "http://user:password@host/a"}, {"a": "http://host/a"}),
        ({"text": "https://shop.example/?q=1#top!"}, {"text": "https://shop.example/?q=1#top!"}),
        ({"downloadUrl": "{{SWE002}}", "sourceUrl": ""}, {"downloadUrl": "{{SWE002}}", "sourceUrl": ""}),
    ],
)
def test_a_link_keeps_its_path_and_loses_its_signature(body: dict[str, str], kept: dict[str, str]) -> None:
    assert redact(body) == kept


def test_a_short_token_is_redacted_as_a_whole_word() -> None:
    assert Redactor(["abc"])("abc abcd abc-") == "*** abcd ***-"
    assert Redactor(["12345678"])({"n": 12345678, "m": 123456789}) == {"n": 0, "m": 123456789}


def test_the_repr_shows_no_token() -> None:
    assert TOKEN not in repr(redact)


@settings(max_examples=30)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), st.lists))
def test_a_body_without_secrets_is_unchanged(body: object) -> None:
    assert Redactor([TOKEN])({"body": body}) == {"body": body}
