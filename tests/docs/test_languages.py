"""The pages of both languages stay in step."""

import pytest

from .pages import Page, english_pages, russian_pages

ENGLISH = {page.name: page for page in english_pages()}
RUSSIAN = {page.name: page for page in russian_pages()}
TRANSLATED = sorted(
    name for name in ENGLISH if name in {"README", "index"} or name.startswith(("tutorial/", "how-to/"))
)


def test_the_readme_the_tutorial_and_the_how_to_pages_exist_in_both_languages() -> None:
    assert sorted(RUSSIAN) == TRANSLATED


@pytest.mark.parametrize("name", TRANSLATED)
def test_both_languages_show_the_same_code_under_the_same_headings(name: str) -> None:
    english, russian = ENGLISH[name], RUSSIAN[name]
    assert russian.headings == english.headings
    assert [(block.language, block.name, block.text) for block in russian.blocks] == [
        (block.language, block.name, block.text) for block in english.blocks
    ]


PAGES = [*ENGLISH.values(), *RUSSIAN.values()]


@pytest.mark.parametrize("page", PAGES, ids=[page.path.name for page in PAGES])
def test_every_page_has_one_title_and_a_description(page: Page) -> None:
    assert page.headings.count("h1") == 1
    assert page.name == "README" or page.description, f"{page.path}: no description in its front matter"
