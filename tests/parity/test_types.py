"""A value of another type than the documented one is rejected before anything is sent."""

import warnings
from typing import Any

import httpx
import pytest

from greenapi_async import BusinessClient, Client, InvalidArgumentError
from greenapi_async.instance.partner import PartnerClient

from .arguments import ARGUMENTS, TOKEN
from .table import HTTP_ROWS, TYPES, Param, Row

pytestmark = pytest.mark.anyio

WRONG: dict[str, tuple[Any, ...]] = {
    "string": (5, True, ["x"], b"x"),
    "integer": ("10", True, 1.5, "abc", [1]),
    "number": ("1.5", "abc", True, float("nan"), float("inf"), [1]),
    "boolean": ("yes", "true", 1, 0),
    "switch": ("yes", "no", 1, 0),
    "phone": ("abc", True, 1.5, [11001234567], "79001234567@c.us"),
    "price": (True, 1.5, "abc", ["1"]),
    "array": ("text", 5, {"a": 1}),
    "object": ("text", 5, ["x"]),
    "file": (5, True, {"a": 1}, "no such file"),
}
"""Values that are not of a type."""

BUSINESS: list[tuple[str, dict[str, Any], dict[str, tuple[Any, ...]]]] = [
    (
        "send_text",
        {"to": "79001234567", "body": "Hi"},
        {
            "to": (True, 1.5, ["7"]),
            "body": WRONG["string"],
            "preview_url": WRONG["boolean"],
            "recipient_type": (5, "x"),
        },
    ),
    *(
        (
            f"send_{kind}",
            {"to": "79001234567", "link": "https://host/a"},
            {"to": (True, 1.5), "link": WRONG["string"], "provider": WRONG["string"]}
            | ({"caption": WRONG["string"]} if kind in {"image", "video", "document"} else {})
            | ({"filename": WRONG["string"]} if kind == "document" else {}),
        )
        for kind in ("image", "video", "audio", "document", "sticker")
    ),
    ("delete_media", {}, {"id": WRONG["string"]}),
    ("upload_media", {"file": b"x"}, {"content_type": (5,), "file": WRONG["file"]}),
]
"""Methods of the business client, which has no rows: valid arguments, and wrong ones."""


@pytest.fixture
def anyio_backend() -> str:
    """Nothing here depends on the event loop."""
    return "asyncio"


class NoRequests(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        pytest.fail(f"{request.method} {request.url.path} was sent")


def type_of(param: Param) -> str:
    found = param.type or TYPES.get(param.name)
    assert found is not None, f"methods.toml has no type for the parameter {param.name}"
    return found


@pytest.mark.parametrize("row", [row for row in HTTP_ROWS if row.params], ids=lambda row: row.name)
async def test_value_of_another_type_is_rejected(row: Row) -> None:
    examples = ARGUMENTS.get(row.python, {})
    transport = NoRequests()
    owner: Client | PartnerClient = Client(1101000001, TOKEN, transport=transport)
    if row.host == "partner":
        owner = PartnerClient(TOKEN, transport=transport)
    async with owner as client:
        for param in row.params:
            needed = {
                other.python: examples[other.python]
                for other in row.params
                if other.required and other.python in examples and param.name != other.alternative
            }
            for value in WRONG[type_of(param)]:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)
                    with pytest.raises(InvalidArgumentError) as raised:
                        await getattr(client, row.python)(**{**needed, param.python: value})
                assert str(raised.value), f"{row.python}({param.python}={value!r})"


@pytest.mark.parametrize(("method", "needed", "wrong"), BUSINESS, ids=[row[0] for row in BUSINESS])
async def test_business_client_rejects_values_of_another_type(
    method: str, needed: dict[str, Any], wrong: dict[str, tuple[Any, ...]]
) -> None:
    async with BusinessClient(TOKEN, transport=NoRequests()) as client:
        for name, values in wrong.items():
            for value in values:
                with pytest.raises(InvalidArgumentError):
                    await getattr(client, method)(**{**needed, name: value})
