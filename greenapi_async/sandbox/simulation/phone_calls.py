"""Calls by voice and video, as the journals of 1.3.5 list them."""

from typing import Any, Literal

import attrs

INCOMING = ("offer", "pickUp", "hangUp", "missed", "declined")
OUTGOING = ("pickUp", "hungUp", "invalid")


@attrs.define(kw_only=True)
class PhoneCall:
    """One call; its status is that of the last thing that happened."""

    id_message: str
    type: Literal["incoming", "outgoing"]
    chat_id: str
    timestamp: int
    status: str
    is_video: bool = False
    duration: int = 0

    def row(self) -> dict[str, Any]:
        """Give the row of the journal."""
        head = {
            "type": self.type,
            "idMessage": self.id_message,
            "timestamp": self.timestamp,
            "typeMessage": f"{self.type}Call",
            "chatId": self.chat_id,
            "isVideo": self.is_video,
            "status": self.status,
        }
        return {**head, **(self._called() if self.type == "outgoing" else {"isGroup": self.chat_id.endswith("@g.us")})}

    def told(self, status: str) -> dict[str, Any]:
        """Give what the notification says."""
        if self.type == "incoming":
            return {"from": self.chat_id, "status": status, "idMessage": self.id_message}
        head = {"idMessage": self.id_message, "from": self.chat_id, "isVideo": self.is_video, "status": status}
        return {**head, **self._called()}

    def _called(self) -> dict[str, Any]:
        return {"duration": self.duration, "participants": [{"id": self.chat_id, "status": self.status}]}
