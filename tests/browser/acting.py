"""What a person does on the page, by what they see and read there."""

from playwright.async_api import Locator, Page, expect

PATIENCE = 30_000
"""Milliseconds in which the page must show what is expected of it."""
expect.set_options(timeout=PATIENCE)


async def meet(page: Page, name: str = "Anna", phone: str = "79001234567") -> None:
    """Add a contact, whose chat opens."""
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
    """Open the dialog for something that is no text."""
    await page.get_by_role("button", name="Attach").click()
    await page.get_by_role("menuitem", name=what).click()
    return page.get_by_role("dialog")


def bubbles(page: Page, writer: str) -> Locator:
    """Give what somebody wrote in the chat that is open."""
    return page.get_by_role("log").get_by_role("article", name=writer)
