"""What the package promises as a whole: its names, its docstrings, its shape, what it imports."""

import ast
import importlib
import inspect
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import greenapi_async
from greenapi_async import Client, errors, types
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup

EXTRAS = {"starlette", "uvicorn", "typer", "rich", "click", "opentelemetry", "vobject", "wsproto"}
MODULES = [
    importlib.import_module(module.name)
    for module in pkgutil.walk_packages(greenapi_async.__path__, "greenapi_async.")
    if not module.name.endswith(".echo_bot")
]
API = [module for module in MODULES if module.__name__.startswith("greenapi_async.methods.")]
SECTIONS = [kind for kind in Client.__mro__ if issubclass(kind, MethodGroup) and kind not in {Client, MethodGroup}]


def imported(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return {name.partition(".")[0] for name in names.split()}


def test_the_public_names_are_complete_and_there() -> None:
    assert greenapi_async.__all__ == sorted(greenapi_async.__all__)
    assert all(hasattr(greenapi_async, name) for name in greenapi_async.__all__)
    told_to_type_checkers = {
        alias.name: node.module
        for block in ast.parse(Path(greenapi_async.__file__).read_text("utf-8")).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(told_to_type_checkers) == set(greenapi_async.__all__)
    for name, module in told_to_type_checkers.items():
        assert getattr(importlib.import_module(str(module)), name) is getattr(greenapi_async, name)
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        getattr(greenapi_async, "Nonsense")  # noqa: B009  a type checker would object


@pytest.mark.skipif("CI" not in os.environ, reason="a developer's installation may be an editable one")
def test_in_ci_the_tests_run_against_the_installed_wheel() -> None:
    assert "site-packages" in Path(greenapi_async.__file__).parts


def test_every_error_is_public() -> None:
    assert set(errors.__all__) <= {*greenapi_async.__all__, *types.__all__}


ALIASES = {
    "File",
    "Handler",
    "InteractiveButton",
    "Key",
    "Message",
    "Notification",
    "Progress",
    "RecipientType",
    "Transport",
}


@pytest.mark.parametrize("name", [name for name in greenapi_async.__all__ if name not in ALIASES])
def test_every_public_name_is_documented(name: str) -> None:
    thing = getattr(greenapi_async, name)
    if not isinstance(thing, str):
        assert inspect.getdoc(thing)


def test_importing_the_package_imports_no_extra() -> None:
    everything = imported("from greenapi_async import *; Client(1, 't').notifications()")
    assert "greenapi_async" in everything
    assert EXTRAS & (everything - imported("import httpx")) == set()  # httpx imports rich for itself


@pytest.mark.parametrize("section", SECTIONS, ids=lambda kind: kind.__name__)
def test_sections_are_stateless_and_one_level_deep(section: type) -> None:
    assert section.__bases__ == (MethodGroup,)
    assert "__init__" not in vars(section)
    assert "super()" not in inspect.getsource(section)


@pytest.mark.parametrize("module", API, ids=lambda module: module.__name__)
def test_every_endpoint_is_listed_and_used_in_its_own_module(module: object) -> None:
    source = inspect.getsource(module)  # type: ignore[arg-type]  # a module
    client = inspect.getsource(inspect.getmodule(Client) or Client)
    for name, value in vars(module).items():
        if isinstance(value, Endpoint):
            called = source.count(name) + client.count(name)
            assert called >= 3, f"{name} is not in __all__, or no method calls it"


def test_every_file_is_under_five_hundred_lines() -> None:
    root = Path(greenapi_async.__file__).parent
    assert [path for path in root.rglob("*.py") if len(path.read_text("utf-8").splitlines()) > 500] == []
