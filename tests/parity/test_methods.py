"""Each method of the manual is an endpoint, a method of the client, a method of the sandbox, and told in the README."""

import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import greenapi_async.methods
from greenapi_async import Client, Retry
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.partner import PartnerClient
from greenapi_async.sandbox.api import partner
from greenapi_async.sandbox.api.methods import METHODS

from .arguments import ARGUMENTS, TOKEN
from .table import HTTP_ROWS, PARTNER_ROWS, ROWS, Row

MODULES = [module.name for module in pkgutil.iter_modules(greenapi_async.methods.__path__, "greenapi_async.methods.")]
ENDPOINTS: dict[str, Endpoint[Any]] = {
    value.name: value
    for module in (*MODULES, "greenapi_async.partner")
    for value in vars(importlib.import_module(module)).values()
    if isinstance(value, Endpoint)
}
SERVED = {name: method.verb for name, method in METHODS.items()} | {
    name: method.verb for name, method in partner.METHODS.items()
}
README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")

OURS = {
    Client: {
        "aclose",
        "conversation",
        "download",
        "ensure_ready",
        "from_env",
        "id_instance",
        "listening",
        "notifications",
        "poll",
        "process",
        "recover",
        "typing",
        "use_polling",
        "use_webhook",
        "wait_for_status",
        "wait_until",
        "with_options",
    },
    PartnerClient: {"aclose", "from_env", "with_options"},
}
"""What the clients have beside the methods of the manual."""

OUR_PARAMETERS = {
    "send_file_by_upload": {"progress"},
    "send_message": {"once"},
    "send_template": {"parameters"},  # no document names them
    "set_group_picture": {"progress"},
    "set_profile_picture": {"progress"},
    "upload_file": {"progress"},
}
"""What the methods take beside the parameters of the manual."""

CONTENT = {"form": Content.FORM, "raw": Content.FILE}

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
each_http_row = pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)


def client_of(row: Row) -> type[Client] | type[PartnerClient]:
    return PartnerClient if row.host == "partner" else Client


def python_method(row: Row) -> Callable[..., Any]:
    owner = client_of(row)
    method = getattr(owner, row.python, None)
    assert method is not None, f"{owner.__name__} has no method {row.python}, which is the manual's {row.name}"
    return typing.cast("Callable[..., Any]", method)


def endpoint_of(row: Row) -> Endpoint[Any]:
    endpoint = ENDPOINTS.get(row.name)
    assert endpoint is not None, f"no endpoint is named {row.name}"
    return endpoint


def parameters(method: Callable[..., Any]) -> tuple[list[str], set[str], set[str]]:
    """Give what must be given, what may be given in its place, and what is by keyword only; without self."""
    positional: list[str] = []
    with_default: set[str] = set()
    by_keyword: set[str] = set()
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            (fields,) = typing.get_args(parameter.annotation) or (None,)
            assert fields is not None, f"{method.__name__} takes any keyword; an Unpack of a TypedDict is needed"
            by_keyword |= set(typing.get_type_hints(fields))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            assert parameter.default is not parameter.empty, f"{method.__name__} hides the required {parameter.name}"
            by_keyword.add(parameter.name)
        else:
            positional.append(parameter.name)
            if parameter.default is not parameter.empty:
                with_default.add(parameter.name)
    return positional, with_default, by_keyword


@each_row
def test_the_rate_is_the_manuals(row: Row) -> None:
    rate = endpoint_of(row).per_second
    assert rate == pytest.approx(row.rate), f"{row.name} is paced at {rate} a second, and 1.3.12 allows {row.rate}"


@each_http_row
def test_the_endpoint_is_the_manuals(row: Row) -> None:
    endpoint = endpoint_of(row)
    host = Host.MEDIA if row.host == "media" else Host.API
    assert endpoint.verb == row.verb, f"{row.name} is sent by {endpoint.verb}, and the manual has {row.verb}"
    assert endpoint.host is host, f"{row.name} goes to {endpoint.host}, and the manual has {host}"
    for tariff, ours, theirs in (
        ("Developer", endpoint.developer_quota, row.developer_quota),
        ("Business", endpoint.business_quota, row.business_quota),
    ):
        limit = None if theirs == "unlimited" else theirs
        assert ours == limit, f"{row.name} has a quota of {ours} on {tariff}, and 1.2.2 has {theirs}"
    if row.effect is not None:
        assert endpoint.idempotent is not row.effect, (
            f"{row.name}: idempotent is {endpoint.idempotent}, effect {row.effect}"
        )


@each_http_row
def test_each_parameter_goes_where_the_manual_has_it(row: Row) -> None:
    endpoint = endpoint_of(row)
    for place, ours in (("path", endpoint.path), ("query", endpoint.query), ("header", endpoint.headers)):
        theirs = row.at(place)
        assert set(ours) == set(theirs), f"{row.name} has {ours} in the {place}, and the manual has {theirs}"
    content = next((CONTENT[param.place] for param in row.params if param.place in CONTENT), Content.JSON)
    assert endpoint.content is content, f"{row.name} carries {endpoint.content}, and the manual has {content}"
    required = {param.name for param in row.params if param.required and param.alternative is None}
    assert set(endpoint.required) == required, (
        f"{row.name} refuses to go without {endpoint.required}; required are {required}"
    )


@each_http_row
def test_the_method_takes_the_manuals_parameters(row: Row) -> None:
    positional, with_default, by_keyword = parameters(python_method(row))
    ours = OUR_PARAMETERS.get(row.python, set[str]())
    required = [param.python for param in row.params if param.required]
    given = [name for name in positional if name not in ours]
    assert given == required, f"{row.python} takes {given} by position, and required are {required}"
    replaceable = {param.python for param in row.params if param.alternative}
    assert with_default == replaceable, f"{row.python} has defaults for {with_default}; replaceable are {replaceable}"
    if row.open:
        return
    optional = {param.python: param for param in row.params if not param.required}
    for source, beyond in (("the manual", False), ("the vendor's own client", True)):
        missing = sorted(name for name in optional.keys() - by_keyword if optional[name].beyond is beyond)
        assert not missing, f"{row.python} does not take {', '.join(missing)}, which {source} has"
    unknown = by_keyword - optional.keys() - ours
    assert not unknown, f"{row.python} takes {', '.join(sorted(unknown))}, which no document has"


@each_row
def test_the_docstring_names_its_source(row: Row) -> None:
    said = inspect.getdoc(python_method(row)) or ""
    in_tables_only = row.section == "1.3.12"
    beyond = row.section == "beyond" or in_tables_only
    found = beyond and "Beyond the manual" in said
    assert found or re.search(rf"Manual: .*\b{re.escape(row.section)}\b", said), (
        f"the docstring of {row.python} does not say where it is from: {row.section}"
    )


@each_http_row
def test_the_sandbox_answers_it(row: Row) -> None:
    verb = SERVED.get(row.name)
    assert verb is not None, f"the sandbox does not answer {row.name}"
    assert verb == row.verb, f"the sandbox has {row.name} by {verb}, and the manual by {row.verb}"


@each_http_row
def test_the_readme_tells_of_it(row: Row) -> None:
    assert f"`{row.python}`" in README, f"the README does not list `{row.python}`"


def test_there_is_no_endpoint_that_the_table_lacks() -> None:
    unknown = ENDPOINTS.keys() - {row.name for row in ROWS}
    assert not unknown, f"methods.toml has no row for the endpoints {unknown}"


@pytest.mark.parametrize("owner", [Client, PartnerClient])
def test_there_is_no_method_that_the_table_lacks(owner: type) -> None:
    rows = PARTNER_ROWS if owner is PartnerClient else [row for row in ROWS if row.host != "partner"]
    public = {name for name in dir(owner) if not name.startswith("_")}
    unknown = public - OURS[owner] - {row.python for row in rows}
    assert not unknown, f"methods.toml has no row for {owner.__name__}'s {unknown}"


def test_the_sandbox_has_no_method_that_the_table_lacks() -> None:
    unknown = SERVED.keys() - {row.name for row in ROWS}
    assert not unknown, f"methods.toml has no row for the sandbox's {unknown}"


@pytest.mark.anyio
@pytest.mark.parametrize("row", [row for row in ROWS if row.retired], ids=lambda row: row.name)
async def test_a_retired_method_warns(row: Row) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"idMessage": "3EB0C767D097B7C7C030"}))
    async with Client(1101000001, TOKEN, transport=transport, retry=Retry(repeats=0)) as client:
        with pytest.warns(DeprecationWarning, match=row.python):
            await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))
