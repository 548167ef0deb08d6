"""The public names, their documentation, and what importing them costs."""

import importlib
import importlib.metadata
import inspect
import os
import pkgutil
import pydoc
import subprocess
import sys
import typing
from pathlib import Path
from types import ModuleType

import pytest

import greenapi_async
from greenapi_async import BusinessClient, Client, PartnerClient, ProcessOptions, Retry, errors, types

EXTRAS = {
    "starlette",
    "uvicorn",
    "typer",
    "rich",
    "click",
    "opentelemetry",
    "vobject",
    "wsproto",
    "httpx2",
    "aiortc",
    "av",
    "faststream",
}


LAZY_PACKAGES = ["http", "instance", "methods", "models", "polling", "processing", "serialization"]
IMPORTED_WITH_THE_CLIENT = {"preparation"}


def modules(statement: str) -> set[str]:
    code = f"import atexit, sys\natexit.register(lambda: print(*sys.modules, file=sys.stderr))\n{statement}"
    return {*subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stderr.split()}


def imported(statement: str) -> set[str]:
    return {name.partition(".")[0] for name in modules(statement)}


@pytest.mark.parametrize("module", [greenapi_async, types], ids=["package", "types"])
def test_every_public_name_can_be_imported(module: ModuleType) -> None:
    assert module.__all__ == sorted(module.__all__)
    assert all(getattr(module, name) is not None for name in module.__all__)
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        getattr(module, "Nonsense")  # noqa: B009  a type checker would object


def test_no_name_is_public_in_two_places() -> None:
    assert not set(greenapi_async.__all__) & set(types.__all__)


@pytest.mark.skipif("CI" not in os.environ, reason="a developer's installation may be an editable one")
def test_in_ci_the_tests_run_against_the_installed_wheel() -> None:
    assert "site-packages" in Path(greenapi_async.__file__).parts


def test_every_error_is_public() -> None:
    assert set(errors.__all__) <= {*greenapi_async.__all__, *types.__all__}


PUBLIC = [(module, name) for module in (greenapi_async, types) for name in module.__all__]


@pytest.mark.parametrize(("module", "name"), PUBLIC, ids=[name for _, name in PUBLIC])
def test_help_describes_every_public_class_and_function(module: ModuleType, name: str) -> None:
    thing = getattr(module, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert inspect.getdoc(thing)


@pytest.mark.parametrize("options", [ProcessOptions, Retry, types.Counters, types.Entry])
def test_help_describes_every_option_and_field(options: type) -> None:
    documented = inspect.getdoc(options) or ""
    for name in options.__annotations__:
        if name not in {"oldest", "contact", "webhook"}:  # behind the properties lag, last_contact and last_webhook
            assert f"{name}:" in documented, f"help({options.__name__}) does not describe {name}"


def test_help_shows_the_name_of_a_union_instead_of_its_classes() -> None:
    shown = pydoc.plain(pydoc.render_doc(Client.process))
    assert "[models.notifications.Notification]" in shown
    assert "IncomingMessageReceived" not in shown


def test_importing_the_package_imports_no_extra() -> None:
    everything = imported("from greenapi_async import *; Client(1, 't').notifications()")
    assert "greenapi_async" in everything
    assert EXTRAS & (everything - imported("import httpx")) == set()  # httpx imports rich for itself


def test_importing_the_client_imports_only_what_defines_its_methods() -> None:
    loaded = modules("from greenapi_async import Client")
    assert "greenapi_async.methods.sending" in loaded
    assert loaded.isdisjoint({"anyio", "asyncio", "cattrs", "httpx"})
    assert loaded.isdisjoint({"greenapi_async.models.base", "greenapi_async.serialization.converter"})  # every model
    assert loaded.isdisjoint({"greenapi_async.processing.processor", "greenapi_async.polling.poller"})


def test_the_help_of_the_command_imports_neither_the_client_nor_the_sandbox() -> None:
    loaded = modules("import sys; from greenapi_async.cli import main; sys.argv = ['greenapi', '--help']; main()")
    assert "greenapi_async.cli.commands" in loaded
    assert loaded.isdisjoint({"anyio", "greenapi_async.client", "greenapi_async.sandbox", "starlette", "uvicorn"})


@pytest.mark.parametrize("name", LAZY_PACKAGES)
def test_a_package_that_imports_its_modules_on_first_use_knows_them_all(name: str) -> None:
    package = importlib.import_module(f"greenapi_async.{name}")
    found = {module.name for module in pkgutil.iter_modules(package.__path__)} - IMPORTED_WITH_THE_CLIENT
    assert set(package.__all__) == found
    for module in found:
        assert getattr(package, module) is importlib.import_module(f"{package.__name__}.{module}")
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(package, "nonsense")  # noqa: B009  a type checker would object


@pytest.mark.parametrize("client", [Client, BusinessClient, PartnerClient])
def test_the_type_hints_of_the_methods_can_be_resolved(client: type) -> None:
    methods = dict(inspect.getmembers(client, inspect.isfunction))
    methods.pop("calls", None)  # returns a class of an extra
    for method in methods.values():
        assert typing.get_type_hints(method)["return"] is not None


def test_the_documented_extras_exist() -> None:
    provided = importlib.metadata.metadata("greenapi-async").get_all("Provides-Extra") or ()
    expected = {
        "aiohttp",
        "all",
        "cli",
        "fast",
        "jobs",
        "monitoring",
        "mcp",
        "otel",
        "phones",
        "postgres",
        "redis",
        "relay",
        "sandbox",
        "vcard",
        "voip",
        "ws",
    }
    assert set(provided) == expected


def test_the_extra_all_installs_every_optional_dependency() -> None:
    lines = importlib.metadata.requires("greenapi-async") or ()
    optional = {tuple(line.split("; extra == ")) for line in lines if "extra ==" in line}
    everything = {requirement for requirement, extra in optional if extra == "'all'"}
    assert everything == {requirement for requirement, _ in optional}


ALIASED = """
import anyio, httpx2
httpx2.alias_httpx()
from greenapi_async import Client
from greenapi_async.sandbox import Sandbox
from greenapi_async.sandbox.server import SandboxServer

async def use(url, instance):
    async with Client(instance.id_instance, instance.token, url, url) as client:
        await client.send_message("79001234567@c.us", "Hello")
        await client.upload_file(b"content", file_name="a.png")
        print([event.type async for event in client.scan_qr_code()])

sandbox = Sandbox(seed=1, enforce_rates=False)
instance = sandbox.add_instance()
with SandboxServer(sandbox) as server:
    anyio.run(use, server.url, instance)
import sys
print(sys.modules["httpx"] is httpx2, sys.modules["httpcore"].__name__)
"""


@pytest.mark.slow
def test_a_process_in_which_httpx_is_an_alias_of_httpx2_works() -> None:
    if not hasattr(importlib.import_module("httpx2"), "alias_httpx"):
        pytest.skip("this version of httpx2 has no alias_httpx")
    run = subprocess.run([sys.executable, "-W", "error", "-c", ALIASED], check=False, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == ["[<QRType.ALREADY_LOGGED: 'alreadyLogged'>]", "True httpcore2"]
