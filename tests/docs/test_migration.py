"""The migration pages name every call of the libraries they translate, and every new call in their tables exists.

The first column of a table holds the old calls. The code in the other columns is Python that names ours.
"""

import ast
import builtins
import functools
import inspect
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

import greenapi_async
from greenapi_async import (
    Client,
    Conversation,
    GreenAPIError,
    PartnerClient,
    Processing,
    SentMessage,
    bots,
    types,
    webhooks,
)
from greenapi_async.bots import Command, Context, MemoryStorage, Router, filters, storage
from greenapi_async.models.notifications import MessageNotification, Notification
from greenapi_async.testing import Sandbox
from greenapi_async.webhooks import WebhookReceiver

from .pages import DOCS, Page, read

NAMES: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("vendor_methods.toml").read_text("utf-8")
)
PAGES = {path.stem: read(path) for path in sorted((DOCS / "en" / "migration").glob("*.md"))}
CALLS = {"greenAPI", "bot", "notification", "call", "router"}
"""Lists whose names are shown with their owner, as in ``router.message``; so are all of the vendor's client."""

OURS: Mapping[str, list[Any]] = {
    "client": [Client],
    "command": [Command],
    "context": [Context(MemoryStorage(), "key")],
    "error": [GreenAPIError()],
    "filters": [filters],
    "notification": [MessageNotification, *get_args(Notification)],
    "partner": [PartnerClient],
    "processing": [Processing],
    "receiver": [WebhookReceiver],
    "router": [Router],
    "sandbox": [Sandbox],
    "sent": [SentMessage],
    "talk": [Conversation],
}
"""What the lower-case names in the tables are."""
READERS = {"Database", "Order", "Ordering", "call_next", "function", "handler"}
"""Names of the reader's own code."""
MODULES: list[Any] = [greenapi_async, bots, types, storage, webhooks, builtins]


@functools.cache
def rows(page: Page) -> Sequence[list[list[str]]]:
    """Return the rows of the page's tables: per cell, its code spans."""
    return list(read_rows(page))


def read_rows(page: Page) -> Iterator[list[list[str]]]:
    cells: list[list[str]] = []
    in_cell = False
    for token in page.tokens:
        if token.type == "tr_open":
            cells = []
        elif token.type == "td_open":
            in_cell = True
        elif token.type == "inline" and in_cell:
            cells.append([child.content for child in token.children or () if child.type == "code_inline"])
            in_cell = False
        elif token.type == "tr_close" and cells:
            yield cells


@pytest.mark.parametrize("page", NAMES)
def test_a_page_names_every_old_call(page: str) -> None:
    old = "\n".join(code for row in rows(PAGES[page]) for code in row[0])
    missing: list[str] = []
    for owner, names in NAMES[page].items():
        if owner == "version":
            continue
        prefix = f"{owner}." if owner in CALLS or (page == "vendor-client" and not owner.endswith("_options")) else ""
        shown = {name for name in names if re.search(rf"(?<!\w){re.escape(prefix + name)}(?!\w)", old)}
        twins = {f"{name}Async" for name in shown}  # the page says that they have the same replacement
        missing += [prefix + name for name in names if name not in shown | twins]
    assert missing == []


@pytest.mark.parametrize("page", NAMES)
def test_a_page_says_which_version_it_translates(page: str) -> None:
    assert NAMES[page]["version"] in PAGES[page].text


@pytest.mark.parametrize("page", PAGES)
def test_every_new_call_in_the_tables_exists(page: str) -> None:
    codes = dict.fromkeys(code for row in rows(PAGES[page]) for cell in row[1:] for code in cell)
    assert [f"{code}: {problem}" for code in codes for problem in check(code)] == []


def check(code: str) -> Iterator[str]:
    """Yield what is wrong with a piece of code in a table."""
    try:
        tree = parse(code)
    except SyntaxError:
        if any(re.search(rf"\b{name}\.\w", code) for name in OURS):
            yield "is not Python"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield from check_name(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OURS:
            if not any(hasattr(owner, node.attr) for owner in OURS[node.value.id]):
                yield f"{node.value.id} has no {node.attr}"
        elif isinstance(node, ast.Call):
            yield from check_call(node)


def parse(code: str) -> ast.AST:
    if code.startswith("@"):
        code += "\nasync def handler(): ..."
    return ast.parse(f"{code} ..." if code.endswith(":") else code)


def check_name(name: str) -> Iterator[str]:
    if re.match(r"[A-Z]+[a-z]", name) and name not in READERS and named(name) is None:
        yield f"there is no {name}"


def named(name: str) -> Any:
    return next((getattr(module, name) for module in MODULES if hasattr(module, name)), None)


def find(node: ast.expr) -> Any:
    """Return what an expression names, or None if it is not ours."""
    if isinstance(node, ast.Name):
        return named(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owners = OURS.get(node.value.id, [])
        return next((getattr(owner, node.attr) for owner in owners if hasattr(owner, node.attr)), None)
    return None


def check_call(node: ast.Call) -> Iterator[str]:
    """Yield a problem if a function does not take these arguments; ``...`` stands for some of them."""
    function: Any = find(node.func)
    if function is None:
        if isinstance(node.func, ast.Name) and node.func.id.islower() and node.func.id not in READERS:
            yield f"there is no function {node.func.id}"
        return
    if not callable(function) or getattr(function, "__module__", "") == "builtins":
        return
    signature = signature_of(function)
    given: list[object] = [ast.unparse(one) for one in node.args if not is_ellipsis(one)]
    arguments = [None, *given] if "self" in signature.parameters else given
    keywords = {one.arg: None for one in node.keywords if one.arg is not None}
    bind = signature.bind_partial if any(map(is_ellipsis, node.args)) else signature.bind
    try:
        bind(*arguments, **keywords)
    except TypeError as error:
        yield f"{ast.unparse(node.func)}: {error}"
    options = options_of(function)
    unknown = keywords.keys() - signature.parameters.keys() - (options or keywords.keys())
    if unknown:
        yield f"{ast.unparse(node.func)} has no option {sorted(unknown)}"


def is_ellipsis(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


@functools.cache
def signature_of(function: Any) -> inspect.Signature:
    return inspect.signature(function)


@functools.cache
def options_of(function: Any) -> frozenset[str] | None:
    """Return the keys of a ``**options: Unpack[SomeTypedDict]``; None if the function has no such parameter."""
    variadic = [one for one in signature_of(function).parameters.values() if one.kind is one.VAR_KEYWORD]
    if not variadic or get_origin(variadic[0].annotation) is None:
        return None
    return frozenset(get_type_hints(get_args(variadic[0].annotation)[0]))


@pytest.mark.parametrize(
    "code",
    [
        "client.send_mesage(chat_id, text)",
        "client.send_message(chat_id)",
        "client.send_message(chat_id, text, quote=True)",
        "client.set_settings(incoming=True)",
        "run(router, clients=client, inbox=inbox, concurency=1)",
        "@router.message(filters.comand('help'))",
        "async with client.writing(chat_id):",
        "notification.sender_phone",
        "filters.kind(PictureMessage)",
        "start(router)",
        "client.send_message(chat_id, ",
    ],
)
def test_a_wrong_call_would_be_found(code: str) -> None:
    assert list(check(code)) != []
