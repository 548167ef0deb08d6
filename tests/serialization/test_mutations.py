"""A change of one leaf of anything the server sends changes at most the attribute of that leaf.

Each sample is one test that tries all its leaves with many values: ``""``, null, objects, arrays, words, huge numbers.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from greenapi_async import MalformedNotification, MessageNotification, UnknownMessage, parse_notification
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.journals import message_row, status_row
from greenapi_async.types import HistoryCall
from tests.models.samples import JOURNALS, NOTIFICATIONS
from tests.parity.table import HTTP_ROWS
from tests.parity.test_methods import endpoint_of

from .mutations import differences, is_array, mutations, wrong_types

WILD = json.loads((Path(__file__).parent / "bodies.json").read_text("utf-8"))
BODIES = {str(sample): sample.body for sample in NOTIFICATIONS} | {f"wild-{case['n']}": case["body"] for case in WILD}
EVENTS = ("editedMessageData", "pollMessageData", "pollUpdateMessage", "reactionMessage")
ANSWERS = [row.name for row in HTTP_ROWS if row.answer_example and row.answer_example.strip() != "null"]
"""Methods with an example; that of the others is empty or null."""


def texts_in(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


@pytest.mark.parametrize("name", BODIES)
def test_a_leaf_of_a_notification_costs_only_its_attribute(name: str) -> None:
    body = BODIES[name]
    whole = parse_notification(body)
    for path, new, changed in mutations(body):
        notification, where = parse_notification(changed), f"{'.'.join(map(str, path))} = {str(new)[:40]!r}"
        assert not isinstance(notification, MalformedNotification), where
        assert wrong_types(notification) == [], where
        if path[-1] == "typeWebhook":  # decides the class of the notification
            continue
        if path[-1] == "typeMessage":  # decides the class of the message
            if (
                path[-2:-1] == ("messageData",)
                and isinstance(notification, MessageNotification)
                and not _is_event(body)
            ):
                assert isinstance(notification.message, UnknownMessage), where
                assert (notification.text or None) == (whole.text or None), where
            continue
        found = differences(whole, notification)
        if path[-2:-1] == ("quotedMessage",) and "reaction" in texts_in(body):
            found = [attribute for attribute in found if attribute.startswith(".message.quoted")]
        if path[-1] == "textMessage":  # of an extended text; it stands for its text, too
            found = [attribute for attribute in found if not attribute.endswith(".text_message")]
        assert len(found) <= 1, (where, found)
        if notification.text != whole.text:
            assert found, where


def _is_event(body: dict[str, Any]) -> bool:
    content = body["messageData"]
    return any(name in content for name in EVENTS) or content.get("typeMessage") == "reactionMessage"


def _row_of(kinds: list[str]) -> Callable[[Any], Any]:
    if "HistoryCall" in kinds:
        return object_of(lambda: HistoryCall)
    return status_row if "HistoryStatus" in kinds else message_row


@pytest.mark.parametrize("given", JOURNALS, ids=str)
def test_a_leaf_of_a_journal_row_costs_only_its_attribute(given: Any) -> None:
    parse = _row_of(given.rows)
    for row in given.received:
        whole = parse(row)
        for path, new, changed in mutations(row):
            found = parse(changed)
            where = f"{'.'.join(map(str, path))} = {str(new)[:40]!r}"
            assert wrong_types(found) == [], where
            if path[-1] == "typeMessage":
                continue
            # a row is a flat message, so that some fields belong to both
            attributes = {name.rpartition(".")[2] for name in differences(whole, found)}
            assert len(attributes) <= 1, (where, attributes)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_leaf_of_an_answer_costs_only_its_attribute(name: str) -> None:
    (row,) = [row for row in HTTP_ROWS if row.name == name]
    endpoint, answer = endpoint_of(row), json.loads(row.answer_example or "")
    for given in [[item] for item in answer] if is_array(answer) else [answer]:
        whole = endpoint.decode(given)
        for path, new, changed in mutations(given):
            where = f"{'.'.join(map(str, path))} = {str(new)[:40]!r}"
            if path == ("receiptId",):  # without it, the notification cannot be deleted
                continue
            if name == "getStatusStatistic" and is_array(new):  # one row for each person
                continue
            found = endpoint.decode(changed)
            (one,), (other,) = (whole, found) if is_array(whole) else ([whole], [found])
            assert other is None or wrong_types(other) == [], where
            if path[-1] != "typeMessage":
                attributes = {attribute.rpartition(".")[2] for attribute in differences(one, other)}
                assert len(attributes) <= 1, (where, attributes)
