"""Markers that replace message content the server could not obtain.

Source: manual 1.3.11, "Ошибки в теле уведомлений и журналах".
"""

import enum
import re

__all__ = ["ServiceError", "service_error"]


_MARKER = re.compile(r"\{\{(SWE\d{3})\}\}|^(SWE\d{3}):", re.ASCII)
_CODE = re.compile(r"SWE\d{3}", re.ASCII)
_UNLISTED: "dict[str, ServiceError]" = {}
"""Members for markers that are not listed, so that each exists once."""


class ServiceError(enum.StrEnum):
    """Marker in a text, a file URL or a status description, in place of the content.

    A marker that is not listed here is a ``ServiceError`` too, for example ``ServiceError("SWE005")``.

    Attributes:
        SWE001: WhatsApp did not pass the chat's first message on to linked devices.
        SWE002: The file is larger than 100 MB.
        SWE003: The message could not be decrypted because the keys are out of date.
        SWE004: The group has too many participants.
        SWE999: WhatsApp sent the message without keys.
    """

    SWE001 = "SWE001"
    SWE002 = "SWE002"
    SWE003 = "SWE003"
    SWE004 = "SWE004"
    SWE999 = "SWE999"

    @classmethod
    def _missing_(cls, value: object) -> "ServiceError | None":
        if not isinstance(value, str) or not _CODE.fullmatch(value):
            return None
        if value not in _UNLISTED:
            member = str.__new__(cls, value)
            member._name_ = member._value_ = value
            _UNLISTED[value] = member
        return _UNLISTED[value]

    @property
    def advice(self) -> str:
        """One sentence on what to do, as recommended by the manual."""
        return _ADVICE.get(self, _UNLISTED_ADVICE)


def service_error(text: str | None) -> ServiceError | None:
    """Return the marker in a text: ``{{SWE001}}`` anywhere, or ``SWE004:`` at the start. None if there is none."""
    found = _MARKER.search(text) if text and "SWE" in text else None
    code = (found[1] or found[2]) if found else None
    return ServiceError(code) if code else None


_UNLISTED_ADVICE = "Look the code up in the vendor's documentation, and open the message on the phone."
_ASK_AGAIN = 'Ask the sender: "Please send the message again, I could not see your answer."'
_ADVICE = {
    ServiceError.SWE001: _ASK_AGAIN,
    ServiceError.SWE002: "Open the message on the phone.",
    ServiceError.SWE003: "Remove all linked devices on the phone, then scan the QR code again.",
    ServiceError.SWE004: "Leave groups with more than 100 participants, or remove participants from them.",
    ServiceError.SWE999: _ASK_AGAIN,
}
