"""The public names, their documentation, and what importing them costs."""

import importlib
import importlib.metadata
import inspect
import os
import pydoc
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import greenapi_async
from greenapi_async import Client, ProcessOptions, Retry, errors, types

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
}


def imported(statement: str) -> set[str]:
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return {name.partition(".")[0] for name in names.split()}


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
        if name not in {"oldest", "contact"}:  # behind the properties lag and last_contact
            assert f"{name}:" in documented, f"help({options.__name__}) does not describe {name}"


def test_help_shows_the_name_of_a_union_instead_of_its_classes() -> None:
    shown = pydoc.plain(pydoc.render_doc(Client.process))
    assert "[Notification]" in shown
    assert "IncomingMessageReceived" not in shown


def test_importing_the_package_imports_no_extra() -> None:
    everything = imported("from greenapi_async import *; Client(1, 't').notifications()")
    assert "greenapi_async" in everything
    assert EXTRAS & (everything - imported("import httpx")) == set()  # httpx imports rich for itself


def test_the_documented_extras_exist() -> None:
    provided = importlib.metadata.metadata("greenapi-async").get_all("Provides-Extra") or ()
    expected = {"aiohttp", "all", "cli", "otel", "phones", "redis", "sandbox", "vcard", "voip", "ws"}
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
