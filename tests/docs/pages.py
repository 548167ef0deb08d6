"""Pages of the documentation: their headings and code blocks.

A Python block is a complete file. Its name is the ``title`` of the fence, or ``block_N.py``; the blocks of a page
import each other by these names.
"""

import re
from collections.abc import Collection
from pathlib import Path

import attrs
import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

__all__ = ["DOCS", "ROOT", "Block", "Page", "english_pages", "russian_pages", "write_packages"]

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TITLE = re.compile(r'title="([^"]+)"')
FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)


@attrs.frozen
class Block:
    """A fenced code block."""

    language: str
    name: str
    text: str
    line: int


@attrs.frozen
class Page:
    """A page in one language."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """Path in its language's folder, as in ``how-to/files``."""
        return page_name(self.path)

    @property
    def description(self) -> str:
        """The front matter's description, or an empty text."""
        front = FRONT_MATTER.match(self.text)
        return str(yaml.safe_load(front.group(1))["description"]) if front else ""

    @property
    def tokens(self) -> list[Token]:
        """The page as parsed Markdown, without its front matter."""
        body = FRONT_MATTER.sub(lambda front: "\n" * front.group().count("\n"), self.text)
        return MarkdownIt("commonmark").enable("table").parse(body)

    @property
    def headings(self) -> list[str]:
        """Levels of the headings in order, as in ``h1``."""
        return [token.tag for token in self.tokens if token.type == "heading_open"]

    @property
    def indented_code(self) -> list[str]:
        """Code blocks without a fence."""
        return [token.content for token in self.tokens if token.type == "code_block"]

    @property
    def blocks(self) -> list[Block]:
        """The fenced code blocks in order."""
        blocks: list[Block] = []
        for token in self.tokens:
            if token.type == "fence":
                title = TITLE.search(token.info)
                language = token.info.split()[0] if token.info.strip() else ""
                name = title.group(1) if title else f"block_{len(blocks) + 1}.py"
                blocks.append(Block(language, name, token.content, (token.map or [0])[0] + 1))
        return blocks

    @property
    def python(self) -> list[Block]:
        """The Python blocks."""
        return [block for block in self.blocks if block.language == "python"]

    def write_python(self, directory: Path) -> list[Path]:
        """Write the Python blocks as files and return their paths."""
        paths: list[Path] = []
        for block in self.python:
            path = directory / block.name
            assert path not in paths, f"{self.path.name}: two blocks are called {block.name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
            paths.append(path)
        return paths


def page_name(path: Path) -> str:
    """Return the name under which a page is known in both languages."""
    if path.parent == ROOT or path.parent == DOCS:
        return "README"
    return path.relative_to(DOCS).with_suffix("").as_posix().split("/", 1)[1]


def read(path: Path) -> Page:
    """Read a page."""
    return Page(path, path.read_text("utf-8"))


def english_pages() -> list[Page]:
    """Return the README and every English page."""
    return [read(ROOT / "README.md"), *(read(path) for path in sorted((DOCS / "en").rglob("*.md")))]


def russian_pages() -> list[Page]:
    """Return the Russian README and every Russian page."""
    return [read(DOCS / "README.ru.md"), *(read(path) for path in sorted((DOCS / "ru").rglob("*.md")))]


def write_packages(directory: Path, names: Collection[str] = ()) -> None:
    """Write the blocks of these pages, or of all, one package per page; imports between blocks become relative."""
    for page in english_pages():
        if names and page.name not in names:
            continue
        package = directory / page.name.replace("/", "_").replace("-", "_")
        paths = page.write_python(package)
        modules = {path.stem for path in paths if path.parent == package}
        for path in paths:
            text = path.read_text("utf-8")
            for module in modules:
                text = re.sub(rf"^(\s*)from {module} import", rf"\1from .{module} import", text, flags=re.MULTILINE)
            path.write_text(text, "utf-8")
            (path.parent / "__init__.py").touch()
