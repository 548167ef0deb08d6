"""Tree of all errors the package raises.

::

    GreenAPIError
    ├── TransportError                  no usable response arrived
    │   ├── ConnectionFailedError       nothing was sent: connection refused, DNS, TLS, no free connection
    │   ├── TimeoutExpiredError         no response within the timeout
    │   └── DeliveryUnknownError        a request with an effect failed after it had left; it may have been executed
    ├── ResponseError                   the server responded with an error status
    │   ├── BadRequestError             400
    │   │   ├── ValidationFailedError   a parameter is invalid
    │   │   ├── InstanceStartingError   "instance in starting process try later"
    │   │   ├── NotAuthorizedError      no account is linked to the instance
    │   │   ├── InstanceExpiredError    the instance is not paid for
    │   │   ├── InstanceDeletedError    the instance was deleted
    │   │   └── WebhookUrlSetError      polling while a webhook URL is set
    │   ├── UnauthorizedError           401: wrong token
    │   ├── ForbiddenError              403: wrong instance id or wrong URL, or a method that is not available
    │   ├── NotFoundError               404: no such method
    │   ├── PayloadTooLargeError        413, or a 500 with that reason
    │   ├── RateLimitedError            429: too many requests
    │   ├── QuotaExceededError          466: the monthly quota is used up
    │   ├── MessengerLimitError         469: MAX or Telegram limits how many strangers are looked at
    │   ├── BusinessError               an error of /v1/messages or /v1/media
    │   └── ServerError                 5xx, 499 and 408
    ├── RefusedError                    a 200 that the manual documents as an error; a websocket closed for good
    ├── DecodeError                     a response or notification body that is not the documented JSON
    ├── DeliveryFailedError             a sent message got a final status that means it was not delivered
    ├── BroadcastStoppedError           a broadcast cannot continue until a human acts
    ├── ConversationEndedError          a conversation ended early
    │   ├── ConversationTimeoutError    no answer within the timeout
    │   ├── ConversationCancelledError  the person sent the cancel word
    │   └── ChatTakenOverError          the owner has taken over the chat, so the bot is silent
    ├── CallEndedError                  a voice call ended while something waited for it
    ├── CallAudioError                  the audio of a voice call could not be connected; the call goes on
    ├── InboxError                      an inbox is unusable: missing folder, foreign file, damaged, newer version
    │   ├── InboxLockedError            the inbox is in use elsewhere
    │   └── InboxUnavailableError       the store fails for now: disk full, failing or read-only
    │       └── BrokerUnavailableError  the broker of a relay does not confirm what is published
    ├── RecordingError                  a file is not a recording, or cannot be written
    │   └── RecordingLockedError        another process records to the file
    ├── MissingExtraError               an optional dependency is not installed; also an ImportError
    └── InvalidArgumentError            an invalid argument; nothing was sent; also a ValueError

Every error has ``method`` (API method), ``status`` (HTTP status, if there was a response), ``reason`` (usually the
server's own words) and ``advice`` (what to do). No error contains a URL, because URLs contain the token.
Source: manual 1.3.11, "Стандартные ошибки".
"""

from greenapi_async.errors.response import BusinessErrorItem, QuotaStatus, Response

__all__ = [
    "BadRequestError",
    "BroadcastStoppedError",
    "BrokerUnavailableError",
    "BusinessError",
    "BusinessErrorItem",
    "CallAudioError",
    "CallEndedError",
    "ChatTakenOverError",
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
    "MessengerLimitError",
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
    """Base class of all errors of this package.

    Attributes:
        advice: What to do about this error of this method; empty if ``reason`` already says it.
        reason: Cause of the error; for a response, the server's own words.
        method: Name of the API method, for example ``sendMessage``; empty if no method was called.
        status: HTTP status; None if there was no response.
        response: The response with its headers and its body; None if there was none, or if it was a download.
    """

    advice: str = "See the reason for what to do."
    response: Response | None = None

    def __init__(self, reason: str = "", *, method: str = "", status: int | None = None) -> None:
        """Create the error.

        Args:
            reason: Cause of the error.
            method: Name of the API method.
            status: HTTP status of the response.
        """
        super().__init__(reason)
        self.reason = reason
        self.method = method
        self.status = status

    def __str__(self) -> str:
        origin = " ".join(part for part in (self.method, str(self.status or "")) if part)
        reason = self.reason.strip()
        if reason and reason[-1] not in ".!?":
            reason += "."
        return " ".join(part for part in (origin + ":" if origin else "", reason, self.advice) if part)


class TransportError(GreenAPIError):
    """No usable response arrived: the network or a proxy failed.

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
    """No connection could be established, so nothing was sent. Retrying is safe."""

    advice = "Nothing was sent. Check the network, the host name and any proxy, then try again."


class TimeoutExpiredError(TransportError):
    """No response, or no awaited event, arrived within the timeout."""

    advice = "Try again, or allow more time with timeout=."


class DeliveryUnknownError(TransportError):
    """A request that must not be repeated failed after it had left, so it may have been executed.

    ``__cause__`` is the underlying error. Sends are not retried by default, because that could send a message twice.
    For other methods ``advice`` says how to find out whether the request took effect, and for a message with ``once=``
    that the same call can be repeated.
    """

    advice = (
        "The request may have been executed. Check the outgoing queue and the journal before sending again (once= does "
        "that for texts, polls and files by URL), or allow duplicates with Retry(replay_sends=True)."
    )


class ResponseError(GreenAPIError):
    """The server responded with an error status.

    Attributes:
        retry_after: Seconds to wait as requested by the server (``Retry-After``); None if it did not say.
    """

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Create the error.

        Args:
            reason: The server's own words.
            method: Name of the API method.
            status: HTTP status of the response.
            retry_after: Seconds to wait as requested by the server.
        """
        super().__init__(reason, method=method, status=status)
        self.retry_after = retry_after


class BadRequestError(ResponseError):
    """The server rejected the request (400)."""

    advice = "Correct the request; the same request will fail again."


class ValidationFailedError(BadRequestError):
    """A parameter is missing, unknown, of the wrong type or out of range (400)."""

    advice = "Correct the parameter named in the reason."


class InstanceStartingError(BadRequestError):
    """The instance is starting, which takes up to five minutes (400)."""

    advice = "Wait a few seconds and try again; if it lasts longer than five minutes, reboot the instance."


class NotAuthorizedError(BadRequestError):
    """No account is linked to the instance (400)."""

    advice = "Link the phone by QR code or by phone number, then try again."


class InstanceExpiredError(BadRequestError):
    """The instance's paid period has ended (400)."""

    advice = "Renew the instance in your personal area at GREEN-API."


class InstanceDeletedError(BadRequestError):
    """The instance was deleted (400)."""

    advice = "Create a new instance and use its id and token."


class WebhookUrlSetError(BadRequestError):
    """The instance delivers notifications to a webhook URL, so they cannot be polled (400)."""

    advice = "Clear the webhook URL with use_polling(), or receive notifications by webhook."


class UnauthorizedError(ResponseError):
    """The server rejected the token (401)."""

    advice = "Check the token: the server does not accept it."


class ForbiddenError(ResponseError):
    """The server does not know the instance, or not for this token (403)."""

    advice = "Check the instance id, the token and api_url: they must belong to the same instance."


class NotFoundError(ResponseError):
    """The server does not know the method (404)."""

    advice = "Check api_url, and that the method is available for your instance."


class PayloadTooLargeError(ResponseError):
    """The JSON exceeds 100 KB or the file 100 MB (413, or a 500 with that reason)."""

    advice = "Send less: at most 100 KB of JSON, and files of at most 100 MB."


class RateLimitedError(ResponseError):
    """The server's rate limit was exceeded (429). The request was not executed, so retrying is safe."""

    advice = "Another process may be using this instance: slow it down, or let all of them share a rate limiter."


class QuotaExceededError(ResponseError):
    """The tariff's monthly quota is used up (466).

    Attributes:
        invoke: Quota of calls of the method; None if the server did not report it.
        correspondents: Quota of chats; None if the server did not report it.
    """

    advice = "Wait until the first day of next month, or change the tariff."

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = 466,
        invoke: QuotaStatus | None = None,
        correspondents: QuotaStatus | None = None,
    ) -> None:
        """Create the error.

        Args:
            reason: The server's own words.
            method: Name of the API method.
            status: HTTP status of the response.
            invoke: Quota of calls of the method.
            correspondents: Quota of chats.
        """
        super().__init__(reason, method=method, status=status)
        self.invoke = invoke
        self.correspondents = correspondents


class BusinessError(ResponseError):
    """``/v1/messages`` or ``/v1/media`` rejected the request.

    Attributes:
        errors: All errors reported by the server.
        code: Code of the first error.
        title: Title of the first error.
        details: Details of the first error.
    """

    advice = "Look up the code in the WhatsApp Business API's list of errors."

    def __init__(
        self,
        reason: str = "",
        *,
        method: str = "",
        status: int | None = 400,
        errors: tuple[BusinessErrorItem, ...] = (),
    ) -> None:
        """Create the error.

        Args:
            reason: The server's own words.
            method: Name of the API method.
            status: HTTP status of the response.
            errors: All errors reported by the server.
        """
        super().__init__(reason, method=method, status=status)
        first = errors[0] if errors else BusinessErrorItem()
        self.code = first.code
        self.title = first.title
        self.details = first.details
        self.errors = errors


class MessengerLimitError(ResponseError):
    """The messenger's own limit on looking at strangers is reached (469, or a 200 that says so).

    It is unknown whether the account exists. The limit is neither that of the tariff (``QuotaExceededError``) nor that
    of requests per second (``RateLimitedError``). Never repeated automatically. Only on MAX and Telegram.
    """

    advice = (
        "It is unknown whether the number has an account. Wait about two hours before checking further numbers that "
        "the server does not know yet."
    )


class ServerError(ResponseError):
    """The server or its gateway failed (5xx, 499 and 408)."""

    advice = "Try again later; if the error persists, contact GREEN-API support."


class RefusedError(GreenAPIError):
    """A response with status 200 that the manual documents as an error, or a websocket that was closed for good."""

    advice = "The server understood the request but refused it: check ids, permissions and the instance's state."


class DecodeError(GreenAPIError):
    """A response or a notification body is not the documented JSON: HTML, invalid JSON or another shape."""

    advice = "Check api_url and any proxy in front of the server."


class DeliveryFailedError(GreenAPIError):
    """A sent message got a final status that means it was not delivered, for example ``noAccount``."""

    advice = "See the status and its description; a number without WhatsApp cannot receive any message."


class BroadcastStoppedError(GreenAPIError):
    """A broadcast was stopped: the instance cannot send, its quota is used up, or its content fails for everybody."""

    advice = "Solve the problem, then start the broadcast again under its name: it continues where it stopped."


class ConversationEndedError(GreenAPIError):
    """A conversation ended early. A handler that lets this error propagate counts as finished and is not retried."""

    advice = "Catch it around the conversation to inform the person."


class ConversationTimeoutError(ConversationEndedError):
    """The person did not answer within the conversation's timeout."""


class ConversationCancelledError(ConversationEndedError):
    """The person sent the conversation's cancel word."""


class ChatTakenOverError(ConversationEndedError):
    """The owner of the account has taken over the chat, so nothing was sent; see ``bots.takeover``."""

    advice = "The bot is silent there until the pause is over; there is nothing to do."


class CallEndedError(GreenAPIError):
    """A voice call ended while something waited for it, or before.

    The reason is the server's, such as ``hangup``, ``timeout`` or ``rejected:busy``. ``connection-lost`` means that the
    websocket failed, so that the call itself may go on.
    """

    advice = ""


class CallAudioError(GreenAPIError):
    """The audio of a voice call could not be connected. The call itself goes on until it is hung up."""

    advice = "Try call.connect_audio() again, or hang up."


class InboxError(GreenAPIError):
    """An inbox is unusable, and retrying cannot help: missing folder, foreign file, damaged or newer version."""

    advice = "Use a separate file for the inbox, in an existing folder with write permission."


class InboxLockedError(InboxError):
    """The inbox is in use by another process, or by another object in this process."""

    advice = "Stop the other process, or use another file. The lock of a killed process is released automatically."


class InboxUnavailableError(InboxError):
    """The inbox's store cannot be used for now: disk full or read-only, or the file is gone. Retrying can help."""

    advice = "Free disk space, or restore the file or its permissions. New notifications stay on the server meanwhile."


class BrokerUnavailableError(InboxUnavailableError):
    """The broker of a relay did not confirm a message in time, or refused it. Retrying can help."""

    advice = (
        "Check the broker, and that the stream, exchange or topic exists. Notifications stay on the server meanwhile."
    )


class RecordingError(GreenAPIError):
    """A file is not a recording, or cannot be written. The reason names the file and the line."""

    advice = ""


class RecordingLockedError(RecordingError):
    """Another process records to the file."""

    advice = "Stop the other process, or give each its own file."


class InvalidArgumentError(GreenAPIError, ValueError):
    """An argument is invalid or exceeds a documented limit. Nothing was sent.

    A file that changes while it is uploaded raises it too: its body is cut short, so the request is not executed.
    """

    advice = ""


class MissingExtraError(GreenAPIError, ImportError):
    """An optional dependency is not installed. Raised when the module that needs it is imported.

    Attributes:
        extra: Name of the extra, for example ``ws``.
        packages: The missing packages.
    """

    advice = ""

    def __init__(self, extra: str, *packages: str) -> None:
        """Create the error.

        Args:
            extra: Name of the extra, for example ``ws``.
            packages: The missing packages.
        """
        self.extra = extra
        self.packages = packages
        verb = "is" if len(packages) == 1 else "are"
        super().__init__(f"{', '.join(packages)} {verb} not installed; run: pip install 'greenapi-async[{extra}]'")

    def __str__(self) -> str:
        return self.reason  # no full stop after the command, so that it can be copied

    def __reduce__(self) -> tuple[type["MissingExtraError"], tuple[str, ...]]:
        return type(self), (self.extra, *self.packages)
