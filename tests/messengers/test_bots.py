"""Bots on MAX and Telegram: filters, conversations, lanes, replies, statuses."""

import pytest

from greenapi_async import (
    Client,
    DeliveryFailedError,
    ForbiddenError,
    IncomingMessageReceived,
    InstanceState,
    MessageStatus,
    TimeoutExpiredError,
)
from greenapi_async.bots import Router, filters
from greenapi_async.testing import Sandbox

pytestmark = [pytest.mark.anyio]

both = pytest.mark.parametrize(
    "messenger",
    [
        pytest.param("max", marks=pytest.mark.sandbox(messenger="max")),
        pytest.param("telegram", marks=pytest.mark.sandbox(messenger="telegram")),
    ],
)


@both
async def test_a_bot_answers_persons_and_groups(sandbox: Sandbox, messenger: str) -> None:
    router = Router()

    @router.message(filters.private, filters.sender("+7 900 123-45-67"), filters.text("boss"))
    async def boss(notification: IncomingMessageReceived) -> None:
        await notification.reply("yes, boss", quote=True)
        await notification.mark_read()

    @router.message(filters.private)
    async def private(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"private {notification.text}")

    @router.message(filters.group)
    async def group(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"group {notification.sender_name}")

    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    team = sandbox.group("Team", anna, boris)
    assert (anna.id.isdecimal(), anna.phone, team.id[0]) == (True, "79001234567", "-")
    async with sandbox.runs(router):
        await anna.says("boss")
        answer = await anna.hears("yes, boss")
        assert answer
        assert answer.quoted == anna.chat[0]
        await boris.says("boss")
        assert await boris.hears("private boss")
        await boris.says("hello", to=team)
        assert await team.hears("group Boris")
    assert sandbox.client.messenger == messenger


@both
async def test_a_conversation_is_held_with_one_person_of_a_group(sandbox: Sandbox, messenger: str) -> None:
    router = Router()

    @router.message(filters.command("order"))
    async def order(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            await notification.reply(f"{await talk.ask('What?')}, {await talk.choose('Where?', ['here', 'there'])}")

    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    team = sandbox.group("Team", anna, boris)
    async with sandbox.runs(router):
        await anna.says("/order", to=team)
        assert await team.hears("What?")
        await boris.says("Pizza", to=team)
        await anna.says("Soup", to=team)
        assert await team.hears("Where?\n1. here\n2. there")
        await anna.says("2", to=team)
        assert await team.hears("Soup, there")


@both
async def test_a_person_known_by_phone_number_can_be_asked(sandbox: Sandbox, messenger: str) -> None:
    router = Router()

    @router.message(filters.text("start"))
    async def start(notification: IncomingMessageReceived, client: Client) -> None:
        async with client.conversation("79001234568@c.us") as talk:
            await notification.reply(await talk.ask("May I?"))

    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    async with sandbox.runs(router):
        await anna.says("start")
        assert await boris.hears("May I?")
        await boris.says("You may")
        assert await anna.hears("You may")


@both
async def test_statuses_are_those_of_the_message_to_this_chat(sandbox: Sandbox, messenger: str) -> None:
    """Messages to several chats get the same id here, within a second (Telegram) or a millisecond (MAX)."""
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    boris.has_account = False
    sandbox.instance.settings["delaySendMessagesMilliseconds"] = 0
    client = sandbox.client
    async with sandbox.runs(Router()):
        for recipients in ((anna.id, boris.id), (anna.id, "79001234568@c.us")):
            one, two = [await client.send_message(recipient, "Hello") for recipient in recipients]
            assert one.id_message == two.id_message
            await one.wait_for(MessageStatus.DELIVERED)
            with pytest.raises(DeliveryFailedError, match="noAccount"):
                await two.wait_for(MessageStatus.DELIVERED)
        one, two = [await client.send_message(f"{contact.phone}@c.us", "Hello") for contact in (anna, boris)]
        with pytest.raises(TimeoutExpiredError):  # whose status it is cannot be told
            await one.wait_for(MessageStatus.DELIVERED, timeout=5)
        assert (await client.check_account(79001234567)).chat_id == anna.id
        await one.wait_for(MessageStatus.DELIVERED)
        with pytest.raises(DeliveryFailedError, match="noAccount"):
            await two.wait_for(MessageStatus.DELIVERED)


@pytest.mark.sandbox(messenger="telegram")
async def test_telegram_is_signed_in_with_code_and_password(sandbox: Sandbox) -> None:
    instance, client = sandbox.instance, sandbox.client
    sandbox.set_state("notAuthorized")
    instance.sign_in.password = "secret"
    assert (await client.start_authorization(79876543210)).status
    wrong = await client.send_authorization_code("no code")
    assert (wrong.status, wrong.data and wrong.data.reason) == (False, "invalid_code")
    assert not (await client.send_authorization_code(instance.sign_in.code or "")).status
    state = await client.get_state_instance()
    assert state is not None
    assert state.state_instance is InstanceState.PENDING_PASSWORD
    assert "send_authorization_password()" in (await client.ensure_ready()).problems[0]
    assert (await client.send_authorization_password("secret")).status
    assert (await client.get_account_settings()).chat_id == instance.own_id


@both
async def test_statuses_need_three_settings(sandbox: Sandbox, messenger: str) -> None:
    assert (await sandbox.client.ensure_ready()).ok
    await sandbox.client.set_settings(outgoing_api_message_webhook=False)
    readiness = await sandbox.client.ensure_ready(fix=True)
    assert readiness.fixed == ("outgoing_api_message_webhook",)


@both
async def test_a_suspended_account_writes_to_saved_contacts_only(sandbox: Sandbox, messenger: str) -> None:
    anna = sandbox.contact("79001234567")
    sandbox.set_state("suspended")
    settings = await sandbox.client.get_account_settings()
    assert (settings.state_instance, settings.suspended_until is None) == (InstanceState.SUSPENDED, False)
    with pytest.raises(ForbiddenError, match="Your account is suspended"):
        await sandbox.client.send_message(anna.id, "Hello")
    sandbox.instance.people.address_book.save(anna.id, "Anna")
    await sandbox.client.send_message(anna.id, "Hello")
    assert await anna.hears("Hello")
