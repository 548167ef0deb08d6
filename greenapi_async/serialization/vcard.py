"""Contact cards as names and phones, by vobject, the extra ``vcard``."""

import logging
import re
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import attrs

from greenapi_async.errors import DecodeError, InvalidArgumentError

__all__ = ["VCard", "parse_vcard"]


@attrs.frozen(kw_only=True)
class VCard:
    """What a contact card says."""

    name: str | None = None
    phones: tuple[str, ...] = ()
    """As written on the card."""
    whatsapp_ids: tuple[str, ...] = ()
    """The numbers that have WhatsApp, digits only; ``chat_id`` takes them."""
    emails: tuple[str, ...] = ()
    organization: str | None = None


def parse_vcard(text: str) -> VCard:
    """Read a contact card.

    Needs the extra ``vcard``. Raises ``DecodeError`` for what is not a card, and ``InvalidArgumentError`` where vobject
    is not installed.
    """
    if find_spec("vobject") is None:
        raise InvalidArgumentError("contact cards need the extra vcard: pip install 'greenapi-async[vcard]'")
    vobject: Any = import_module("vobject")  # an extra, and without types

    log = logging.getLogger("vobject.base")
    silent, log.disabled = log.disabled, True  # it would print the lines that it cannot read, which are people's
    try:
        card: Any = vobject.readOne(text, ignoreUnreadable=True)
        if card.name != "VCARD":
            raise ValueError("no VCARD")  # noqa: TRY301  one of the ways of not being a card
        contents: dict[str, list[Any]] = card.contents
    except Exception as error:  # noqa: BLE001  vobject raises whatever its parts raise
        words = f"the contact card cannot be read: {type(error).__name__}: {error}"
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
        log.disabled = silent
    raise DecodeError(words)


def _first(contents: dict[str, list[Any]], name: str) -> str | None:
    values = contents.get(name)
    if not values:
        return None
    value: Any = values[0].value
    parts: list[Any] = [*value] if isinstance(value, list) else [value]
    return ", ".join(str(part) for part in parts).strip() or None
