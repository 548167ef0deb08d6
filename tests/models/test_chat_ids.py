"""Chat ids: construction from phone numbers, classification and error messages."""

import pytest

from greenapi_async import InvalidArgumentError, chat_id, chat_kind, is_group
from greenapi_async.types import ChatKind, Messenger

PERSON = "11001234567@c.us"
GROUP = "120363043968066561@g.us"


@pytest.mark.parametrize(
    "phone",
    [
        "+1 100 123-45-67",
        "11001234567",
        11001234567,
        "0011001234567",
        "+1 (100) 123 45 67",
        "1.100.123.45.67",
        "\u00a0+1\u2011100\u2013123\u201345\u201067 ",
        "11001234567@c.us",
        " 11001234567@c.us\n",
    ],
)
def test_a_phone_number_becomes_a_chat_id(phone: str | int) -> None:
    assert chat_id(phone) == PERSON


@pytest.mark.parametrize(
    "given", [GROUP, "79099197688-1506012221@g.us", "123@lid", "status@broadcast", "-10000000000000"]
)
def test_a_chat_id_is_returned_unchanged(given: str) -> None:
    assert chat_id(given) == given


@pytest.mark.parametrize("messenger", ["max", "telegram", "v3", Messenger.MAX])
def test_digits_are_a_chat_id_of_max_and_telegram(messenger: str) -> None:
    assert chat_id("10000000", messenger=messenger) == chat_id(10000000, messenger=messenger) == "10000000"
    assert chat_id("+7 900 123-45-67", messenger=messenger) == "79001234567@c.us"
    assert chat_id("10000000", messenger="whatsapp") == chat_id("10000000") == "10000000@c.us"


def test_an_unknown_messenger_is_rejected() -> None:
    with pytest.raises(
        InvalidArgumentError, match="messenger is 'viber'; allowed values: 'whatsapp', 'max', 'telegram'"
    ):
        chat_id("10000000", messenger="viber")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "invalid phone number '': only digits are allowed"),
        ("   ", "only digits are allowed, with optional '+', spaces, hyphens and brackets"),
        ("Anna", "invalid phone number 'Anna': only digits are allowed"),
        ("1100123456O", "only digits are allowed"),
        ("+1+1001234567", "only digits are allowed"),
        ("١١٠٠١٢٣٤٥٦٧", "only digits are allowed"),
        (-11001234567, "only digits are allowed"),
        ("123456", "'123456': it has 6 digits; 7 to 15 are allowed, country code first"),
        ("1" * 16, "it has 16 digits; 7 to 15 are allowed"),
        (0, "it has 1 digit; 7 to 15 are allowed"),
        ("0900123456", "it starts with 0; replace the 0 with the country code"),
        ("11001234567@s.us", "chat_id is '11001234567@s.us'; allowed are <phone>@c.us for a person"),
        ("+11001234567@c.us", "allowed are <phone>@c.us for a person and <id>@g.us for a group"),
        ("11001234567@C.US", "allowed are"),
        ("@c.us", "allowed are"),
        ("1@2@c.us", "allowed are"),
        ("11001234567@\u0441.us", "character 13, 'с' (CYRILLIC SMALL LETTER ES), is not Latin; allowed are"),
        ("1100123456\u0417@c.us", "character 11, 'З' (CYRILLIC CAPITAL LETTER ZE), is not Latin; allowed are"),
        ("١١٠٠@c.us", "character 1, '١' (ARABIC-INDIC DIGIT ONE), is not Latin; allowed are"),
        ("11001234567@c\u200b.us", "(ZERO WIDTH SPACE), is not Latin; allowed are"),
    ],
)
def test_the_error_names_the_problem(given: str | int, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        chat_id(given)
    assert words in str(raised.value)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (PERSON, ChatKind.PERSON),
        (GROUP, ChatKind.GROUP),
        ("79099197688-1506012221@g.us", ChatKind.GROUP),
        ("123456789012345@lid", ChatKind.LID),
        ("status@broadcast", ChatKind.STATUS),
        ("11001234567", ChatKind.PERSON),
        ("-10000000000000", ChatKind.GROUP),
        ("-0", None),
        ("0900123456", None),
        ("", None),
        ("@g.us", None),
        ("120363@g.us ", None),
        ("120363@newsletter", ChatKind.CHANNEL),
        ("11001234567@s.whatsapp.net", ChatKind.PERSON),
        ("11001234567@\u0441.us", None),
        ("other@broadcast", None),
    ],
)
def test_the_kind_of_a_chat_id(given: str, kind: ChatKind | None) -> None:
    assert chat_kind(given) is kind
    if kind is not None:
        assert is_group(given) == (kind is ChatKind.GROUP)


def test_no_chat_id_is_not_a_group() -> None:
    assert not is_group(None)
    assert not is_group("")
    assert is_group("-10000000000000"), "a group of a MAX or Telegram instance"
    assert not is_group("10000000")
