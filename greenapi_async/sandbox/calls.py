"""The log of the API calls of an instance, never with the token."""

from typing import Any

import attrs


@attrs.define
class LoggedCall:
    """One call; its status is None until it is answered, and stays so when the connection was dropped."""

    method: str
    verb: str
    at: float
    status: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give the row of the control API."""
        return {"method": self.method, "verb": self.verb, "status": self.status, "at": self.at}
