"""Parsing of contact cards."""

import logging
import sys
from importlib import import_module

import pytest

from greenapi_async import ContactMessage, DecodeError, MissingExtraError
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.serialization.vcard import VCard, parse_vcard

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\n{}\r\nEND:VCARD\r\n"
DOCUMENTED = (
    "BEGIN:VCARD\nVERSION:3.0\nn:Андреевич;Виктор;;\nFN:Виктор Андреевич\nORG:Image\n"
    "item1.TEL;waid=79001234569:+7 900 123-45-69\nitem1.X-ABLabel:Мобильный\nEND:VCARD"
)
"""The manual's example."""


def test_the_documented_card_is_parsed() -> None:
    assert parse_vcard(DOCUMENTED) == VCard(
        name="Виктор Андреевич",
        phones=("+7 900 123-45-69",),
        whatsapp_ids=("79001234569",),
        organization="Image",
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("FN:Anna", VCard(name="Anna")),
        ("n:;Anna;;;\nfn:", VCard(name="Anna")),
        ("N:Petrova;Anna;M;Dr;", VCard(name="Dr Anna M Petrova")),
        ("FN:", VCard()),
        ("FN:Anna\nTEL:5\nitem1.TEL;type=CELL;waid=79001234567:+7 900", VCard(name="Anna", phones=("5", "+7 900"))),
        ("FN:Anna\nORG:Green;API\nEMAIL:a@example.com", VCard(name="Anna", organization="Green, API")),
    ],
)
def test_every_property_is_optional(lines: str, expected: VCard) -> None:
    found = parse_vcard(CARD.format(lines.replace("\n", "\r\n")))
    assert (found.name, found.phones, found.organization) == (expected.name, expected.phones, expected.organization)
    assert found.whatsapp_ids == (("79001234567",) if "waid" in lines else ())
    assert found.emails == (("a@example.com",) if "EMAIL" in lines else ())


def test_invalid_lines_are_ignored() -> None:
    assert parse_vcard(CARD.format("FN:Anna\nitem1.TEL;waid=79001230000\nTEL:5")) == VCard(name="Anna", phones=("5",))


@pytest.mark.parametrize("broken", ["", "  ", "Anna", "BEGIN:VCARD", "BEGIN:VCARD\nFN:Anna\nTEL:5", "\x00"])
def test_an_invalid_card_is_a_decode_error(broken: str) -> None:
    with pytest.raises(DecodeError, match="the contact card cannot be parsed"):
        parse_vcard(broken)


def test_another_component_is_a_decode_error() -> None:
    with pytest.raises(DecodeError):
        parse_vcard("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR")


def test_invalid_lines_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    parse_vcard(CARD.format("FN:Anna\nmy secret address"))
    assert "secret" not in caplog.text


@pytest.mark.parametrize("card", ["broken", DOCUMENTED])
def test_the_message_keeps_the_card_as_text(card: str) -> None:
    message = parse_message({"typeMessage": "contactMessage", "contact": {"displayName": "Anna", "vcard": card}})
    assert isinstance(message, ContactMessage)
    assert (message.display_name, message.vcard) == ("Anna", card)


def test_importing_the_module_without_the_extra_names_the_package_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vobject", None)
    monkeypatch.delitem(sys.modules, "greenapi_async.serialization.vcard")
    with pytest.raises(MissingExtraError) as raised:
        import_module("greenapi_async.serialization.vcard")
    assert str(raised.value) == "vobject is not installed; run: pip install 'greenapi-async[vcard]'"
