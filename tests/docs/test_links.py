"""Absolute links to the project's own site and repository lead somewhere, also those of the README."""

import re

import pytest

from .pages import DOCS, ROOT, Page, english_pages, russian_pages

SITE = "https://greenapi-async.github.io/greenapi-async/"
REPOSITORY = re.compile(r"https://(?:github|raw\.githubusercontent)\.com/greenapi-async/greenapi-async/")
GENERATED = {"changelog", "llms.txt", "llms-full.txt"}
PAGES = [*english_pages(), *russian_pages()]


def leads_somewhere(url: str) -> bool:
    if url.startswith(SITE):
        name = url.removeprefix(SITE).partition("#")[0].strip("/")
        language, _, inner = name.partition("/") if name.partition("/")[0] == "ru" else ("en", "", name)
        return name in GENERATED or (DOCS / language / f"{inner or 'index'}.md").is_file()
    path = REPOSITORY.sub("", url).partition("#")[0]
    return (ROOT / re.sub(r"^(?:(?:blob|tree)/)?main/", "", path)).exists()


@pytest.mark.parametrize("page", PAGES, ids=[page.path.relative_to(ROOT).as_posix() for page in PAGES])
def test_links_to_the_site_and_the_repository_lead_somewhere(page: Page) -> None:
    links = re.findall(r"\]\((https://[^)\s]+)\)", page.text)
    own = [link for link in links if link.startswith(SITE) or REPOSITORY.match(link)]
    assert [link for link in own if not leads_somewhere(link)] == []
    assert page.name != "README" or len(own) > 10
