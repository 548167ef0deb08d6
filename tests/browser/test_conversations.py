"""End-to-end conversations on the page in a real browser with a bot in a separate process."""

import base64
import io
import json
from functools import partial
from pathlib import Path

import anyio
import httpx
import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from greenapi_async import Client
from greenapi_async.sandbox import Instance, Sandbox
from greenapi_async.types import QRType
from tests.browser.page_actions import add_contact, attach, messages_from, write
from tests.examples.example_process import Example, ExampleRunner, until

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def instance(runner: ExampleRunner, sandbox: Sandbox) -> Instance:
    return sandbox.instances[1101000001]


async def test_a_contact_writes_and_the_echo_bot_answers(page: Page, runner: ExampleRunner) -> None:
    with runner.run("echo_bot.py"):
        await add_contact(page)
        await write(page, "Is anybody there?")
        await expect(messages_from(page, "Anna")).to_contain_text("Is anybody there?")
        answer = messages_from(page, "The account")
        await expect(answer).to_contain_text("Is anybody there?")
        await expect(answer).to_contain_text("Read")
        await page.get_by_role("tab", name="API calls").click()
        calls = page.get_by_role("tabpanel")
        await expect(calls).to_contain_text("sendMessage")
        await expect(calls).to_contain_text("200 OK")


@pytest.mark.parametrize("messenger", ["max", "telegram"])
async def test_chats_of_max_and_telegram_have_numbers(
    page: Page, runner: ExampleRunner, instance: Instance, messenger: str
) -> None:
    variables = page.get_by_label("Variables").first
    await expect(variables).to_contain_text(f"export GREENAPI_MESSENGER={messenger}")
    with runner.run("echo_bot.py"):
        await add_contact(page)
        await write(page, "from Anna")
        await expect(messages_from(page, "The account")).to_contain_text("from Anna")
        await expect(page.get_by_role("main")).to_contain_text("+79001234567")
        await add_contact(page, "Boris", "79001234568")
        await write(page, "from Boris")
        await expect(messages_from(page, "The account")).to_contain_text("from Boris")
        group = runner.server.call(
            lambda: instance.contact_makes_group("Team", ["79001234567@c.us", "79001234568@c.us"])
        )
        await page.get_by_role("navigation").get_by_role("button", name="Team").click()
        await write(page, "to all")
        await expect(messages_from(page, "The account")).to_contain_text("to all")
        assert group.startswith("-")
        until(lambda: runner.server.call(lambda: [one.text for one in instance.chat(group)]) == ["to all", "to all"])


async def test_each_contact_has_its_own_chat(page: Page, bot: Example) -> None:
    await add_contact(page)
    await write(page, "from Anna")
    await add_contact(page, "Boris", "79001234568")
    await write(page, "from Boris")
    await expect(messages_from(page, "The account")).to_contain_text("from Boris")
    await page.get_by_role("navigation").get_by_role("button", name="Anna").click()
    await expect(messages_from(page, "The account")).to_have_count(1)
    await expect(messages_from(page, "The account")).to_contain_text("from Anna")


async def test_a_vote_reaches_the_bot(page: Page, bot: Example) -> None:
    await add_contact(page)
    await write(page, "poll")
    poll = page.get_by_role("group", name="Tea or coffee?")
    await poll.get_by_role("radio", name="Tea").check()
    await expect(page.get_by_role("log")).to_contain_text("Chosen: Tea")
    await poll.get_by_role("radio", name="Coffee").check()
    await expect(page.get_by_role("log")).to_contain_text("Chosen: Coffee")


async def test_a_contact_sends_a_product_and_orders_it(page: Page, runner: ExampleRunner, instance: Instance) -> None:
    def fill() -> None:
        for name, price in (("Mug", "8.50"), ("Plate", "5")):
            instance.shops.own.add(name, price, currency="EUR")

    runner.server.call(fill)
    await add_contact(page)
    dialog = await attach(page, "Product")
    await dialog.get_by_label("Product").select_option(label="Plate")
    await dialog.get_by_role("button", name="Send").click()
    await expect(messages_from(page, "Anna")).to_contain_text("5.00 EUR")
    dialog = await attach(page, "Order")
    await dialog.get_by_label("Mug").fill("2")
    await dialog.get_by_role("button", name="Order").click()
    await expect(page.get_by_role("log")).to_contain_text("Total 1700")


async def test_a_button_reaches_the_bot(page: Page, bot: Example) -> None:
    await add_contact(page)
    await write(page, "menu")
    await page.get_by_role("log").get_by_role("button", name="Large").click()
    await expect(page.get_by_role("log")).to_contain_text("Pressed: Large")


async def test_a_file_goes_to_the_bot_and_comes_back(page: Page, bot: Example, tmp_path: Path) -> None:
    await add_contact(page)
    content = "Привет\n".encode() * 1000
    dialog = await attach(page, "File")
    file = FilePayload(name="notes.txt", mimeType="text/plain", buffer=content)
    await dialog.get_by_label("File", exact=True).set_input_files(file)
    await dialog.get_by_role("button", name="Send").click()
    link = messages_from(page, "The account").get_by_role("link", name="Download notes.txt")
    async with page.expect_download() as downloading:
        await link.click()
    download = await downloading.value
    await download.save_as(tmp_path / "back.txt")
    assert download.suggested_filename == "notes.txt"
    assert (tmp_path / "back.txt").read_bytes() == content


async def test_the_server_fails_and_the_bot_recovers(page: Page, bot: Example) -> None:
    await add_contact(page)
    await page.get_by_role("tab", name="Faults").click()
    await page.get_by_role("button", name="Next 3 polls: 502 with HTML").click()
    await page.get_by_role("button", name="Next send: 429").click()
    await write(page, "Are you still there?")
    await expect(messages_from(page, "The account")).to_contain_text("Are you still there?")
    await expect(messages_from(page, "The account")).to_have_count(1)
    await page.get_by_role("tab", name="API calls").click()
    await expect(page.get_by_role("tabpanel")).to_contain_text("429")
    await expect(page.get_by_role("tabpanel")).to_contain_text("502")


async def test_an_instance_is_signed_in_by_its_qr_code(page: Page, runner: ExampleRunner, instance: Instance) -> None:
    runner.server.call(lambda: instance.set_state("notAuthorized"))
    events: list[str] = []

    async def sign_in() -> None:
        async with Client(instance.id_instance, instance.token, runner.server.url) as client:
            events.extend([str(event.type) async for event in client.scan_qr_code()])

    picture = page.get_by_role("img", name="QR code")
    await expect(picture).to_be_visible()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sign_in)
        await expect(page.get_by_role("definition").first).to_be_visible()
        source = await picture.get_attribute("src") or ""
        with Image.open(io.BytesIO(base64.b64decode(source.partition(",")[2]))) as image:
            [code] = zxingcpp.read_barcodes(image)
        assert code.text.startswith("2@")
        await page.get_by_role("button", name="Scan with the phone").click()
        await expect(page.get_by_role("banner")).to_contain_text("Authorized")
    assert runner.server.call(lambda: instance.state) == "authorized"
    assert events[-1] in {QRType.ACCOUNT_DATA, QRType.ALREADY_LOGGED}


async def test_a_group_has_several_members(page: Page, bot: Example) -> None:
    await add_contact(page)
    await add_contact(page, "Boris", "79001234568")
    await page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Team")
    for name in ("Anna", "Boris"):
        await dialog.get_by_role("checkbox", name=name).check()
    await dialog.get_by_role("button", name="Create").click()
    await expect(page.get_by_role("heading", name="Team")).to_be_visible()  # wait until the previous chat is gone
    await page.get_by_label("Writing as").select_option(label="Boris")
    await write(page, "hello all")
    await expect(messages_from(page, "Boris")).to_contain_text("hello all")
    await expect(messages_from(page, "The account")).to_contain_text("hello all")


async def test_the_page_catches_up_after_being_offline(page: Page, runner: ExampleRunner, bot: Example) -> None:
    await add_contact(page)
    await page.context.set_offline(True)
    runner.server.call(
        lambda: runner.server.sandbox.instances[1101000001].contact_writes("79001234567@c.us", "meanwhile")
    )
    await page.context.set_offline(False)
    await expect(messages_from(page, "The account")).to_contain_text("meanwhile")


async def test_more_pages_can_be_open_than_a_browser_has_connections(
    context: BrowserContext, runner: ExampleRunner, instance: Instance
) -> None:
    await context.add_init_script("Object.defineProperty(document, 'hidden', { get: () => window.name === 'hidden' })")
    pages: list[Page] = []
    for _ in range(7):  # a browser allows six connections per server
        page = await context.new_page()
        await page.goto(runner.server.url)
        await expect(page.get_by_role("banner")).to_contain_text("Authorized")
        await page.evaluate("window.name = 'hidden'")
        pages.append(page)
    runner.server.call(lambda: instance.contact_writes("79001234567@c.us", "meanwhile", sender_name="Anna"))
    await pages[0].evaluate("{ window.name = ''; document.dispatchEvent(new Event('visibilitychange')) }")
    await expect(pages[0].get_by_role("navigation")).to_contain_text("meanwhile")


async def test_a_rejected_message_is_restored_before_newer_text(page: Page, console_errors: list[str]) -> None:
    await add_contact(page)
    refuse = anyio.Event()

    async def reject(route: Route) -> None:
        await refuse.wait()
        await route.fulfill(status=400, json={"message": "not now"})

    await page.route("**/messages", reject)
    await write(page, "the first")
    box = page.get_by_role("textbox", name="Message")
    await box.fill("the second")
    refuse.set()
    await expect(box).to_have_value("the first\nthe second")
    console_errors.clear()  # the browser logs every error response


async def test_messages_are_sent_in_order(page: Page, runner: ExampleRunner, instance: Instance) -> None:
    await add_contact(page)
    asked: list[str] = []
    go_on = anyio.Event()

    async def delay_the_first(route: Route) -> None:
        asked.append(json.loads(route.request.post_data or "")["text"])
        if len(asked) == 1:
            await go_on.wait()
        await route.continue_()

    await page.route("**/messages", delay_the_first)
    for text in ("one", "two", "three"):
        await write(page, text)
    go_on.set()
    await expect(messages_from(page, "Anna").last).to_contain_text("three")
    assert asked == ["one", "two", "three"]
    assert runner.server.call(lambda: [message.text for message in instance.chat("79001234567@c.us")]) == asked


async def test_drafts_belong_to_one_instance(page: Page, runner: ExampleRunner) -> None:
    runner.server.call(lambda: runner.server.sandbox.add_instance(1101000002))
    url = page.get_by_label("Webhook URL, empty for polling")
    await url.fill("https://one.example/hook")
    choice = page.get_by_role("combobox", name="Instance", exact=True)
    await choice.focus()
    await expect(choice.locator("option")).to_have_count(2)
    await choice.select_option("1101000002")
    await expect(page.get_by_role("tabpanel")).to_contain_text("Instance 1101000002")
    await expect(url).to_have_value("")


async def test_a_later_instance_is_picked_up(page: Page, runner: ExampleRunner) -> None:
    await add_contact(page)
    runner.server.call(runner.server.sandbox.instances.clear)
    await page.reload()
    await expect(page.get_by_text("GREENAPI_ID_INSTANCE=").first).not_to_contain_text("1101000001")
    await expect(page.get_by_role("button", name="Log out")).to_be_hidden()
    runner.server.call(lambda: runner.server.sandbox.add_instance(1101000009))
    await expect(page.get_by_text("GREENAPI_ID_INSTANCE=").first).to_contain_text("1101000009")


async def test_chats_with_equal_names_show_their_numbers(page: Page, runner: ExampleRunner) -> None:
    instance = runner.server.sandbox.instances[1101000001]
    for number in ("79001234567", "79001234568"):
        runner.server.call(partial(instance.contact_writes, f"{number}@c.us", "Hello", sender_name="Anna"))
    runner.server.call(partial(instance.contact_writes, "79001234569@c.us", "Hello", sender_name="Boris"))
    chats = page.get_by_role("navigation")
    await expect(chats.get_by_role("button", name="Anna 79001234568")).to_be_visible()
    await expect(chats.get_by_role("button", name="Anna 79001234567")).to_be_visible()
    await expect(chats.get_by_role("button", name="Boris")).not_to_contain_text("79001234569")


async def test_a_poll_that_the_bot_ends_is_no_error(page: Page, runner: ExampleRunner) -> None:
    instance = runner.server.sandbox.instances[1101000001]
    path = f"{runner.server.url}/waInstance{instance.id_instance}/receiveNotification/{instance.token}"
    async with httpx.AsyncClient(timeout=1) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(path)
    await page.get_by_role("tab", name="API calls").click()
    panel = page.get_by_role("tabpanel")
    await expect(panel).to_contain_text("stopped")
    await expect(panel).not_to_contain_text("499")
    await panel.get_by_label("Errors only").check()
    await expect(panel).to_contain_text("No recent call matches the filters.")


async def test_statuses_are_shown_and_seen(page: Page, runner: ExampleRunner) -> None:
    instance = runner.server.sandbox.instances[1101000001]
    api = f"{runner.server.url}/waInstance{instance.id_instance}"
    async with httpx.AsyncClient() as client:
        contact = {"chatId": "79001234567@c.us", "firstName": "Anna"}
        await client.post(f"{api}/addContact/{instance.token}", json=contact)
        await client.post(f"{api}/sendTextStatus/{instance.token}", json={"message": "Sale today!"})
    statuses = page.get_by_role("list", name="Statuses")
    await expect(statuses).to_contain_text("Sale today!")
    await statuses.get_by_role("button", name="Let contacts see it").click()
    await expect(statuses).to_contain_text("read")


async def test_settings_and_notifications_explain_themselves(page: Page) -> None:
    panel = page.get_by_role("tabpanel")
    await expect(panel.get_by_role("switch", name="Notify of polls and votes")).not_to_be_checked()
    await expect(panel).to_contain_text("pollMessageWebhook · off by default")
    await panel.get_by_label("Notification", exact=True).select_option("incomingBlock")
    await expect(panel).to_contain_text("A person has blocked the account")
