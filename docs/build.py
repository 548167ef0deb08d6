"""Build the site in both languages into docs/site, and check every link: ``python docs/build.py [DIRECTORY]``.

Needs the dependency group ``docs``. The sources are assembled in a temporary directory first: the changelog becomes a
page, and the Russian site, which consists of the tutorial and the how-to pages, gets the pictures of the English one.
"""

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

DOCS = Path(__file__).parent
SITE = Path(sys.argv[1] if len(sys.argv) > 1 else DOCS / "site")
CONFIG = tomllib.loads((DOCS / "zensical.toml").read_text("utf-8"))["project"]
URL: str = CONFIG["site_url"]


def main() -> int:
    """Build the site; return 1 if a page has a warning or a link leads nowhere."""
    shutil.rmtree(SITE, ignore_errors=True)
    with tempfile.TemporaryDirectory() as directory:
        sources = Path(directory) / "docs"
        shutil.copytree(DOCS, sources)
        shutil.copytree(DOCS.parent / "greenapi_async", sources.parent / "greenapi_async")
        shutil.copytree(DOCS / "en" / "images", sources / "ru" / "images")
        changelog = (DOCS.parent / "CHANGELOG.md").read_text("utf-8")
        (sources / "en" / "changelog.md").write_text(f"---\ndescription: What changed.\n---\n\n{changelog}", "utf-8")
        for name in ("zensical.toml", "zensical.ru.toml"):
            command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(sources / name)]
            subprocess.run(command, check=True)
        shutil.copytree(sources / "site", SITE)
        shutil.copytree(sources / "site-ru", SITE / "ru")
        write_llms(sources / "en")
    problems = sorted(broken_links())
    print(*problems, f"{len(list(SITE.rglob('*.html')))} pages, {len(problems)} broken links", sep="\n")
    return 1 if problems else 0


def write_llms(pages: Path) -> None:
    """Write llms.txt, llms-full.txt, and the source of each page next to it."""
    index = [f"# {CONFIG['site_name']}", "", f"> {CONFIG['site_description']}", ""]
    full: list[str] = []
    for section, name in entries(CONFIG["nav"]):
        text = (pages / name).read_text("utf-8")
        _, front, body = text.split("---\n", 2)
        description = front.partition("description:")[2].strip()
        title = next(line.removeprefix("# ") for line in body.splitlines() if line.startswith("# "))
        heading = f"## {section or 'Start'}"
        if heading not in index:
            index += [] if index[-1] == "" else [""]
            index += [heading, ""]
        index.append(f"- [{title}]({URL}{name}): {description}")
        full.append(body.strip())
        (SITE / name).parent.mkdir(parents=True, exist_ok=True)
        (SITE / name).write_text(text, "utf-8")
    (SITE / "llms.txt").write_text("\n".join(index) + "\n", "utf-8")
    (SITE / "llms-full.txt").write_text("\n\n".join(full) + "\n", "utf-8")


def entries(nav: list[dict[str, Any]], section: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pages of the navigation in order, each with its top section."""
    for item in nav:
        for title, target in item.items():
            if isinstance(target, str):
                yield section, target
            else:
                yield from entries(target, section or title)


class Links(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the attributes that link or are linked."""
        for name, value in attrs:
            if value and name in {"href", "src"} and tag != "base":
                self.targets.add(value)
            elif value and name in {"id", "name"}:
                self.anchors.add(value)


def broken_links() -> Iterator[str]:
    """Yield the links within the site that lead nowhere."""
    pages: dict[str, Links] = {}
    for path in SITE.rglob("*.html"):
        links = Links()
        links.feed(path.read_text("utf-8"))
        pages[URL + path.relative_to(SITE).as_posix().removesuffix("index.html")] = links
    for address, links in pages.items():
        for target in links.targets:
            url, _, anchor = urljoin(address, target).partition("#")
            if not url.startswith(URL):
                continue
            if url in pages:
                if anchor and unquote(anchor) not in pages[url].anchors and not anchor.startswith("__"):
                    yield f"{address}: no anchor {target}"
            elif not (SITE / unquote(urlsplit(url).path).removeprefix(urlsplit(URL).path)).is_file():
                yield f"{address}: no page {target}"


if __name__ == "__main__":
    sys.exit(main())
