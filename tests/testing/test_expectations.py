"""Expectations: which messages meet them, and what a failed one says."""

import re

import pytest

from greenapi_async.testing import Explanation, Sandbox

pytestmark = pytest.mark.anyio


async def test_messages_before_the_expected_one_are_skipped(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    for text in ("one", "two", "three", "four"):
        await sandbox.client.send_message(anna.id, text)
    assert (await anna.hears("two")).text == "two"
    assert (await anna.hears(re.compile("^thr"))).text == "three"
    assert not await anna.hears("one", timeout=5)
    assert (await anna.hears(lambda message: len(message.text) == 4)).text == "four"
    assert await anna.hears_nothing()


async def test_two_equal_messages_are_returned_one_by_one(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    for _ in range(2):
        await sandbox.client.send_message(anna.id, "hello")
    assert await anna.hears("hello")
    assert await anna.hears("hello")
    assert not await anna.hears("hello")


async def test_a_failed_expectation_explains_itself(sandbox: Sandbox) -> None:
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
        "<expected 'hello' within 7 s, got 'good day'; notifications waiting for a bot: 3; "
        "API calls: 2, 1 failed (last: sendMessage 502)>"
    )


async def test_the_state_of_the_instance_is_a_possible_cause(sandbox: Sandbox) -> None:
    sandbox.set_state("notAuthorized")
    assert "got nothing; the instance is notAuthorized" in repr(await sandbox.contact("79001234567").hears())


async def test_a_bot_that_cannot_reach_an_in_process_sandbox_is_a_possible_cause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.says("hi")
    needs = "needs @pytest.mark.sandbox(socket=True)"
    assert f"a bot that uses Client.from_env() {needs}" in repr(await anna.hears())
    await sandbox.client.set_settings(webhook_url="https://example.com/")
    explanation = repr(await anna.hears())
    assert f"a bot with a webhook URL {needs}" in explanation
    assert "from_env" not in explanation


async def test_using_an_explanation_like_a_message_raises_its_reason(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    with pytest.raises(AssertionError, match=r"expected a message within 30 s, got nothing; .+API calls: 0"):
        _ = (await anna.hears()).text


async def test_a_message_that_broke_the_silence_can_still_be_expected(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_message(anna.id, "hello")
    explanation = await anna.hears_nothing()
    assert not explanation
    assert "expected no message within 30 s, got 'hello'" in repr(explanation)
    assert await anna.hears("hello")


async def test_a_long_explanation_is_shortened_to_what_pytest_shows() -> None:
    explanation = Explanation("word " * 100)
    assert len(repr(explanation)) <= 240
    assert explanation.reason == "word " * 100
    assert not explanation
