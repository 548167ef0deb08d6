"""Base of the method groups."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeVar

from greenapi_async.http.endpoint import Endpoint

__all__ = ["MethodGroup"]

T = TypeVar("T")


class MethodGroup(ABC):
    """The methods of one section of the manual; a stateless mixin of the client, which performs the requests."""

    @abstractmethod
    async def _request(self, endpoint: Endpoint[T], values: Mapping[str, Any]) -> T: ...
