"""Opting out of broadcasts: words, confirmations, persons with two ids, conversations."""

# pyright: reportPrivateUsage=false

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio
import attrs
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, OptOuts
from greenapi_async.bots import Router, lifespan, opt_out_router
from greenapi_async.inbox.base import Inbox
from greenapi_async.outgoing.opt_out_words import LANGUAGES, find_word
from greenapi_async.sandbox import Instance

from .conftest import ANNA, START, sent

pytestmark = pytest.mark.anyio

LID = "123456789012345@lid"
GROUP = "120363025912345678@g.us"


@asynccontextmanager
async def running_bot(client: Client, inbox: Inbox, router: Router) -> AsyncGenerator[None]:
    async with lifespan(router, clients=client, inbox=inbox):
        await anyio.sleep(1)
        yield


def note_text(seen: list[str | None]) -> Callable[[IncomingMessageReceived], None]:
    def note(notification: IncomingMessageReceived) -> None:
        seen.append(notification.text)

    return note


@pytest.mark.parametrize("name", LANGUAGES)
def test_the_words_of_each_language_are_recognised_in_any_spelling(name: str) -> None:
    language = LANGUAGES[name]
    for words, is_stop in ((language.certain, True), (language.stop, True), (language.start, False)):
        for each in words:
            for text in (each, each.upper(), f"  «{each.title()}»! ", f"{each} 🙏"):
                word = find_word(text)
                assert word is not None, text
                assert word.is_stop is is_stop, text


def test_each_confirmation_names_a_word_of_its_language_that_undoes_it() -> None:
    for language in LANGUAGES.values():
        for confirmation, is_stop in ((language.stopped, False), (language.started, True)):
            words = confirmation.replace(".", " ").replace("،", " ").split()
            pairs = [" ".join(words[at : at + 2]) for at in range(len(words))]
            found = [word for text in (*words, *pairs) if (word := find_word(text)) is not None]
            assert any(word.is_stop is is_stop for word in found), confirmation


@pytest.mark.parametrize(
    "text", [None, "", "!", "stop it, please", "don't stop", "stop " * 50, "cancel", "отмена", "no"]
)
def test_other_messages_are_no_words(text: str | None) -> None:
    assert find_word(text) is None


async def test_a_person_opts_out_and_back_in(client: Client, instance: Instance, inbox: Inbox) -> None:
    router = Router()
    router.include(opt_out_router())

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"you said {notification.text}")

    async with running_bot(client, inbox, router):
        instance.contact_writes(ANNA, "start")
        await anyio.sleep(30)
        assert not await client.opt_outs.contains(ANNA)
        instance.contact_writes(ANNA, "Стоп!")
        await anyio.sleep(30)
        assert await client.opt_outs.contains(ANNA)
        [opt_out] = await client.opt_outs.list()
        assert (opt_out.chat_id, opt_out.text, opt_out.since > START) == (ANNA, "Стоп!", True)
        instance.contact_writes(ANNA, "старт")
        await anyio.sleep(30)
        assert not await client.opt_outs.contains(ANNA)
        assert await client.opt_outs.list() == []
    assert [text for text, _ in sent(instance)] == ["you said start", LANGUAGES["ru"].stopped, LANGUAGES["ru"].started]


async def test_a_word_in_a_group_is_an_ordinary_message(client: Client, instance: Instance, inbox: Inbox) -> None:
    router, seen = Router(), list[str | None]()
    router.include(opt_out_router())
    router.message()(note_text(seen))
    async with running_bot(client, inbox, router):
        instance.contact_writes(GROUP, "stop", sender=ANNA)
        await anyio.sleep(30)
    assert seen == ["stop"]
    assert sent(instance) == []


async def test_a_conversation_gets_the_words_that_may_cancel_it_and_no_others(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    router, cancelled = Router(), list[str]()
    router.include(opt_out_router())

    @router.message()
    async def talk(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(cancel="stop") as conversation:
            cancelled.append(await conversation.ask("Your name?"))

    async with running_bot(client, inbox, router):
        instance.contact_writes(ANNA, "hello")
        await anyio.sleep(30)
        instance.contact_writes(ANNA, "unsubscribe")
        await anyio.sleep(30)
        assert await client.opt_outs.contains(ANNA)
        await client.opt_outs.remove(ANNA)
        instance.contact_writes(ANNA, "Anna")
        await anyio.sleep(30)
        assert cancelled == ["Anna"]
        instance.contact_writes(ANNA, "hello")
        await anyio.sleep(30)
        instance.contact_writes(ANNA, "stop")
        await anyio.sleep(30)
        assert not await client.opt_outs.contains(ANNA)


async def test_two_ids_of_a_person_count_as_one(client: Client, any_inbox: Inbox) -> None:
    opt_outs = OptOuts(any_inbox, client)
    assert await opt_outs.add(LID)
    assert not await opt_outs.contains(ANNA)
    client._identities.learn([[LID, ANNA]])
    assert await opt_outs.contains(ANNA)
    assert not await opt_outs.add(ANNA)
    assert [(each.chat_id, set(each.ids)) for each in await opt_outs.list()] == [(ANNA, {ANNA, LID})]
    assert await opt_outs.remove(LID)
    assert not await opt_outs.remove(ANNA)
    assert not await opt_outs.contains(LID)


async def test_ids_that_another_run_has_stored_are_known(client: Client, any_inbox: Inbox) -> None:
    await any_inbox.identities.save(client.id_instance, {LID: ANNA})  # type: ignore[attr-defined]  # both have it
    await OptOuts(any_inbox, client).add(LID)
    assert await OptOuts(any_inbox, client).contains(ANNA)


async def test_groups_do_not_opt_out(client: Client, inbox: Inbox) -> None:
    with pytest.raises(InvalidArgumentError, match="groups do not opt out"):
        await OptOuts(inbox, client).add(GROUP)


async def test_own_words_and_confirmations_replace_those_of_the_library(
    client: Client, instance: Instance, inbox: Inbox
) -> None:
    router, seen = Router(), list[str | None]()
    router.include(opt_out_router(languages={"en": attrs.evolve(LANGUAGES["en"], stop=("bye",), stopped="Bye!")}))
    router.message()(note_text(seen))
    async with running_bot(client, inbox, router):
        for text in ("стоп", "Bye"):
            instance.contact_writes(ANNA, text)
            await anyio.sleep(30)
    assert seen == ["стоп"]
    assert [text for text, _ in sent(instance)] == ["Bye!"]
