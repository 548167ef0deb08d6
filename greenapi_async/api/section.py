"""What every section of the manual stands on."""

from abc import ABC, abstractmethod
from typing import Any, TypeVar

from greenapi_async.endpoint import Endpoint

__all__ = ["Section"]

T = TypeVar("T")


class Section(ABC):
    """The methods of one section; it has no state, and the client it is part of performs the calls."""

    @abstractmethod
    async def _call(self, endpoint: Endpoint[T], /, **values: Any) -> T: ...
