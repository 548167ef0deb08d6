"""Everything the package raises.

::

    GreenAPIError
    ├── TransportError                  no usable answer arrived
    │   ├── ConnectionFailedError       nothing was sent: refused, DNS, TLS, no free connection
    │   ├── TimeoutExpiredError         sent, and no answer in time
    │   └── DeliveryUnknownError        a send that may or may not have been carried out
    ├── ResponseError                   the server answered with an error status
    │   ├── BadRequestError             400
    │   │   ├── ValidationFailedError   a parameter is wrong
    │   │   ├── InstanceStartingError   "instance in starting process try later"
    │   │   ├── NotAuthorizedError      the instance has no WhatsApp account linked
    │   │   ├── InstanceExpiredError    the instance is not paid
    │   │   ├── InstanceDeletedError    the instance is gone
    │   │   └── WebhookUrlSetError      polling while a webhook URL is set
    │   ├── UnauthorizedError           401: the token is wrong
    │   ├── ForbiddenError              403: the instance or the URL is wrong
    │   ├── NotFoundError               404: there is no such method
    │   ├── PayloadTooLargeError        413, or a 500 that says so
    │   ├── RateLimitedError            429
    │   ├── QuotaExceededError          466: the month's quota is used up
    │   ├── BusinessError               the errors of /v1/messages and /v1/media
    │   └── ServerError                 5xx, 499 and 408
    ├── RefusedError                    an HTTP 200 that the manual lists as an error
    ├── DecodeError                     an answer or a body that is not what the manual promises
    ├── DeliveryFailedError             a message that was sent has a status that says it will not arrive
    ├── ConversationEndedError          a conversation came to no end of its own
    │   ├── ConversationTimeoutError    no answer came in time
    │   └── ConversationCancelledError  the person wrote the word that cancels
    ├── InboxError                      an inbox cannot be used: no folder, not its file, damaged, of a newer version
    │   ├── InboxLockedError            another process uses it
    │   └── InboxUnavailableError       waiting can help: the disk is full, failing or read-only
    ├── RecordingError                  a file of notifications is none, or cannot be written
    │   └── RecordingLockedError        another process records into it
    ├── MissingExtraError               an optional dependency is not installed; also an ImportError
    └── InvalidArgumentError            refused before anything was sent; also a ValueError

Every error carries ``method`` (the API method's name), ``status`` (the HTTP status, if there was an answer), ``reason``
(the server's own words) and ``advice`` (one sentence on what to do). None carries a URL, because a URL holds the token.
Manual: 1.3.11, "Стандартные ошибки".
"""

from typing import ClassVar

import attrs

__all__ = [
    "BadRequestError",
    "BusinessError",
    "BusinessErrorItem",
    "ConnectionFailedError",
    "ConversationCancelledError",
    "ConversationEndedError",
    "ConversationTimeoutError",
    "DecodeError",
    "DeliveryFailedError",
    "DeliveryUnknownError",
    "ForbiddenError",
    "GreenAPIError",
    "InboxError",
    "InboxLockedError",
    "InboxUnavailableError",
    "InstanceDeletedError",
    "InstanceExpiredError",
    "InstanceStartingError",
    "InvalidArgumentError",
    "MissingExtraError",
    "NotAuthorizedError",
    "NotFoundError",
    "PayloadTooLargeError",
    "QuotaExceededError",
    "QuotaStatus",
    "RateLimitedError",
    "RecordingError",
    "RecordingLockedError",
    "RefusedError",
    "ResponseError",
    "ServerError",
    "TimeoutExpiredError",
    "TransportError",
    "UnauthorizedError",
    "ValidationFailedError",
    "WebhookUrlSetError",
]


class GreenAPIError(Exception):
    """The root of the tree."""

    advice: ClassVar[str] = "See the reason for what to do."

    def __init__(self, reason: str = "", *, method: str = "", status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.method = method
        self.status = status

    def __str__(self) -> str:
        where = " ".join(part for part in (self.method, str(self.status or "")) if part)
        said = self.reason.strip()
        if said and said[-1] not in ".!?":
            said += "."
        return " ".join(part for part in (where + ":" if where else "", said, self.advice) if part)


class TransportError(GreenAPIError):
    """No usable answer arrived.

    Attributes:
        permanent: Whether retrying is useless, for example because the certificate is not trusted.
    """

    advice = "Check the network and the host, then try again."

    def __init__(
        self, reason: str = "", *, method: str = "", status: int | None = None, permanent: bool = False
    ) -> None:
        super().__init__(reason, method=method, status=status)
        self.permanent = permanent


class ConnectionFailedError(TransportError):
    """The connection was never made, so nothing was sent."""

    advice = "Nothing was sent. Check the network, the host name and any proxy, then try again."


class TimeoutExpiredError(TransportError):
    """The request left and no answer came in time."""

    advice = "Try again, or allow the call more time with timeout=."


class DeliveryUnknownError(TransportError):
    """A send left, and whether the server carried it out is not known; ``__cause__`` tells what happened."""

    advice = (
        "It may have been carried out: look at the outgoing queue and journal before you send again, "
        "or accept repeats with Retry(replay_sends=True)."
    )


class ResponseError(GreenAPIError):
    """The server answered with an error status. ``retry_after`` is its own wish in seconds, if it told one."""

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(reason, method=method, status=status)
        self.retry_after = retry_after


class BadRequestError(ResponseError):
    """400."""

    advice = "Correct the request; repeating it as it is will fail again."


class ValidationFailedError(BadRequestError):
    """400: a parameter is missing, unknown, of the wrong type or beyond its limits."""

    advice = "Correct the parameter that the reason names."


class InstanceStartingError(BadRequestError):
    """400: the instance is being started, which takes up to five minutes."""

    advice = "Wait a few seconds and try again; if it lasts over five minutes, reboot the instance."


class NotAuthorizedError(BadRequestError):
    """400: no WhatsApp account is linked to the instance."""

    advice = "Link the phone by QR code or by phone number, then try again."


class InstanceExpiredError(BadRequestError):
    """400: the instance is not paid any longer."""

    advice = "Renew the instance in the personal area."


class InstanceDeletedError(BadRequestError):
    """400: the instance was deleted."""

    advice = "Create a new instance and use its id and token."


class WebhookUrlSetError(BadRequestError):
    """400: notifications go to a webhook URL, so they cannot be polled."""

    advice = "Clear it with use_polling(), or receive by webhook."


class UnauthorizedError(ResponseError):
    """401."""

    advice = "Check the token: the server does not accept it."


class ForbiddenError(ResponseError):
    """403."""

    advice = "Check the id of the instance and api_url: the server does not know them, or not for this token."


class NotFoundError(ResponseError):
    """404."""

    advice = "Check api_url, and that this method exists for your instance."


class PayloadTooLargeError(ResponseError):
    """413, or a 500 that says the JSON (100 KB) or the file (100 MB) is too large."""

    advice = "Send less: JSON up to 100 KB, files up to 100 MB."


class RateLimitedError(ResponseError):
    """429: the request was not carried out."""

    advice = "Another process may share this instance: lower its rate, or give all of them one shared pace."


@attrs.frozen(kw_only=True)
class QuotaStatus:
    """One half of a 466: how much of a month's quota is used. Manual: 1.3.11, "Формат ошибки 466"."""

    method: str | None = None
    used: int | None = None
    total: int | None = None
    status: str | None = None
    description: str | None = None


class QuotaExceededError(ResponseError):
    """466: the month's quota is used up. ``invoke`` counts calls of the method, ``correspondents`` the chats."""

    advice = "Wait for the first day of the next month, or change the tariff."

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = 466,
        invoke: QuotaStatus | None = None,
        correspondents: QuotaStatus | None = None,
    ) -> None:
        super().__init__(reason, method=method, status=status)
        self.invoke = invoke
        self.correspondents = correspondents


@attrs.frozen(kw_only=True)
class BusinessErrorItem:
    """One of the ``errors`` that ``/v1/messages`` and ``/v1/media`` answer."""

    code: int | None = None
    title: str | None = None
    details: str | None = None

    def __str__(self) -> str:
        words = ": ".join(part.strip().rstrip(".") for part in (self.title, self.details) if part)
        return words + f" (code {self.code})" if self.code is not None else words


class BusinessError(ResponseError):
    """What ``/v1/messages`` or ``/v1/media`` refuses; ``errors`` are all that it names, the attributes the first."""

    advice = "Do what the reason says; its code stands in the WhatsApp Business API's list of errors."

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = 400,
        errors: tuple[BusinessErrorItem, ...] = (),
    ) -> None:
        super().__init__(reason, method=method, status=status)
        first = errors[0] if errors else BusinessErrorItem()
        self.code = first.code
        self.title = first.title
        self.details = first.details
        self.errors = errors


class ServerError(ResponseError):
    """5xx, and 499 and 408: the server gave up on us."""

    advice = "Try again with a delay; if it goes on, ask the vendor's support."


class RefusedError(GreenAPIError):
    """An HTTP 200 whose body the manual lists as an error."""

    advice = "The server understood the request and refused it."


class DecodeError(GreenAPIError):
    """An answer or a body that is not what the manual promises: HTML, broken JSON, another shape."""

    advice = "Check api_url and what stands between you and the server."


class DeliveryFailedError(GreenAPIError):
    """A message that was sent has a status that says it will not arrive."""

    advice = "Look at the status and its description; a number without WhatsApp gets none of the next ones either."


class ConversationEndedError(GreenAPIError):
    """A conversation came to no end of its own; a handler that lets it out is done, and not tried again."""

    advice = "Catch it around the conversation, where the person should be told."


class ConversationTimeoutError(ConversationEndedError):
    """No answer came in time."""


class ConversationCancelledError(ConversationEndedError):
    """The person wrote the word that cancels."""


class InboxError(GreenAPIError):
    """An inbox cannot be used, and waiting does not help: no such folder, not its file, damaged, of a newer version."""

    advice = "Give the inbox a file of its own, in a folder that is there and can be written to."


class InboxLockedError(InboxError):
    """Another process uses the inbox, or another object in this one."""

    advice = "Stop the other one, or give each its own file; a process that was killed holds nothing."


class InboxUnavailableError(InboxError):
    """The store of an inbox fails: the disk is full, failing or read-only. It is used again when that has passed."""

    advice = "Nothing stored is lost: make room on the disk, or let it be written to, and try again."


class RecordingError(GreenAPIError):
    """A file is no recording, or cannot be written; the reason names the file and, of a wrong one, the line."""

    advice = ""


class RecordingLockedError(RecordingError):
    """Another process records into the file."""

    advice = "Stop the other one, or give each its own file."


class InvalidArgumentError(GreenAPIError, ValueError):
    """An argument beyond what the manual allows, refused before anything was sent."""

    advice = ""


class MissingExtraError(GreenAPIError, ImportError):
    """An optional dependency is not installed."""

    advice = "Install the extra."

    def __init__(self, extra: str, *packages: str) -> None:
        """Create the error.

        Args:
            extra: Name of the extra, for example ``ws``.
            packages: The packages that are missing.
        """
        self.extra = extra
        self.packages = packages
        super().__init__(f"{', '.join(packages)} is not installed; run: pip install 'greenapi-async[{extra}]'")

    def __reduce__(self) -> tuple[type["MissingExtraError"], tuple[str, ...]]:
        return type(self), (self.extra, *self.packages)
