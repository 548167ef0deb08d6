"""Every code block of the README and of the pages works as it is shown."""

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml
from typer.main import get_command

from greenapi_async.cli.commands import app

from .pages import ROOT, Page, english_pages

PAGES = english_pages()
LANGUAGES = {"python", "sh", "text", "toml", "yaml", "json", "ini", "nginx", "dockerfile", "mermaid"}
EXTRAS = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"])
TESTED = [page for page in PAGES if any(Path(block.name).name.startswith("test_") for block in page.python)]


def blocks(language: str) -> list[Any]:
    return [
        pytest.param(block.text, id=f"{page.name}:{block.line}")
        for page in PAGES
        for block in page.blocks
        if block.language == language
    ]


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_block_names_a_language_that_is_checked(page: Page) -> None:
    assert {block.language for block in page.blocks} <= LANGUAGES
    assert page.indented_code == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("what", "pages"), [("import", PAGES), ("test", TESTED)], ids=["imports", "tests"])
def test_every_python_block_can_be_imported_and_the_tests_shown_pass(
    what: str, pages: list[Page], tmp_path: Path
) -> None:
    folders = [tmp_path / page.name.replace("/", "_") for page in pages]
    for folder, page in zip(folders, pages, strict=True):
        folder.mkdir()
        page.write_python(folder)
    script = str(Path(__file__).with_name("run_blocks.py"))
    command = [sys.executable, "-W", "error", script, what, *map(str, folders)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("text", blocks("sh"))
def test_every_shell_block_can_be_typed(text: str) -> None:
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)
    for line in text.replace("\\\n", " ").splitlines():
        for command in shlex.split(line, comments=True) and line.split(" #")[0].split("&&"):
            check_command(shlex.split(command))


def check_command(words: list[str]) -> None:
    """Check a command of ours: the extras of pip, the options of ``greenapi``, the path of an example."""
    while words and "=" in words[0]:  # variables in front of the command
        words = words[1:]
    program = Path(words[0]).name if words else ""
    if program == "greenapi":
        command: Any = get_command(app)
        rest = words[1:]
        while hasattr(command, "commands"):
            command, rest = command.commands[rest[0]], rest[1:]
        command.make_context(command.name, rest)
    for word in words[1:]:
        if "[" in word and word.startswith(("greenapi-async[", ".[")):
            assert set(word.partition("[")[2].rstrip("]").split(",")) <= EXTRAS, f"unknown extra: {word}"
        if word.startswith("examples/"):
            assert (ROOT / word).exists(), f"no such example: {word}"


@pytest.mark.parametrize("text", blocks("toml"))
def test_toml_blocks(text: str) -> None:
    assert tomllib.loads(text)


@pytest.mark.parametrize("text", blocks("yaml"))
def test_yaml_blocks(text: str) -> None:
    assert yaml.safe_load(text)


@pytest.mark.parametrize("text", blocks("json"))
def test_json_blocks(text: str) -> None:
    assert json.loads(text)


@pytest.mark.parametrize("text", blocks("ini"))
def test_ini_blocks(text: str) -> None:
    parser = configparser.ConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[method-assign,assignment]  # the documented way to keep the case of keys
    parser.read_string(text)
    assert parser.sections()


@pytest.mark.parametrize("text", blocks("nginx"))
def test_nginx_blocks(text: str, tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if nginx is None:
        pytest.skip("nginx is not installed (Debian package nginx-light)")
    certificate = trustme.CA().issue_cert("example.com")
    certificate.private_key_pem.write_to_path(tmp_path / "privkey.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "fullchain.pem")
    text = text.replace("/etc/letsencrypt/live/example.com", str(tmp_path))
    text = re.sub(r"listen (\d+)", lambda port: f"listen {20000 + int(port[1])}", text)  # ports open to any user
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{text}\n}}\n"
    )
    run = subprocess.run([nginx, "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
