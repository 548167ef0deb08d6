"""Property tests: no content makes ``parse_notification`` raise, and no content is lost.

Each test runs 300 examples. To run 100,000::

    HYPOTHESIS_EXAMPLES=100000 pytest --timeout=0 tests/models/test_hypothesis.py

Last such run: 2026-11-21, Python 3.11, Hypothesis 6.170.15; no failure in 22 minutes.
"""

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenapi_async import (
    DecodeError,
    FileMessage,
    MalformedNotification,
    Message,
    MessageNotification,
    Notification,
    QuotaExceeded,
    UnknownMessage,
    UnknownNotification,
    parse_notification,
    unknown_fields,
)
from greenapi_async.models.messages import BaseMessage
from greenapi_async.serialization.journals import message_row
from greenapi_async.serialization.unknown_fields import UnknownFieldReporter
from greenapi_async.types import ServiceError

from .samples import JOURNALS, NOTIFICATIONS

often = settings(
    max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "300")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

BODIES = [sample.text for sample in NOTIFICATIONS]
ROWS = [json.dumps(row) for sample in JOURNALS for row in sample.received]
HOOKS = {kind.type.lower(): kind for kind in get_args(Notification) if hasattr(kind, "type")}
WORDS = {word.lower(): kind for kind in get_args(Message) for word in kind.types}

Container = dict[str, Any] | list[Any]


def names_and_words(value: Any) -> Iterator[str]:
    """Yield the field names and short strings in a JSON value."""
    if isinstance(value, dict):
        for name, part in cast("dict[str, Any]", value).items():
            yield name
            yield from names_and_words(part)
    elif isinstance(value, list):
        for part in cast("Iterable[Any]", value):
            yield from names_and_words(part)
    elif isinstance(value, str) and len(value) < 40:
        yield value


KNOWN_WORDS = sorted({word for text in (*BODIES, *ROWS) for word in names_and_words(json.loads(text))})

ODD = ["", "5", "-1", "1e400", "{{SWE001}}", "@g.us"]
words = st.sampled_from(KNOWN_WORDS) | st.text(max_size=8) | st.sampled_from(ODD)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, 1, 10**11, 10**20, 10**400, -(10**15)])
    | st.floats()
    | words
)


def _containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4)


anything = st.recursive(scalars, _containers, max_leaves=8)
objects = st.dictionaries(words, anything, max_size=6)


def places(value: Any) -> Iterator[tuple[Container, str | int]]:
    """Yield every position in a JSON value: an object and a name, or an array and an index."""
    if isinstance(value, dict | list):
        container = cast("Container", value)
        keys: list[Any] = list(container) if isinstance(container, dict) else list(range(len(container)))
        for key in keys:
            yield container, key
            yield from places(container[key])


def _remove(draw: st.DrawFn, container: Any, key: Any) -> None:
    del container[key]


def _retype(draw: st.DrawFn, container: Any, key: Any) -> None:
    kinds: list[Callable[[Any], Any]] = [
        str,
        bool,
        lambda value: len(str(value)),
        lambda value: len(str(value)) + 0.5,
        lambda value: None,
        lambda value: [value],
        lambda value: [],
        lambda value: {},
        lambda value: {"value": value},
        lambda value: {str(value)[:20]: value},
        json.dumps,
    ]
    container[key] = draw(st.sampled_from(kinds))(container[key])


def _rename(draw: st.DrawFn, container: Any, key: Any) -> None:
    value = container[key]
    del container[key]
    name = draw(words | st.sampled_from([str(key).upper(), str(key).lower(), str(key).capitalize(), f"{key}Data"]))
    if isinstance(container, dict):
        container[name] = value
    else:
        container.append({name: value})


def _nest(draw: st.DrawFn, container: Any, key: Any) -> None:
    name = draw(st.none() | st.just(str(key)) | words)
    value = container[key]
    for _ in range(draw(st.integers(1, 3) | st.integers(50, 90))):
        value = [value] if name is None else {name: value}
    container[key] = value


def _replace(draw: st.DrawFn, container: Any, key: Any) -> None:
    container[key] = draw(anything)


CHANGES = [_remove, _retype, _rename, _nest, _replace]


def changed(texts: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Generate bodies with fields removed, retyped, renamed, nested or replaced by random JSON."""

    @st.composite
    def strategy(draw: st.DrawFn) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(draw(st.sampled_from(texts)))
        for _ in range(draw(st.integers(1, 4))):
            found = list(places(body))
            if found:
                container, key = found[draw(st.integers(0, len(found) - 1))]
                draw(st.sampled_from(CHANGES))(draw, container, key)
        return body

    return strategy()


class _Formatting(logging.Handler):
    """Formats every record and keeps none."""

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage()


@pytest.fixture(autouse=True, scope="module")
def discard_log_records() -> Iterator[None]:
    logger = logging.getLogger("greenapi_async")
    handler = _Formatting()
    logger.addHandler(handler)
    logger.propagate = False
    yield
    logger.propagate = True
    logger.removeHandler(handler)


def check_message(message: BaseMessage, text: str) -> None:
    """Check the class of a message, its content, and the types of its properties."""
    word = message.raw.get("typeMessage")
    assert type(message) is (WORDS.get(word.lower(), UnknownMessage) if isinstance(word, str) else UnknownMessage)
    assert isinstance(message.type_message, str | None)
    assert isinstance(getattr(message, "text", None), str | None)
    assert isinstance(message.thumbnail, bytes | None)
    assert isinstance(message.file, FileMessage | None)
    assert isinstance(message.service_error, ServiceError | None)
    assert isinstance(message.is_forwarded, bool | None)
    assert message.quoted is not None or not isinstance(message.raw.get("quotedMessage"), dict)
    if message.quoted is not None and isinstance(message.raw["quotedMessage"], dict):
        assert json.dumps(message.quoted.raw) in text
        check_message(message.quoted, text)


def check(body: dict[str, Any]) -> None:
    """Check that a body, as an object and as text, is parsed as its type and kept unchanged."""
    text = json.dumps(body)
    for form in (body, text.encode()):
        notification = parse_notification(form)
        assert json.dumps(notification.raw) == text
        word = body.get("typeWebhook")
        kind = HOOKS.get(word.lower()) if isinstance(word, str) else None
        expected = {kind, MalformedNotification} if kind else {UnknownNotification}
        assert type(notification) in (
            expected | {QuotaExceeded} if isinstance(body.get("quotaData"), dict) else expected
        )
        assert isinstance(body.get("messageData"), dict) <= (type(notification) is not MalformedNotification)
        assert not isinstance(notification, MalformedNotification) or notification.error
        assert isinstance(notification.text, str | None)
        assert isinstance(notification.is_group, bool)
        assert isinstance(notification.service_error, ServiceError | None)
        assert repr(notification)
        if isinstance(notification, MessageNotification):
            check_message(notification.message, text)
            if isinstance(body.get("messageData"), dict):
                quote = {"quotedMessage": notification.message.raw.get("quotedMessage")}
                kept, given_ = ({**quote, **fields} for fields in (notification.message.raw, body["messageData"]))
                assert json.dumps(kept) == json.dumps(given_)
        UnknownFieldReporter().report(notification)
    paths = unknown_fields(body)
    assert paths == unknown_fields(text)
    assert all(isinstance(path, str) for path in paths)
    assert json.dumps(body) == text, "the argument was modified"


@often
@given(changed(BODIES))
def test_a_changed_body_never_raises_and_is_kept(body: dict[str, Any]) -> None:
    check(body)


@often
@given(objects)
def test_any_object_never_raises_and_is_kept(body: dict[str, Any]) -> None:
    check(body)


@often
@given(changed(BODIES), st.sampled_from(["typeWebhook", "timestamp", "senderData", "messageData"]), anything)
def test_any_value_in_the_envelope_never_raises(body: dict[str, Any], name: str, value: Any) -> None:
    check(body | {name: value})


@often
@given(changed(ROWS))
def test_a_changed_row_never_raises_and_is_kept(row: dict[str, Any]) -> None:
    text = json.dumps(row)
    read = message_row(row)
    assert json.dumps(read.raw) == json.dumps(read.message.raw) == text
    assert isinstance(read.text, str | None)


def is_object(given: bytes | str) -> bool:
    try:
        return isinstance(json.loads(given), dict)
    except (ValueError, RecursionError):
        return False


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """Generate JSON texts with characters removed or inserted."""
    text = draw(st.sampled_from([*BODIES, *ROWS]))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 1, 5, len(text)]))
        inserted = draw(st.text(max_size=3) | st.sampled_from(['"', "{", "}", "\\", "NaN", "9" * 5000]))
        text = text[:start] + inserted + text[end:]
    return text


texts = st.text(max_size=200) | damaged()


@often
@given(st.binary(max_size=200) | texts | texts.map(lambda text: text.encode("utf-8", "replace")))
def test_any_text_or_bytes_raise_only_decode_errors(given: bytes | str) -> None:
    for form in (given, bytearray(given)) if isinstance(given, bytes) else (given,):
        try:
            notification = parse_notification(form)
        except DecodeError:
            assert not is_object(given)
            with pytest.raises(DecodeError):
                unknown_fields(bytes(form) if isinstance(form, bytearray) else form)
        else:
            assert json.dumps(notification.raw) == json.dumps(json.loads(given))


@pytest.mark.parametrize("form", [5, None, 1.5, ["x"], object], ids=str)
def test_other_types_are_decode_errors(form: Any) -> None:
    with pytest.raises(DecodeError):
        parse_notification(form)


@pytest.mark.parametrize("depth", [100, 400, 5000])
@pytest.mark.parametrize("name", ["quotedMessage", "messageData", "instanceData", "timestamp", "x"])
def test_deep_nesting_never_raises(name: str, depth: int) -> None:
    value: Any = {"typeMessage": "textMessage", "textMessage": "the deepest"}
    for _ in range(depth):
        value = {"typeMessage": "textMessage", name: value}
    body = {"typeWebhook": "incomingMessageReceived", "messageData": value, name: value}
    notification = parse_notification(body)
    assert notification.raw is body
    UnknownFieldReporter().report(notification)
    assert unknown_fields(body) is not None
