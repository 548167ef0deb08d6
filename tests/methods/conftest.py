"""A stub of GREEN-API behind respx: it records requests and returns the answer that a test sets."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import attrs
import httpx
import pytest
import respx

from greenapi_async import Client, Retry

Call = Callable[[Client], Awaitable[Any]]
"""One call of one method."""

ANNA = "11001234567@c.us"
GROUP = "120363043968066561@g.us"
ID = "BAE5F4886F6F2D05"
SENT = {"idMessage": "3EB0C767D097B7C7C030"}


@attrs.frozen
class Request:
    """A request as the server received it, without the instance and the token."""

    verb: str
    method: str
    body: Any = None
    query: Mapping[str, str] = attrs.field(factory=dict[str, str])


class Server:
    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.content = b""
        self.status = 200

    def respond(self, value: Any, status: int = 200) -> None:
        """Set the answer: JSON, or an empty body if the value is None."""
        self.content = b"" if value is None else json.dumps(value).encode()
        self.status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        instance, method, token = request.url.path.removeprefix("/").split("/")
        assert (request.url.host, instance, token) == ("api.green-api.com", "waInstance1101000001", "token")
        body = json.loads(request.content) if request.content else None
        self.requests.append(Request(request.method, method, body, dict(request.url.params)))
        return httpx.Response(self.status, content=self.content)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    with respx.mock(assert_all_called=False) as wire:
        wire.route().mock(side_effect=server)
        async with Client(1101000001, "token", rate_limiter=None, retry=Retry(repeats=0)) as client:
            yield client
