"""Parsing of contact cards (vCard). Needs the extra ``vcard`` (vobject)."""

import logging
import re
from importlib import import_module
from typing import Any

import attrs

from greenapi_async.errors import DecodeError, MissingExtraError

try:
    _vobject: Any = import_module("vobject")  # it has no type hints
except ImportError:
    raise MissingExtraError("vcard", "vobject") from None

__all__ = ["VCard", "parse_vcard"]


@attrs.frozen(kw_only=True)
class VCard:
    """Content of a contact card.

    Attributes:
        phones: Phone numbers as written on the card.
        whatsapp_ids: Numbers with WhatsApp, digits only; valid arguments of ``chat_id``.
    """

    name: str | None = None
    phones: tuple[str, ...] = ()
    whatsapp_ids: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organization: str | None = None


def parse_vcard(text: str) -> VCard:
    """Parse a contact card.

    Args:
        text: The card, for example ``ContactMessage.vcard``. Invalid lines are ignored.

    Raises:
        DecodeError: The text is not a contact card.
    """
    log = logging.getLogger("vobject.base")
    disabled, log.disabled = log.disabled, True  # it would log invalid lines, which are private
    try:
        card: Any = _vobject.readOne(text, ignoreUnreadable=True)
        if card.name != "VCARD":
            raise ValueError("no VCARD")  # noqa: TRY301  handled like any other invalid card
        contents: dict[str, list[Any]] = card.contents
    except Exception as error:  # noqa: BLE001  vobject raises arbitrary errors
        reason = f"the contact card cannot be parsed: {type(error).__name__}: {error}"
    else:
        phones = contents.get("tel", [])
        ids = [waid for phone in phones for waid in phone.params.get("WAID", [])]
        return VCard(
            name=_first(contents, "fn") or re.sub(r"\s+", " ", _first(contents, "n") or "").strip() or None,
            phones=tuple(str(phone.value).strip() for phone in phones),
            whatsapp_ids=tuple(ids),
            emails=tuple(str(email.value) for email in contents.get("email", [])),
            organization=_first(contents, "org"),
        )
    finally:
        log.disabled = disabled
    raise DecodeError(reason)


def _first(contents: dict[str, list[Any]], name: str) -> str | None:
    values = contents.get(name)
    if not values:
        return None
    value: Any = values[0].value
    parts: list[Any] = [*value] if isinstance(value, list) else [value]
    return ", ".join(str(part) for part in parts).strip() or None
