"""The markers that stand where a message could not be had. Manual: 1.3.11, "Ошибки в теле уведомлений и журналах"."""

import enum
import re

__all__ = ["ServiceError", "service_error"]


class ServiceError(enum.StrEnum):
    """A marker in a text, in a file's URL or in a status; ``advice`` says what the manual recommends."""

    SWE001 = "SWE001"
    """WhatsApp did not hand the chat's first message to linked devices."""
    SWE002 = "SWE002"
    """The file is over 100 MB."""
    SWE003 = "SWE003"
    """The message could not be decrypted, because the keys are out of date."""
    SWE004 = "SWE004"
    """The group has too many participants."""
    SWE999 = "SWE999"
    """WhatsApp sent the message without keys."""

    @property
    def advice(self) -> str:
        """What to do."""
        return _ADVICE[self]


_MARKER = re.compile(r"\{\{(SWE\d{3})\}\}|^(SWE\d{3}):")


def service_error(text: str | None) -> ServiceError | None:
    """Find a marker: ``{{SWE001}}`` anywhere, or ``SWE004:`` at the beginning."""
    found = _MARKER.search(text) if text and "SWE" in text else None
    word = (found[1] or found[2]) if found else None
    return ServiceError(word) if word in set(ServiceError) else None


_AGAIN = 'Ask the sender: "Please send the message again, I could not see your answer."'
_ADVICE = {
    ServiceError.SWE001: _AGAIN,
    ServiceError.SWE002: "Look at the message on the phone.",
    ServiceError.SWE003: "Delete every linked device on the phone, and scan the QR code anew.",
    ServiceError.SWE004: "Leave groups of more than 100 participants, or remove participants from them.",
    ServiceError.SWE999: _AGAIN,
}
