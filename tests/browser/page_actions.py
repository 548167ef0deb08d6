"""Actions of a user on the page, by accessible roles and names."""

from playwright.async_api import Locator, Page, expect

TIMEOUT_MS = 30_000
"""Milliseconds until an expectation must hold."""
expect.set_options(timeout=TIMEOUT_MS)


async def add_contact(page: Page, name: str = "Anna", phone: str = "79001234567") -> None:
    """Add a contact and open its chat."""
    await page.get_by_role("button", name="New contact").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Phone").fill(phone)
    await dialog.get_by_label("Name").fill(name)
    await dialog.get_by_role("button", name="Add").click()
    await expect(page.get_by_role("heading", name=name)).to_be_visible()


async def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Message")
    await box.fill(text)
    await box.press("Enter")


async def attach(page: Page, kind: str) -> Locator:
    """Open the dialog of an attachment."""
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name=kind).click()
    return page.get_by_role("dialog")


def messages_from(page: Page, author: str) -> Locator:
    """Return the messages of an author in the open chat."""
    return page.get_by_role("log").get_by_role("article", name=author)
