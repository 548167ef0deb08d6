"""A parameter is sent under the manual's name when it is given, and not at all when it is not.

The server refuses fields that it does not know, so one from beyond the manual may only leave when it was asked for.
"""

from contextlib import nullcontext
from typing import Any

import httpx
import pytest

from greenapi_async import Client, ConnectionFailedError, Retry
from greenapi_async.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .reading import body_of
from .table import HTTP_ROWS, Param, Row

pytestmark = pytest.mark.anyio

ALWAYS: dict[str, dict[str, Any]] = {
    "receive_notification": {"receive_timeout": 5},
    "send_file_by_upload": {"file_name": "horse.jpg"},
}
"""What goes along although it is optional: the wait that the client allows for, and a name, for bytes have none."""
SWITCHES = {"create_instance", "set_settings"}

CASES = [
    (row, param)
    for row in HTTP_ROWS
    if row.name not in {"sendTemplate", "uploadFile"}  # of the one no parameter is documented, the other has headers
    for param in (None, *(param for param in row.params if not param.required))
]


@pytest.fixture
def anyio_backend() -> str:
    """One is enough: nothing waits here."""
    return "asyncio"


async def sent(row: Row, arguments: dict[str, Any]) -> set[str]:
    """Call the method, and name what is in the query and in the body."""
    requests: list[httpx.Request] = []

    def refuse(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        raise httpx.ConnectError("refused")

    transport = httpx.MockTransport(refuse)
    options: dict[str, Any] = {"transport": transport, "retry": Retry(patience=0), "validate": False}
    owner = PartnerClient(TOKEN, **options) if row.host == "partner" else Client(1101000001, TOKEN, **options)
    with pytest.deprecated_call() if row.retired else nullcontext():
        async with owner:
            with pytest.raises(ConnectionFailedError):
                await getattr(owner, row.python)(**arguments)
    (request,) = requests
    return set(request.url.params) | set(body_of(request, row))


@pytest.mark.parametrize(
    ("row", "param"), CASES, ids=[f"{row.name}-{param.name if param else 'nothing'}" for row, param in CASES]
)
async def test_what_is_given_is_sent_and_nothing_else(row: Row, param: Param | None) -> None:
    examples = ARGUMENTS.get(row.python, {})
    needed = [each for each in row.params if each.required and not (param and each.alternative == param.name)]
    always = ALWAYS.get(row.python, {})
    arguments = {each.python: examples[each.python] for each in needed} | always
    expected = {each.name for each in row.params if each.python in arguments and each.place != "path"}
    if param is not None:
        arguments = {**arguments, param.python: True if row.python in SWITCHES else "1"}
        expected.add(param.name)
    names = await sent(row, arguments)
    assert names == expected, f"{row.python}({', '.join(arguments)}) sends {sorted(names)}, not {sorted(expected)}"
