"""Accessibility of the page: keyboard, narrow windows, dark mode, screen readers."""

import base64
import io
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any, Literal

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from greenapi_async.sandbox import Fault, Instance
from tests.browser.page_actions import add_contact, attach, messages_from, write
from tests.examples.example_process import Stage

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANNA = "79001234567@c.us"
View = Callable[[Page], Awaitable[Any]]


def picture() -> str:
    png = io.BytesIO()
    Image.new("RGB", (160, 90), "teal").save(png, "PNG")
    return base64.b64encode(png.getvalue()).decode()


@pytest.fixture
def populated(stage: Stage) -> Instance:
    """An instance with one message of every kind."""
    instance = stage.server.sandbox.instances[1101000001]

    def populate() -> None:
        hello = instance.contact_writes(ANNA, "Hello *there*, see https://example.com", sender_name="Anna")
        instance.contact_writes("79001234568@c.us", "Привет 😊", sender_name="Boris")
        group = instance.contact_makes_group("Team", [ANNA, "79001234568@c.us"])
        instance.contact_writes(group, "in the group", sender="79001234568@c.us")
        instance.phone_sends(ANNA, {"text": "a quote"}, quoted_message_id=hello)
        poll = instance.phone_sends(ANNA, {"poll": {"message": "Tea or coffee?", "options": ["Tea", "Coffee"]}})
        instance.contact_sends(ANNA, {"vote": {"idMessage": poll, "options": ["Tea"]}})
        instance.contact_sends(ANNA, {"react": {"idMessage": poll, "emoji": "👍"}})
        buttons = [{"type": "reply", "buttonId": "1", "buttonText": "Small"}]
        instance.phone_sends(ANNA, {"interactiveButtonsReply": {"body": "Which size?", "buttons": buttons}})
        instance.phone_sends(ANNA, {"location": {"latitude": 55.75, "longitude": 37.61, "nameLocation": "Kremlin"}})
        instance.phone_sends(ANNA, {"contact": {"phoneContact": 79001234568, "firstName": "Boris"}})
        instance.phone_sends(ANNA, {"file": {"fileName": "teal.png", "data": picture(), "caption": "teal"}})
        instance.phone_sends(ANNA, {"file": {"fileName": "report.pdf", "data": "AAAA"}})
        instance.fail("sendMessage", Fault(status=502))

    stage.server.call(populate)
    return instance


async def chat(page: Page) -> None:
    await page.get_by_role("navigation").get_by_role("button", name="Anna").click()
    await expect(page.get_by_role("log")).to_contain_text("Kremlin")


async def unlinked(page: Page) -> None:
    await page.get_by_role("tab", name="Instance").click()
    await page.get_by_label("State", exact=True).select_option(label="Not authorized")
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()


async def calls(page: Page) -> None:
    await page.get_by_role("tab", name="API calls").click()


async def failures(page: Page) -> None:
    await page.get_by_role("tab", name="Faults").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("sendMessage")


async def dialog(page: Page) -> None:
    await chat(page)
    await attach(page, "Poll")


OUTSIDE = """log => [...log.querySelectorAll('.bubble *')]
    .filter(one => one.getBoundingClientRect().right > one.closest('.bubble').getBoundingClientRect().right + 8)
    .map(one => one.outerHTML.slice(0, 80))"""
"""Elements that overflow their message."""
GROWING = """log => {
    log.querySelector('.picture').style.minBlockSize = '900px';
    log.dispatchEvent(new Event('scroll'));
}"""
"""Simulate an image that loads before the scroll event to the end."""
AXE = (files("axe_playwright_python") / "axe.min.js").read_text()
VIEWS: list[View] = [chat, unlinked, calls, failures, dialog]


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
async def test_there_are_no_serious_accessibility_violations(
    page: Page, populated: Instance, view: View, colours: Literal["light", "dark"]
) -> None:
    await page.emulate_media(color_scheme=colours, reduced_motion="reduce")
    await view(page)
    await page.evaluate(AXE)
    found = await page.evaluate("axe.run()")
    serious = [
        (violation["id"], [node["target"] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in {"serious", "critical"}
    ]
    assert serious == []


async def test_everything_can_be_done_with_the_keyboard(page: Page, stage: Stage) -> None:
    start = page.get_by_role("button", name="Start with Anna")
    await expect(start).to_be_visible()
    for _ in range(30):
        if await start.evaluate("button => button === document.activeElement"):
            break
        await page.keyboard.press("Tab")
    await expect(start).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second line")
    await page.keyboard.press("Enter")
    await expect(messages_from(page, "Anna")).to_contain_text("second line")
    instance = stage.server.sandbox.instances[1101000001]
    assert stage.server.call(lambda: instance.chat(ANNA)[0].text) == "first line\nsecond line"
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Attach")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem").first).to_be_focused()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_incoming_messages_do_not_disturb_typing(page: Page, stage: Stage) -> None:
    await add_contact(page)
    box = page.get_by_role("textbox", name="Message")
    await box.fill("half a sent")
    instance = stage.server.sandbox.instances[1101000001]
    stage.server.call(lambda: instance.phone_writes(ANNA, "an interruption"))
    await expect(messages_from(page, "The account")).to_contain_text("an interruption")
    await expect(box).to_be_focused()
    await page.keyboard.type("ence")
    await expect(box).to_have_value("half a sentence")


async def test_a_narrow_window_shows_one_pane_at_a_time(page: Page, populated: Instance) -> None:
    await page.set_viewport_size({"width": 360, "height": 640})
    await expect(page.get_by_role("log")).to_be_hidden()
    await chat(page)
    await expect(page.get_by_role("navigation")).to_be_hidden()
    await write(page, "from a narrow window")
    await expect(messages_from(page, "Anna").last).to_contain_text("from a narrow window")
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.get_by_role("button", name="Back to the chats").click()
    await expect(page.get_by_role("navigation")).to_be_visible()


async def test_a_chat_fits_at_200_percent_zoom(page: Page, populated: Instance) -> None:
    await page.set_viewport_size({"width": 640, "height": 400})
    await chat(page)
    assert await page.get_by_role("log").evaluate(OUTSIDE) == []


async def test_a_late_image_does_not_hide_the_newest_message(page: Page, populated: Instance) -> None:
    await chat(page)
    log = page.get_by_role("log")
    await expect(log.get_by_text("report.pdf")).to_be_in_viewport()
    await log.evaluate(GROWING)
    await expect(log.get_by_text("report.pdf")).to_be_in_viewport()


async def test_messages_are_never_rendered_as_html(page: Page, stage: Stage) -> None:
    await add_contact(page)
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    await write(page, evil)
    await expect(messages_from(page, "Anna")).to_contain_text(evil)
    assert await page.title() not in {"1", "2"}


async def test_the_servers_error_message_is_displayed(page: Page, console_errors: list[str]) -> None:
    await page.get_by_role("button", name="New contact").click()
    adding = page.get_by_role("dialog")
    await adding.get_by_label("Phone").fill("12")
    await adding.get_by_label("Name").fill("Nobody")
    await adding.get_by_role("button", name="Add").click()
    await expect(page.get_by_text("7 to 15 digits")).to_be_visible()
    assert [error for error in console_errors if "400 (Bad Request)" not in error] == []
    console_errors.clear()  # the browser logs every error response
