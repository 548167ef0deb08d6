"""``Notification`` and ``Message`` are closed unions: a type checker finds the cases that a ``match`` lacks."""

import ast
import gc
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from greenapi_async import InteractiveButtons, InteractiveButtonsReply, Message, Notification

pytestmark = pytest.mark.slow

FILE = Path(__file__).parent / "exhaustive.py"
ROOT = FILE.parent.parent.parent
UNIONS = {"of_notification": Notification, "of_message": Message}


@pytest.fixture
def mypy(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the arguments of every mypy run, then restore the interpreter settings that mypy changes."""
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("mypy is not installed; the group check has it")
    depth, thresholds = sys.getrecursionlimit(), gc.get_threshold()
    monkeypatch.chdir(ROOT)
    cache = tmp_path_factory.getbasetemp() / "mypy_cache"
    yield ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache), "--no-error-summary"]
    sys.setrecursionlimit(depth)
    gc.set_threshold(*thresholds)


def functions(tree: ast.Module) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}


def match_of(function: ast.FunctionDef) -> ast.Match:
    (statement,) = function.body
    assert isinstance(statement, ast.Match)
    return statement


def members_of(name: str) -> list[str]:
    return [kind.__name__ for kind in get_args(UNIONS[name])]


def required_cases_of(name: str) -> list[str]:
    """Return the classes whose missing case is an error; a subclass is matched by the case of its base class."""
    assert issubclass(InteractiveButtonsReply, InteractiveButtons)
    return [kind for kind in members_of(name) if kind != InteractiveButtonsReply.__name__]


def test_mypy_accepts_an_exhaustive_match(mypy: list[str]) -> None:
    from mypy import api

    out, err, status = api.run([*mypy, str(FILE)])
    assert (out, err, status) == ("", "", 0)


def test_mypy_reports_every_missing_case(mypy: list[str], tmp_path: Path) -> None:
    from mypy import api

    text = FILE.read_text("utf-8")
    tree = ast.parse(text)
    lacking: list[str] = []
    for name in UNIONS:
        for kind in required_cases_of(name):
            function = functions(ast.parse(text))[name]
            match = match_of(function)
            match.cases = [case for case in match.cases if not ast.unparse(case.pattern).startswith(f"{kind}(")]
            assert len(match.cases) == len(members_of(name))
            function.name = f"{name}_without_{kind}"
            lacking.append(ast.unparse(function))
    imports = [ast.unparse(node) for node in tree.body if isinstance(node, ast.ImportFrom)]
    file = tmp_path / "lacking.py"
    file.write_text("\n\n\n".join([*imports, *lacking]), "utf-8")
    out, err, status = api.run([*mypy, str(file)])
    assert (err, status) == ("", 1), out
    reported = re.findall(r'Argument 1 to "assert_never" has incompatible type "(\w+)"', out)
    assert reported == [kind for name in UNIONS for kind in required_cases_of(name)], out
    assert len(out.splitlines()) == len(reported), out
