"""Base class of the method groups."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

from greenapi_async.http.endpoint import Endpoint

__all__ = ["MethodGroup"]

T = TypeVar("T")


class MethodGroup(ABC):
    """Stateless mixin with the methods of one section of the manual; the client performs their requests."""

    @abstractmethod
    async def _request(self, endpoint: Endpoint[T], values: Mapping[str, Any]) -> T: ...
