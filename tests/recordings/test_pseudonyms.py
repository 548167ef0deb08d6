"""Pseudonymization of phone numbers: complete, consistent and format-preserving."""

import json
import re
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.catalogue import KINDS, NotificationContext, build_notification
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.testing.recordings import hide_phones
from greenapi_async.testing.recordings.json_walk import iter_leaves
from greenapi_async.testing.recordings.numbers import replace_numbers, to_ascii_digits
from greenapi_async.testing.recordings.permutation import DigitPermutation

KEY = bytes(range(32))
PERMUTE = DigitPermutation(KEY)
VARIANTS = [(kind, variant) for kind, variants in KINDS.items() for variant in variants]
SPELLINGS = (
    "{0}",
    "+{0}",
    "00{0}",
    "+{0:.1} {1:.3} {2:.3}-{3:.2}-{4}",
    "{0:.1} ({1:.3}) {2}",
    "call{0}now",
    "waid={0}:+{0}",
    "https://wa.me/{0}?text=hi",
    "%2B{0}",
    "@{0}",
    "x {0}@c.us",
    "{0}%40c.us",
    "{0}:12@s.whatsapp.net",
    "{0}@lid",
    "{0}-1506012221@g.us",
    "~{0}",
    "a\u2068{0}\u2069",
    "TEL;CELL:{0}",
    "123 {0}",
    "{0} 5",
)

phones = st.from_regex(r"\A[2-9][0-9]{9,14}\Z") | st.from_regex(r"\A1[0-9]{10}\Z")


def stage(wid: str, chat_id: str | None = None) -> NotificationContext:
    random = Random(1)
    files = FileStore(lambda: 0.0, random)
    return NotificationContext(
        account=Account(1101000001, wid), at=1_700_000_000, random=random, files=files, chat_id=chat_id
    )


def write(form: str, phone: str) -> str:
    return form.format(phone, phone[1:], phone[4:], phone[7:], phone[9:])


def without_separators(text: str) -> str:
    """Remove the separators between the digits of a number."""
    return re.sub(r"(?<=\d)[ ()-]{1,3}(?=\d)", "", text)


def shape(body: Any) -> str:
    """Return a body with all its digits replaced by 0."""
    return re.sub(r"\d", "0", json.dumps(body, ensure_ascii=False))


@pytest.mark.parametrize(("kind", "variant"), VARIANTS)
def test_no_number_remains_in_any_kind_of_notification(kind: str, variant: str) -> None:
    chat_id = None if variant == "group" else "447700900123@c.us"
    body = build_notification(stage("79876543210", chat_id), kind, variant)
    hidden = hide_phones(body, KEY)
    assert shape(body) == shape(hidden)
    hidden_text = without_separators(json.dumps(hidden, ensure_ascii=False))
    for phone in ("79876543210", "447700900123", "79001234567", "79001234568", "79001234569", "79099197688"):
        assert phone not in hidden_text
    assert not any(f"1000123456{last}" in hidden_text for last in "012")
    kept_fields = ("idMessage", "stanzaId", "timestamp", "idInstance", "typeWebhook", "typeMessage", "jpegThumbnail")
    kept = [(name, value) for name, value in iter_leaves(body) if name in kept_fields]
    assert kept == [(name, value) for name, value in iter_leaves(hidden) if name in kept_fields]


@given(phone=phones, form=st.sampled_from(SPELLINGS), other=phones)
def test_a_number_gets_the_same_pseudonym_in_every_spelling(phone: str, form: str, other: str) -> None:
    text = write(form, phone)
    body = {"chatId": f"{phone}@c.us", "text": text, "unknown": {phone: [int(phone), float(phone)]}, "to": other}
    hidden = hide_phones(body, KEY)
    assert shape(body) == shape(hidden)
    assert phone not in without_separators(json.dumps(hidden))
    pseudonym = hidden["chatId"].partition("@")[0]
    assert hidden["text"] == write(form, pseudonym)
    assert hidden["unknown"] == {pseudonym: [int(pseudonym), float(pseudonym)]}
    assert (hidden["to"] == pseudonym) == (other == phone)
    assert hide_phones({"alone": f"+{phone}"}, KEY) == {"alone": f"+{pseudonym}"}


@given(phone=st.from_regex(r"\A[1-9][0-9]{4,14}\Z"), name=st.sampled_from(["phone", "phoneNumber", "phoneContact"]))
def test_a_number_of_any_length_is_known_from_an_address_or_phone_field(phone: str, name: str) -> None:
    hidden = hide_phones({name: int(phone), "text": f"it is {phone}", "vcard": f"A\nTEL:{phone}\n"}, KEY)
    pseudonym = str(hidden[name])
    assert pseudonym != phone
    assert len(pseudonym) == len(phone)
    assert hidden == {name: int(pseudonym), "text": f"it is {pseudonym}", "vcard": f"A\nTEL:{pseudonym}\n"}
    assert hide_phones([f"{phone}@c.us {phone}"], KEY) == [f"{pseudonym}@c.us {pseudonym}"]


@pytest.mark.parametrize("prefix", ["", "12", "7900", "44770"])
@pytest.mark.parametrize("length", [2, 3, 4])
def test_the_permutation_is_injective_and_has_no_fixed_points(prefix: str, length: int) -> None:
    numbers = [f"{prefix}{rest:0{length}}" for rest in range(10**length)]
    replaced = [PERMUTE(number) for number in numbers]
    assert len(set(replaced)) == len(numbers)
    assert all(one != other and len(one) == len(other) for one, other in zip(numbers, replaced, strict=True))


@pytest.mark.parametrize(
    ("phone", "code"), [("79001234567", "7"), ("12025550123", "1"), ("447700900123", "44"), ("380501234567", "380")]
)
def test_the_country_code_is_kept(phone: str, code: str) -> None:
    assert PERMUTE(phone).startswith(code)


def test_national_and_international_spellings_match() -> None:
    text = replace_numbers("8 (900) 123-45-67, +7 900 123 45 67, ٧٩٠٠١٢٣٤٥٦٧", PERMUTE)
    home, abroad, arabic = map(to_ascii_digits, text.split(", "))
    assert home[1:] == abroad[1:]
    assert (home[0], abroad) == ("8", arabic)


@pytest.mark.parametrize(
    "text",
    [
        "7 9 0 0 1 2 3 4 5 6 7",
        "7\u00b7900\u2022123\u00ad4567",
        "79001234567abcdef",
        "BEGIN:VCARD\r\nitem1.TEL;TYPE=CELL;waid=7900123\r\n 4567:+7 900 12\r\n 3-45-67\r\nEND:VCARD",
        '{"id":"79001234567_1@c.us"}',
        "79001234567:12@c.us",
        "=2B79001234567",
    ],
)
def test_a_known_number_is_found_in_any_grouping(text: str) -> None:
    hidden = hide_phones({"chatId": "79001234567@c.us", "text": text}, KEY)
    new, old = hidden["chatId"].partition("@")[0], "79001234567"
    assert to_ascii_digits(hidden["text"]) == to_ascii_digits(text).replace(old, new)
    assert shape(hidden["text"]) == shape(text)


def test_another_key_gives_other_pseudonyms() -> None:
    assert hide_phones("79001234567", b"another key") != hide_phones("79001234567", KEY)


def test_consecutive_numbers_are_replaced_separately() -> None:
    first, second = "79001234567", "79007654321"
    expected = f"{PERMUTE(first)} {PERMUTE(second)}, {PERMUTE(first)}"
    assert replace_numbers(f"{first} {second}, {first}", PERMUTE) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Order 1234567 of 24.12.2023 18:30:15",
        "2023-12-24T18:30:15, 12/24/2023, Screenshot_2023-12-24-18-30-15.png",
        "1700000000 and 1700000000123",
        "3EB0C767D097B7C7C030 39c20293-1234-5678-9012-345678901234",
        "120363347693198097@g.us",
        "1 2 3 4 5 6 7 8 9 10",
        "55.7558260, 37.6173000",
        "card 4276123456789012",
        "SWE004: exceeded - 706",
        "status@broadcast 0@c.us",
        "https://pps.whatsapp.net/v/t61.24694-24/180589560_n.jpg",
    ],
)
def test_text_that_is_not_a_phone_number_is_kept(text: str) -> None:
    assert hide_phones(text, KEY) == text


def test_the_instance_id_is_kept_and_its_account_replaced() -> None:
    body = {"instanceData": {"idInstance": "7103123456", "wid": "79876543210@c.us"}, "url": "https://host/7103123456/a"}
    hidden = hide_phones(body, KEY)
    assert (hidden["instanceData"]["idInstance"], hidden["url"]) == ("7103123456", "https://host/7103123456/a")
    assert hidden["instanceData"]["wid"] == f"{PERMUTE('79876543210')}@c.us"


@given(st.text(alphabet="0123456789+ ()-./@%cgusAF,\u0660\u2068", max_size=200))
def test_any_text_keeps_its_form(text: str) -> None:
    assert shape({"text": text}) == shape(hide_phones({"text": text}, KEY))


@pytest.mark.parametrize(
    "part", ["1 ", "http://", "+7 900 ", "1@", "%2B7%20", "9" * 50 + " ", "12-", "TEL:", "2023-12-2"]
)
def test_long_texts_are_processed_quickly(part: str) -> None:
    text = (part * 65_536)[:65_536]
    body = {"chatId": "79001234567@c.us", "text": text}
    assert len(hide_phones(body, KEY)["text"]) == len(text)
