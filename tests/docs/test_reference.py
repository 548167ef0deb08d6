"""The reference describes every public name, and every option of the command."""

import importlib
import re
from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from greenapi_async.cli.commands import app

from .pages import DOCS

REFERENCE = DOCS / "en" / "reference"
DIRECTIVES = {
    name
    for path in REFERENCE.glob("*.md")
    for name in re.findall(r"^::: ([\w.]+)$", path.read_text("utf-8"), flags=re.MULTILINE)
}
PUBLIC = [
    f"{module}.{name}"
    for module in (
        "greenapi_async",
        "greenapi_async.types",
        "greenapi_async.bots",
        "greenapi_async.webhooks",
        "greenapi_async.relay",
        "greenapi_async.testing",
        "greenapi_async.testing.recordings",
        "greenapi_async.monitoring",
        "greenapi_async.serialization.formatting",
        "greenapi_async.serialization.markdown",
        "greenapi_async.serialization.vcard",
    )
    for name in importlib.import_module(module).__all__
    if name != "__version__"
]


def test_the_reference_describes_every_public_name() -> None:
    assert set(PUBLIC) - DIRECTIVES == set()


def test_the_reference_describes_no_name_that_is_gone() -> None:
    for name in DIRECTIVES:
        module, _, attribute = name.rpartition(".")
        assert hasattr(importlib.import_module(module), attribute), (
            f"the reference describes {name}, which does not exist"
        )


COMMON_OPTIONS = {"--config", "--help", "--inbox", "--json", "--profile"}


def commands(group: Any, path: str = "greenapi") -> Iterator[tuple[str, Any]]:
    """Yield all commands, those of groups included, and their names."""
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        yield from commands(command, f"{path} {name}") if hasattr(command, "commands") else ()


@pytest.mark.parametrize(
    ("path", "command"), [pytest.param(*found, id=found[0]) for found in commands(get_command(app))]
)
def test_the_reference_describes_every_option_of_the_command(path: str, command: Any) -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    [_, section] = re.split(f"^##+ {path}$", page, flags=re.MULTILINE)
    section = re.split("^##", section, flags=re.MULTILINE)[0]
    options = {parameter.opts[0] for parameter in command.params if parameter.param_type_name == "option"}
    assert set(re.findall("^\\| `(--[a-z-]+)` \\|", section, flags=re.MULTILINE)) == options - COMMON_OPTIONS
    for option in options & COMMON_OPTIONS - {"--help"}:
        assert f"| `{option}` |" in page
