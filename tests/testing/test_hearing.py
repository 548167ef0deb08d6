"""Hearing: what counts as heard, and what a test is told when it is not."""

import re

import pytest

from greenapi_async.testing import Explanation, Sandbox

pytestmark = pytest.mark.anyio


async def test_what_is_said_before_what_is_heard_counts_as_heard(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    for text in ("one", "two", "three", "four"):
        await sandbox.client.send_message(anna.id, text)
    assert (await anna.hears("two")).text == "two"
    assert (await anna.hears(re.compile("^thr"))).text == "three"
    assert not await anna.hears("one", timeout=5)
    assert (await anna.hears(lambda message: len(message.text) == 4)).text == "four"
    assert await anna.hears_nothing()


async def test_two_equal_messages_are_heard_one_by_one(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    for _ in range(2):
        await sandbox.client.send_message(anna.id, "hello")
    assert await anna.hears("hello")
    assert await anna.hears("hello")
    assert not await anna.hears("hello")


async def test_what_is_not_heard_tells_why(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    sandbox.fail("sendMessage", status=502)
    await anna.says("hi")
    with pytest.raises(Exception, match="502"):
        await sandbox.client.send_message(anna.id, "lost")
    await sandbox.client.send_message(anna.id, "good day")
    explanation = await anna.hears("hello", timeout=7)
    assert isinstance(explanation, Explanation)
    assert not explanation
    assert repr(explanation) == (
        "<not heard within 7 s: 'hello'; but 'good day'; notifications that wait for a bot: 3; "
        "API calls: 2, 1 failed, the last sendMessage (502)>"
    )


async def test_the_state_of_an_instance_is_a_reason(sandbox: Sandbox) -> None:
    sandbox.set_state("notAuthorized")
    assert "nothing was said; the instance is notAuthorized" in repr(await sandbox.contact("79001234567").hears())


async def test_a_bot_that_cannot_reach_a_sandbox_in_process_is_a_reason(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.says("hi")
    needs = "needs @pytest.mark.sandbox(socket=True)"
    assert f"a bot with Client.from_env() {needs}" in repr(await anna.hears())
    await sandbox.client.set_settings(webhook_url="https://example.com/")
    heard = repr(await anna.hears())
    assert f"a bot with a webhook URL {needs}" in heard
    assert "from_env" not in heard


async def test_who_takes_an_explanation_for_a_message_gets_its_words(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    with pytest.raises(AssertionError, match=r"not heard within 30 s: any message; nothing was said; .+API calls: 0"):
        _ = (await anna.hears()).text


async def test_silence_that_was_broken_is_not_yet_heard(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_message(anna.id, "hello")
    explanation = await anna.hears_nothing()
    assert not explanation
    assert "the bot said 'hello'" in repr(explanation)
    assert await anna.hears("hello")


async def test_a_long_explanation_is_shown_in_as_many_characters_as_pytest_shows() -> None:
    explanation = Explanation("word " * 100)
    assert len(repr(explanation)) <= 240
    assert explanation.words == "word " * 100
    assert not explanation
