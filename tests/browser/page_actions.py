"""Actions of a user on the page, by accessible roles and names."""

from playwright.async_api import Locator, Page, expect

PATIENCE = 30_000
"""Milliseconds until an expectation must hold."""
expect.set_options(timeout=PATIENCE)


async def meet(page: Page, name: str = "Anna", phone: str = "79001234567") -> None:
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


async def attach(page: Page, what: str) -> Locator:
    """Open the dialog of an attachment."""
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name=what).click()
    return page.get_by_role("dialog")


def bubbles(page: Page, writer: str) -> Locator:
    """Return the messages of an author in the open chat."""
    return page.get_by_role("log").get_by_role("article", name=writer)
