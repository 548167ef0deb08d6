"""What a caller is told, and what the log is."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import NamedTuple

import attrs

__all__ = ["ANSWERED", "AT_FAULT", "Answer", "Refusal"]


class Answer(NamedTuple):
    """What to answer: a status, and its phrase by the standard, which tells nothing of why."""

    status: int
    reason: str

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers to send with it."""
        return {"Allow": "POST"} if self.status == HTTPStatus.METHOD_NOT_ALLOWED else {}


def _answer(status: HTTPStatus) -> Answer:
    return Answer(status.value, status.phrase)


ANSWERED = _answer(HTTPStatus.OK)
AT_FAULT = _answer(HTTPStatus.SERVICE_UNAVAILABLE)
"""The server sends again in 60 seconds."""


@attrs.frozen
class Refusal:
    """Why a request is not taken; the reason is for the log, and one of a fixed few."""

    status: HTTPStatus
    reason: str

    @property
    def answer(self) -> Answer:
        """What the caller is told."""
        return _answer(self.status)
