"""The monthly quotas of a tariff: calls per method, and chats on the developer tariff.

Source: manual 1.2.2 and 1.3.11.
"""

from datetime import UTC, datetime
from typing import Any, Final, Literal

import attrs

from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.simulation.limits import Quota

__all__ = ["CHATS", "QuotaExceeded", "Quotas", "Tariff"]

Tariff = Literal["business", "developer"]

CHATS: Final = 3
"""Chats a month on the developer tariff."""
_CONSOLE: Final = "change the tariff to business https://console.green-api.com"


class QuotaExceeded(RequestRejected):
    """A 466, which has a body of its own."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(466, "Quota Exceeded")
        self.body = body


@attrs.define(eq=False)
class Quotas:
    """The usage of one instance since the first day of the month.

    Attributes:
        tariff: The tariff, which decides the quotas.
        chats: The chats of this month, counted on the developer tariff only.
        chat_was_rejected: Whether a chat over the quota was rejected this month.
        report_in_polls: Whether a poll is answered with a 466, with its notification, once a chat was rejected.
    """

    tariff: Tariff = "business"
    chats: list[str] = attrs.field(factory=list[str], init=False)
    chat_was_rejected: bool = attrs.field(default=False, init=False)
    report_in_polls: bool = attrs.field(default=False, init=False)
    _month: str = attrs.field(default="", init=False)
    _used: dict[str, int] = attrs.field(factory=dict[str, int], init=False)

    def check(self, method: str, quota: Quota, at: float) -> None:
        """Reject a call over the quota of its method.

        Args:
            method: The called method.
            quota: The quota of the method.
            at: The time of the call.

        Raises:
            QuotaExceeded: The quota is used up.
        """
        self._start_month(at)
        limit = quota.developer if self.tariff == "developer" else quota.business
        if limit is not None and self._used.get(method, 0) >= limit:
            description = f"Monthly quota has been exceeded. Please go to your console and {_CONSOLE}"
            raise QuotaExceeded(
                {"invokeStatus": {**self._invoke_status(method, limit, "QUOTE_EXCEEDED"), "description": description}}
            )

    def count(self, method: str, at: float) -> None:
        """Count a call that passed every check.

        Args:
            method: The called method.
            at: The time of the call.
        """
        self._start_month(at)
        self._used[method] = self._used.get(method, 0) + 1

    def admit_chat(self, chat_id: str, at: float) -> bool:
        """Return whether the tariff allows a chat; a new one counts if there is room.

        Args:
            chat_id: The chat.
            at: The current time.
        """
        self._start_month(at)
        if self.tariff != "developer" or chat_id in self.chats:
            return True
        self.chat_was_rejected = len(self.chats) >= CHATS
        if not self.chat_was_rejected:
            self.chats.append(chat_id)
        return not self.chat_was_rejected

    def chats_status(self, status: str, separator: str = ",") -> dict[str, Any]:
        """Return the object that reports the used chats.

        Args:
            status: Its `status`.
            separator: The separator of the chat ids in its description.
        """
        return {
            "method": "correspondents",
            "used": len(self.chats),
            "total": CHATS,
            "status": status,
            "description": "Monthly quota has been exceeded. You can only send or receive messages from these numbers: "
            f"{separator.join(self.chats)}. Please go to your personal account and {_CONSOLE}",
        }

    def chat_rejection(self, method: str, quota: Quota) -> QuotaExceeded:
        """Create the 466 of a call to a chat over the quota.

        Args:
            method: The called method.
            quota: The quota of the method.
        """
        invoke_status = self._invoke_status(method, quota.developer or 0, "QUOTE_ALLOWED")
        return QuotaExceeded({"invokeStatus": invoke_status, **self.correspondents_status()})

    def correspondents_status(self) -> dict[str, Any]:
        """Return the part of a 466 that is about chats."""
        return {"correspondentsStatus": self.chats_status("CORRESPONDENTS_QUOTE_EXCEEDED")}

    def _invoke_status(self, method: str, total: int, status: str) -> dict[str, Any]:
        return {"method": method.lower(), "used": self._used.get(method, 0), "total": total, "status": status}

    def _start_month(self, at: float) -> None:
        month = f"{datetime.fromtimestamp(at, UTC):%Y-%m}"
        if month != self._month:
            self._month = month
            self._used.clear()
            self.chats.clear()
            self.chat_was_rejected = False
