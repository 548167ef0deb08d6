"""What every section of the manual stands on."""

from abc import abstractmethod
from typing import Any, Protocol, TypeVar

from greenapi_async.endpoint import Endpoint

__all__ = ["Section"]

T = TypeVar("T")


class Section(Protocol):
    """The methods of one section; it has no state, and the client it is part of performs the calls."""

    @abstractmethod
    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T: ...
