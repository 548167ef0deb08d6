"""What the server says about an error, beyond a reason: the state of a quota, and the items of a Business error."""

import attrs

__all__ = ["BusinessErrorItem", "QuotaStatus"]


@attrs.frozen(kw_only=True)
class QuotaStatus:
    """State of one monthly quota, as reported with status 466.

    Attributes:
        method: API method the quota applies to.
        used: Calls or chats used this month.
        total: Calls or chats included per month.
        status: The server's code, for example ``QUOTE_EXCEEDED``.
        description: The server's explanation.

    Source: manual 1.3.11, "Формат ошибки 466".
    """

    method: str | None = None
    used: int | None = None
    total: int | None = None
    status: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class BusinessErrorItem:
    """One entry of ``errors`` in a response of ``/v1/messages`` or ``/v1/media``.

    Attributes:
        code: Code from the WhatsApp Business API's list of errors.
    """

    code: int | None = None
    title: str | None = None
    details: str | None = None

    def __str__(self) -> str:
        text = ": ".join(part.strip().rstrip(".") for part in (self.title, self.details) if part)
        return text + f" (code {self.code})" if self.code is not None else text
