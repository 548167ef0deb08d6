"""The reference describes every public name, and every option of the command."""

import importlib
import re
from typing import cast

import click
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


@pytest.mark.parametrize(
    "command", cast("click.Group", get_command(app)).commands.values(), ids=lambda command: command.name
)
def test_the_reference_describes_every_option_of_the_command(command: click.Command) -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    section = page.partition(f"## greenapi {command.name}\n")[2].partition("\n## ")[0]
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name != "help":
            assert f"| `{parameter.opts[0]}` |" in section
