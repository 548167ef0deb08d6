"""Responses to webhook requests, and the reasons for rejections."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import attrs

__all__ = ["ACCEPTED", "RETRY_LATER", "Rejection", "WebhookResponse"]


class WebhookResponse(NamedTuple):
    """Response to a webhook request. The body is always empty.

    Attributes:
        status: HTTP status code.
        reason: Standard phrase of the status. It never says why a request was rejected.
    """

    status: int
    reason: str

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers to send with the response."""
        return {"Allow": "POST"} if self.status == HTTPStatus.METHOD_NOT_ALLOWED else {}


def _response(status: HTTPStatus) -> WebhookResponse:
    return WebhookResponse(status.value, status.phrase)


ACCEPTED = _response(HTTPStatus.OK)
RETRY_LATER = _response(HTTPStatus.SERVICE_UNAVAILABLE)
"""The server sends the notification again after 60 seconds."""


@attrs.frozen
class Rejection:
    """A rejected request.

    Attributes:
        status: Status of the response.
        reason: Reason for the log, one of a fixed set. The caller does not see it.
    """

    status: HTTPStatus
    reason: str

    @property
    def response(self) -> WebhookResponse:
        """Response for the caller."""
        return _response(self.status)
