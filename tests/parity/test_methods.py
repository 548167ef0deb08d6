"""Each method of the manual is an endpoint, a method of a client and of the sandbox, and in the reference."""

import ast
import importlib
import inspect
import pkgutil
import re
import typing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import respx

import greenapi_async.methods
from greenapi_async import Client, Retry
from greenapi_async.http.endpoint import Content, Endpoint, Host
from greenapi_async.http.messengers import has_method
from greenapi_async.instance.partner import PartnerClient, PartnerWithRawResponse
from greenapi_async.methods.with_raw_response import ClientWithRawResponse
from greenapi_async.sandbox.api import partner
from greenapi_async.sandbox.api.messengers import methods_of
from greenapi_async.sandbox.api.methods import METHODS
from greenapi_async.sandbox.simulation.messengers import MESSENGERS
from greenapi_async.types import Messenger

from .arguments import ARGUMENTS, TOKEN
from .table import HTTP_ROWS, PARTNER_ROWS, ROWS, Row

NOT_IN_THE_MANUAL = {"greenapi_async.methods.business"}  # /v1/messages and /v1/media
MODULES = {
    module.name for module in pkgutil.iter_modules(greenapi_async.methods.__path__, "greenapi_async.methods.")
} - NOT_IN_THE_MANUAL
ENDPOINTS: dict[str, Endpoint[Any]] = {
    value.name: value
    for module in MODULES | {"greenapi_async.instance.partner"}
    for value in vars(importlib.import_module(module)).values()
    if isinstance(value, Endpoint)
}
SERVED = {name: method.verb for name, method in METHODS.items()} | {
    name: method.verb for name, method in partner.METHODS.items()
}
DOCUMENTED = (Path(__file__).parents[2] / "docs/en/reference/methods.md").read_text("utf-8")

OWN_METHODS = {
    Client: {
        "aclose",
        "broadcast",
        "call",
        "conversation",
        "download",
        "ensure_ready",
        "from_env",
        "health",
        "id_instance",
        "jobs",
        "known_ids",
        "messenger",
        "notifications",
        "opt_outs",
        "process",
        "recover",
        "send_later",
        "typing",
        "use_polling",
        "use_webhook",
        "wait_for_status",
        "wait_until",
        "with_options",
        "with_raw_response",
    },
    PartnerClient: {"aclose", "from_env", "with_options", "with_raw_response"},
}
"""Public methods of the clients that are not methods of the API."""

OWN_PARAMETERS = {
    "create_instance": {"extra"},
    "send_file_by_upload": {"progress"},
    "send_file_by_url": {"once"},
    "send_message": {"once"},
    "send_poll": {"once"},
    "send_template": {"parameters"},  # no document names them
    "set_group_picture": {"progress"},
    "set_profile_picture": {"progress"},
    "set_settings": {"extra"},
    "upload_file": {"progress", "with_expiry"},
}
"""Parameters of the methods that are not parameters of the API."""

CONTENT = {"form": Content.FORM, "raw": Content.FILE}

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
each_http_row = pytest.mark.parametrize("row", HTTP_ROWS, ids=lambda row: row.name)


def client_of(row: Row) -> type[Client] | type[PartnerClient]:
    return PartnerClient if row.host == "partner" else Client


def python_method(row: Row) -> Callable[..., Any]:
    owner = client_of(row)
    method = getattr(owner, row.python, None)
    assert method is not None, f"{owner.__name__} has no method {row.python} for {row.name}"
    return typing.cast("Callable[..., Any]", method)


def endpoint_of(row: Row) -> Endpoint[Any]:
    endpoint = ENDPOINTS.get(row.name)
    assert endpoint is not None, f"there is no endpoint {row.name}"
    return endpoint


def parameters(method: Callable[..., Any]) -> tuple[list[str], set[str], set[str]]:
    """Return the positional parameters, those of them that have a default, and the keyword-only ones; without self."""
    positional: list[str] = []
    with_default: set[str] = set()
    by_keyword: set[str] = set()
    for parameter in list(inspect.signature(method).parameters.values())[1:]:
        if parameter.kind is parameter.VAR_KEYWORD:
            (fields,) = typing.get_args(parameter.annotation) or (None,)
            assert fields is not None, f"{method.__name__} accepts any keyword; expected Unpack of a TypedDict"
            by_keyword |= set(typing.get_type_hints(fields))
        elif parameter.kind is parameter.KEYWORD_ONLY:
            assert parameter.default is not parameter.empty, (
                f"{method.__name__} has a required keyword-only parameter {parameter.name}"
            )
            by_keyword.add(parameter.name)
        else:
            positional.append(parameter.name)
            if parameter.default is not parameter.empty:
                with_default.add(parameter.name)
    return positional, with_default, by_keyword


@each_row
def test_rate_limit_matches_the_manual(row: Row) -> None:
    rate = endpoint_of(row).per_second
    assert rate == pytest.approx(row.rate), (
        f"{row.name} is limited to {rate} requests per second; 1.3.12 allows {row.rate}"
    )


@each_http_row
def test_endpoint_matches_the_manual(row: Row) -> None:
    endpoint = endpoint_of(row)
    host = Host.MEDIA if row.host == "media" else Host.API
    assert endpoint.verb == row.verb, f"{row.name} is sent with {endpoint.verb}; expected {row.verb}"
    assert endpoint.host is host, f"{row.name} is sent to {endpoint.host}; expected {host}"
    for tariff, ours, theirs in (
        ("Developer", endpoint.developer_quota, row.developer_quota),
        ("Business", endpoint.business_quota, row.business_quota),
    ):
        limit = None if theirs == "unlimited" else theirs
        assert ours == limit, f"{row.name} has a quota of {ours} on {tariff}; 1.2.2 has {theirs}"
    assert row.effect is not None, f"methods.toml does not say whether {row.name} may be repeated"
    assert endpoint.idempotent is not row.effect, (
        f"{row.name}: idempotent is {endpoint.idempotent}, effect {row.effect}"
    )


@each_http_row
def test_parameters_are_sent_where_the_manual_has_them(row: Row) -> None:
    endpoint = endpoint_of(row)
    for place, ours in (("path", endpoint.path), ("query", endpoint.query), ("header", endpoint.headers)):
        theirs = row.at(place)
        assert set(ours) == set(theirs), f"{row.name} has {ours} in the {place}; expected {theirs}"
    content = next((CONTENT[param.place] for param in row.params if param.place in CONTENT), Content.JSON)
    assert endpoint.content is content, f"{row.name} has a body of {endpoint.content}; expected {content}"
    required = {param.name for param in row.params if param.required and param.alternative is None}
    assert set(endpoint.required) == required, f"{row.name} requires {endpoint.required}; expected {required}"


@each_http_row
def test_method_has_the_parameters_of_the_manual(row: Row) -> None:
    positional, with_default, by_keyword = parameters(python_method(row))
    ours = OWN_PARAMETERS.get(row.python, set[str]())
    required = [param.python for param in row.params if param.required]
    given = [name for name in positional if name not in ours]
    assert given == required, f"{row.python} has the positional parameters {given}; expected {required}"
    replaceable = {param.python for param in row.params if param.alternative}
    assert with_default == replaceable, f"{row.python} has defaults for {with_default}; expected {replaceable}"
    if row.open:
        return
    optional = {param.python: param for param in row.params if not param.required}
    for source, beyond in (("the manual", False), ("the vendor's own client", True)):
        missing = sorted(name for name in optional.keys() - by_keyword if optional[name].beyond is beyond)
        assert not missing, f"{row.python} lacks {', '.join(missing)}, which {source} has"
    unknown = by_keyword - optional.keys() - ours
    assert not unknown, f"{row.python} has {', '.join(sorted(unknown))}, which no document has"


def limits(row: Row) -> set[str]:
    """Return the rate limit and the quotas as docstrings state them."""
    rates = {0.1: "1 request per 10 seconds", 1: "1 request per second"}
    stated = set[str]()
    if row.rate is not None:
        if row.rate == pytest.approx(1 / 60):
            stated.add("1 request per minute")
        else:
            stated.add(rates.get(row.rate, f"{row.rate:g} requests per second"))
    for tariff, quota in (("Developer", row.developer_quota), ("Business", row.business_quota)):
        if isinstance(quota, int):
            stated.add(f"{quota:,} per month on the {tariff} tariff")
    return stated


@each_row
def test_docstring_states_source_and_limits(row: Row) -> None:
    text = " ".join((inspect.getdoc(python_method(row)) or "").split())
    _, found, source = text.partition("Source: ")
    assert found, f"the docstring of {row.python} does not state its source"
    beyond = row.section in {"beyond", "catalogs", "1.3.12"} and "beyond the manual" in source
    assert beyond or re.match(rf"manual {re.escape(row.section)}\b", source), (
        f"the docstring of {row.python} does not state its section {row.section}"
    )
    if row.verb != "WSS":
        stated = set(re.findall(r"[\d,]+ requests? per (?:\d+ )?\w+|[\d,]+ per month on the \w+ tariff", source))
        assert stated == limits(row), f"the docstring of {row.python} states {stated}; expected {limits(row)}"


def test_examples_in_docstrings_are_valid_calls() -> None:
    checked = 0
    for owner in (Client, PartnerClient):
        for name, method in inspect.getmembers(owner, inspect.isfunction):
            lines = re.findall(r"^ *(?:>>>|\.\.\.) (.*)$", inspect.getdoc(method) or "", re.MULTILINE)
            tree = compile("\n".join(lines), name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("client."):
                    keywords = {str(keyword.arg): None for keyword in node.keywords}
                    function = ast.unparse(node.func).removeprefix("client.").removeprefix("with_raw_response.")
                    called = getattr(owner, function)
                    inspect.signature(called).bind(None, *node.args, **keywords)
                    checked += 1
    assert checked > 20


@each_http_row
def test_method_exists_with_raw_response(row: Row) -> None:
    owner = PartnerWithRawResponse if row.host == "partner" else ClientWithRawResponse
    assert hasattr(owner, row.python), f"{owner.__name__} lacks {row.python} = RawMethod(...)"
    plain, raw = python_method(row), getattr(owner(None), row.python)  # type: ignore[arg-type]  # nothing is called
    assert raw.__wrapped__ is plain, f"{owner.__name__}.{row.python} calls {raw.__wrapped__}"


@each_http_row
def test_sandbox_serves_the_method(row: Row) -> None:
    verb = SERVED.get(row.name)
    assert verb is not None, f"the sandbox does not serve {row.name}"
    assert verb == row.verb, f"the sandbox serves {row.name} with {verb}; expected {row.verb}"


@pytest.mark.parametrize("row", [row for row in ROWS if row.host != "partner"], ids=lambda row: row.name)
def test_exactly_these_messengers_have_the_method(row: Row) -> None:
    assert [each.value for each in Messenger if has_method(each, row.name)] == row.messengers
    if row.verb != "WSS":
        assert [each.name for each in MESSENGERS.values() if row.name in methods_of(each)] == row.messengers


@each_http_row
def test_documentation_lists_the_method_and_its_rate(row: Row) -> None:
    """Users look methods up by their names in the manual, so the tables must be complete."""
    rate = "not listed" if row.rate is None else f"{row.rate:g}"
    assert f"| `{row.python}` | {row.name} | {rate} |" in DOCUMENTED


def test_table_has_every_endpoint() -> None:
    unknown = ENDPOINTS.keys() - {row.name for row in ROWS}
    assert not unknown, f"methods.toml has no row for the endpoints {unknown}"


@pytest.mark.parametrize("owner", [Client, PartnerClient])
def test_table_has_every_method(owner: type) -> None:
    rows = PARTNER_ROWS if owner is PartnerClient else [row for row in ROWS if row.host != "partner"]
    public = {name for name in dir(owner) if not name.startswith("_")}
    unknown = public - OWN_METHODS[owner] - {row.python for row in rows}
    assert not unknown, f"methods.toml has no row for {owner.__name__}'s {unknown}"


def test_table_has_every_method_of_the_sandbox() -> None:
    unknown = SERVED.keys() - {row.name for row in ROWS}
    assert not unknown, f"methods.toml has no row for the sandbox's {unknown}"


@pytest.mark.anyio
@pytest.mark.parametrize("row", [row for row in ROWS if row.deprecated], ids=lambda row: row.name)
async def test_deprecated_method_warns(row: Row) -> None:
    with respx.mock as wire:
        wire.route().respond(json={"idMessage": "3EB0C767D097B7C7C030"})
        async with Client(1101000001, TOKEN, retry=Retry(repeats=0)) as client:
            with pytest.warns(DeprecationWarning, match=row.python):
                await getattr(client, row.python)(**ARGUMENTS.get(row.python, {}))
