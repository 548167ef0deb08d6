"""Numbers as people write them become chat ids, or an error that says what to write."""

import sys

import pytest

from greenapi_async import InvalidArgumentError, MissingExtraError, chat_id
from greenapi_async.models.chat_ids import chat_id_error, group_id_error
from greenapi_async.models.phones import phone_error, phone_to_wire
from greenapi_async.types import CallButton, ContactCard


@pytest.mark.parametrize(
    "number",
    [
        "8 (900) 123-45-67",
        "8(900)1234567",
        "8-900-123-45-67",
        "8 9001234567",
        "89001234567",
        89001234567,
        "+89001234567",
        "8 (495) 123-45-67",
    ],
)
def test_russian_prefix_is_rejected_with_a_hint(number: str | int) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        chat_id(number)
    area = "495" if "495" in str(number) else "900"
    assert f"write +7{area}1234567, or use chat_id(..., region='RU')" in str(raised.value)


@pytest.mark.parametrize("number", ["8 (029) 123-45-67", "80291234567"])
def test_belarusian_prefix_is_rejected_with_its_own_hint(number: str) -> None:
    with pytest.raises(InvalidArgumentError, match=r"write the country code, \+375, or use chat_id.*region='BY'"):
        chat_id(number)
    assert "pass chat_id(" not in (chat_id_error(number) or "pass chat_id(")


@pytest.mark.parametrize("number", ["84951234567", "+84 951 234 567", "81312345678", "85212345678", "8613912345678"])
def test_numbers_of_countries_whose_code_begins_with_8_are_accepted(number: str) -> None:
    assert phone_error(number) is None


@pytest.mark.parametrize("number", [1234567, "1234567", 123456789012345, "+12 345 678 901 23 45", " 00 7 900 1234567 "])
def test_seven_to_fifteen_digits_are_accepted(number: str | int) -> None:
    assert phone_error(number) is None
    assert isinstance(phone_to_wire(number), int)


@pytest.mark.parametrize("number", ["79001234567.0", "+79001234567.0", "79001234567,0", 79001234567.0])
def test_the_decimal_number_of_a_spreadsheet_is_not_the_number_of_somebody_else(number: str) -> None:
    with pytest.raises(InvalidArgumentError, match="invalid phone number"):
        chat_id(number)


def test_what_is_no_number_is_left_to_the_check() -> None:
    assert [phone_to_wire(value) for value in ("1", "abc", None, 1.5, True)] == ["1", "abc", None, 1.5, True]


def test_contact_card_accepts_a_string() -> None:
    assert ContactCard(phone_contact="+7 900 123-45-67", company="B").phone_contact == 79001234567


def test_call_button_accepts_an_integer() -> None:
    assert CallButton(button_id="1", button_text="Call", phone_number=79001234567).phone_number == "79001234567"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("79001234567", 'chat_id("+79001234567")'),
        (79001234567, 'chat_id("+79001234567")'),
        ("+7 (900) 123-45-67", 'chat_id("+79001234567")'),
        ("8 (900) 123-45-67", 'chat_id("+79001234567")'),
        ("12345678", 'chat_id("+12345678")'),
    ],
)
def test_number_in_place_of_a_chat_id_gets_a_hint(value: object, hint: str) -> None:
    assert hint in (chat_id_error(value) or "")


@pytest.mark.parametrize(
    "value", ["Anna", "123", 5, True, None, 1.5, "0900123456", "٧٩٠٠١٢٣٤٥٦٧", "79001234567@c.us.x"]
)
def test_other_values_get_no_hint(value: object) -> None:
    assert "chat_id(" not in (chat_id_error(value) or "chat_id(")


def test_group_gets_no_hint_about_numbers() -> None:
    assert "chat_id(" not in (group_id_error("79001234567") or "chat_id(")


class TestRegion:
    @pytest.fixture(autouse=True)
    def phonenumbers(self) -> None:
        pytest.importorskip("phonenumbers", reason="needs the extra phones")

    @pytest.mark.parametrize(
        ("number", "region", "expected"),
        [
            ("8 (900) 123-45-67", "RU", "79001234567@c.us"),
            (89001234567, "ru", "79001234567@c.us"),
            ("+1 650 253 0000", "RU", "16502530000@c.us"),
            ("0171 1234567", "DE", "491711234567@c.us"),
            ("8 (029) 123-45-67", "BY", "375291234567@c.us"),
            ("8 (701) 123-45-67", "KZ", "77011234567@c.us"),
            ("79001234567@c.us", "RU", "79001234567@c.us"),
        ],
    )
    def test_national_number_is_completed(self, number: str | int, region: str, expected: str) -> None:
        assert chat_id(number, region=region) == expected

    @pytest.mark.parametrize(
        ("number", "region", "message"),
        [
            ("8 (900) 123-45-67", "XX", "region is 'XX'; expected a country code of two letters"),
            ("8 (900) 123-45-67", "", "region is ''"),
            ("123", "RU", "'123', which is no number of the region RU"),
            ("Anna", "RU", "'Anna', which is no number of the region RU"),
        ],
    )
    def test_the_error_names_the_problem(self, number: str, region: str, message: str) -> None:
        with pytest.raises(InvalidArgumentError, match=message):
            chat_id(number, region=region)


def test_region_without_the_extra_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    monkeypatch.delitem(sys.modules, "greenapi_async.models.phone_regions", raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'greenapi-async\[phones\]'"):
        chat_id("8 (900) 123-45-67", region="RU")
