"""A parameter is sent under its name in the manual if it is given, and not at all otherwise.

The server rejects unknown fields, so parameters beyond the manual may only be sent if the caller passes them.
"""

from contextlib import nullcontext
from typing import Any

import httpx
import pytest
import respx

from greenapi_async import Client, ConnectionFailedError, Retry
from greenapi_async.instance.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .request_body import body_of
from .table import HTTP_ROWS, Param, Row

pytestmark = pytest.mark.anyio

ALWAYS: dict[str, dict[str, Any]] = {
    "receive_notification": {"receive_timeout": 5},
    "send_file_by_upload": {"file_name": "horse.jpg"},
}
"""Optional parameters that are always sent: the client needs the waiting time for its timeout; bytes have no name."""
SWITCHES = {"create_instance", "set_settings"}

CASES = [
    (row, param)
    for row in HTTP_ROWS
    if row.name
    not in {"sendTemplate", "uploadFile"}  # sendTemplate has no documented parameters, uploadFile only headers
    for param in (None, *(param for param in row.params if not param.required))
]


@pytest.fixture
def anyio_backend() -> str:
    """Nothing here depends on the event loop."""
    return "asyncio"


async def sent(row: Row, arguments: dict[str, Any]) -> set[str]:
    """Call the method and return the names of the parameters in query and body."""
    options: dict[str, Any] = {"retry": Retry(patience=0), "validate": False}
    owner = PartnerClient(TOKEN, **options) if row.host == "partner" else Client(1101000001, TOKEN, **options)
    with respx.mock as wire, pytest.deprecated_call() if row.deprecated else nullcontext():
        wire.route().mock(side_effect=httpx.ConnectError("refused"))
        async with owner:
            with pytest.raises(ConnectionFailedError):
                await getattr(owner, row.python)(**arguments)
        (call,) = list[respx.models.Call](wire.calls)
    request = call.request
    return set(request.url.params) | set(body_of(request, row))


@pytest.mark.parametrize(
    ("row", "param"), CASES, ids=[f"{row.name}-{param.name if param else 'nothing'}" for row, param in CASES]
)
async def test_only_given_parameters_are_sent(row: Row, param: Param | None) -> None:
    examples = ARGUMENTS.get(row.python, {})
    needed = [other for other in row.params if other.required and not (param and other.alternative == param.name)]
    always = ALWAYS.get(row.python, {})
    arguments = {other.python: examples[other.python] for other in needed} | always
    expected = {other.name for other in row.params if other.python in arguments and other.place != "path"}
    if param is not None:
        arguments = {**arguments, param.python: True if row.python in SWITCHES else "1"}
        expected.add(param.name)
    names = await sent(row, arguments)
    assert names == expected, f"{row.python}({', '.join(arguments)}) sends {sorted(names)}; expected {sorted(expected)}"
