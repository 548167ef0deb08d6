"""The month's quotas of a tariff: calls of each method, and chats on the developer's one. Manual: 1.2.2 and 1.3.11."""

from datetime import UTC, datetime
from typing import Any, Final, Literal

import attrs

from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.simulation.limits import Quota

Tariff = Literal["business", "developer"]

CHATS: Final = 3
_CONSOLE: Final = "change the tariff to business https://console.green-api.com"


class QuotaSpent(Rejected):
    """A 466, which has a body of its own."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(466, "Quota Exceeded")
        self.body = body


@attrs.define(eq=False)
class Quotas:
    """Count what one instance has used since the first day of the month."""

    tariff: Tariff
    chats: list[str] = attrs.field(factory=list[str], init=False)
    """The chats of this month, on the developer's tariff."""
    spent: bool = attrs.field(default=False, init=False)
    """Whether a chat was turned away this month."""
    _month: str = attrs.field(default="", init=False)
    _used: dict[str, int] = attrs.field(factory=dict[str, int], init=False)

    def check(self, method: str, quota: Quota, at: float) -> None:
        """Refuse a call over the quota of its method."""
        self._begin(at)
        limit = quota.developer if self.tariff == "developer" else quota.business
        if limit is not None and self._used.get(method, 0) >= limit:
            description = f"Monthly quota has been exceeded. Please go to your console and {_CONSOLE}"
            raise QuotaSpent(
                {"invokeStatus": {**self._invoked(method, limit, "QUOTE_EXCEEDED"), "description": description}}
            )

    def count(self, method: str, at: float) -> None:
        """Count a call that was carried out."""
        self._begin(at)
        self._used[method] = self._used.get(method, 0) + 1

    def meet(self, chat_id: str, at: float) -> bool:
        """Say whether this chat is one of those that the tariff allows, making it one while there is room."""
        self._begin(at)
        if self.tariff != "developer" or chat_id in self.chats:
            return True
        self.spent = len(self.chats) >= CHATS
        if not self.spent:
            self.chats.append(chat_id)
        return not self.spent

    def chats_status(self, status: str, separator: str = ",") -> dict[str, Any]:
        """Tell of the chats that were used up."""
        return {
            "method": "correspondents",
            "used": len(self.chats),
            "total": CHATS,
            "status": status,
            "description": "Monthly quota has been exceeded. You can only send or receive messages from these numbers: "
            f"{separator.join(self.chats)}. Please go to your personal account and {_CONSOLE}",
        }

    def refusal(self, method: str, quota: Quota) -> QuotaSpent:
        """Make the 466 of a call to one chat too many."""
        invoked = self._invoked(method, quota.developer or 0, "QUOTE_ALLOWED")
        return QuotaSpent({"invokeStatus": invoked, **self.turned_away()})

    def turned_away(self) -> dict[str, Any]:
        """Give the half of a 466 that is about chats."""
        return {"correspondentsStatus": self.chats_status("CORRESPONDENTS_QUOTE_EXCEEDED")}

    def _invoked(self, method: str, total: int, status: str) -> dict[str, Any]:
        return {"method": method.lower(), "used": self._used.get(method, 0), "total": total, "status": status}

    def _begin(self, at: float) -> None:
        month = f"{datetime.fromtimestamp(at, UTC):%Y-%m}"
        if month != self._month:
            self._month = month
            self._used.clear()
            self.chats.clear()
            self.spent = False
