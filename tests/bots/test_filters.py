"""Each filter against notifications of the sandbox, and composed filters."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from greenapi_async import (
    Client,
    FileMessage,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    InvalidArgumentError,
    LocationMessage,
    Notification,
    PollUpdateMessage,
    VideoMessage,
    parse_notification,
)
from greenapi_async.bots import Command, Context, Event, Filter, Router, State, StateGroup, Text, filters
from greenapi_async.sandbox import Instance, Sandbox

from .harness import ANNA, BORIS, GROUP, drive, replies


@pytest.fixture
def phone() -> Instance:
    return Sandbox(seed=1).add_instance()


def last(phone: Instance) -> Event:
    return Event(parse_notification(phone.notifications.bodies()[-1]))


def text_event(phone: Instance, text: str, chat_id: str = ANNA, **options: Any) -> Event:
    phone.contact_writes(chat_id, text, **options)
    return last(phone)


def content_event(phone: Instance, chat_id: str = ANNA, **what: Any) -> Event:
    phone.contact_sends(chat_id, what)
    return last(phone)


@pytest.mark.parametrize(
    ("one", "matching", "others"),
    [
        (filters.text("hi", "ho"), ["hi", "ho"], ["Hi", "hi!", "hi ho", " hi"]),
        (filters.text("ПРИВЕТ", ignore_case=True), ["привет", "Привет"], ["привет!"]),
        (filters.contains("price", "cost"), ["the price?", "price", "it costs"], ["Price", "pri ce"]),
        (filters.contains("Price", ignore_case=True), ["the PRICE", "price"], ["pri ce"]),
        (filters.regex(r"order (\d+)"), ["my order 17", "order 1 2"], ["Order 17", "order"]),
        (filters.regex("^да$", re.IGNORECASE), ["да", "ДА"], ["да!"]),
        (
            filters.command("start"),
            ["/start", "/START now", " /start\nnow"],
            ["start", "/started", "!start", "go /start"],
        ),
        (filters.command("buy", "sell", prefixes="!/"), ["!buy", "/sell x"], ["buy", "#buy"]),
        (filters.command("меню", prefixes=""), ["меню", "Меню сегодня"], ["/меню"]),
    ],
    ids=repr,
)
def test_text_filters(phone: Instance, one: Filter, matching: list[str], others: list[str]) -> None:
    assert [text for text in matching + others if one.test(text_event(phone, text))] == matching
    assert not one.test(content_event(phone, location={"latitude": 1.5, "longitude": 2.5}))
    phone.produce("stateInstanceChanged")
    assert not one.test(last(phone))


def test_text_filters_read_captions_links_polls_and_quotes(phone: Instance) -> None:
    about = filters.contains("cats")
    assert about.test(
        content_event(phone, file={"fileName": "cat.png", "url": "https://cats.test/1.png", "caption": "my cats"})
    )
    assert about.test(content_event(phone, link={"text": "https://cats.test", "title": "All of them"}))
    asked = phone.contact_sends(ANNA, {"poll": {"message": "cats or dogs", "options": ["cats", "dogs"]}})
    assert about.test(last(phone))
    assert about.test(text_event(phone, "cats of course", quoted_message_id=asked))


def test_a_command_is_parsed(phone: Instance) -> None:
    one = filters.command("Buy", prefixes="!")
    for text, arguments, rest in (
        ("!buy", (), ""),
        ("!BUY  two   large \n cups ", ("two", "large", "cups"), "two   large \n cups"),
    ):
        event = text_event(phone, text)
        assert one.test(event)
        assert event.captured == {Command: Command("Buy", arguments, rest)}


def test_chat_and_sender_filters(phone: Instance) -> None:
    in_group = text_event(phone, "hi", GROUP, sender=ANNA)
    alone = text_event(phone, "hi")
    by_boris = text_event(phone, "hi", BORIS)
    phone.produce("stateInstanceChanged")
    events = [in_group, alone, by_boris, last(phone)]

    def matched(one: Filter) -> list[Event]:
        return [event for event in events if one.test(event)]

    assert matched(filters.group) == [in_group]
    assert matched(filters.private) == [alone, by_boris]
    assert matched(filters.chat(GROUP, "+7 900 123-45-68")) == [in_group, by_boris]
    assert matched(filters.sender(ANNA)) == [in_group, alone]
    assert matched(filters.sender(79001234568)) == [by_boris]
    assert (
        matched(filters.where(lambda notification: notification.type_webhook == "stateInstanceChanged")) == events[3:]
    )
    phone.produce("textMessage", senderData={"chatId": "100000000000001@lid", "sender": "100000000000001@lid"})
    assert filters.private.test(last(phone))


PICTURE = {"fileName": "cat.png", "url": "https://cats.test/1.png"}


def test_message_class_filters(phone: Instance) -> None:
    image = content_event(phone, file=PICTURE)
    place = content_event(phone, location={"latitude": 1.5, "longitude": 2.5})
    assert filters.kind(ImageMessage, VideoMessage).test(image)
    assert filters.kind(FileMessage).test(image)
    assert filters.media.test(image)
    assert not filters.media.test(place)
    assert filters.kind(LocationMessage).test(place)
    assert not filters.kind(VideoMessage).test(image)
    phone.produce("incomingCall")
    assert not filters.kind(ImageMessage).test(last(phone))
    for kind in ("imageMessage", "videoMessage", "documentMessage", "audioMessage", "stickerMessage"):
        phone.produce(kind)
        assert filters.media.test(last(phone))


def test_quoted_and_forwarded_messages(phone: Instance) -> None:
    first = text_event(phone, "hi")
    id_message = first.notification.id_message
    assert id_message
    answer = text_event(phone, "to that", quoted_message_id=id_message)
    reaction = content_event(phone, react={"idMessage": id_message, "emoji": "👍"})
    assert [filters.quoted.test(event) for event in (first, answer, reaction)] == [False, True, False]
    phone.produce("quotedMessage")
    assert filters.quoted.test(last(phone))
    assert not filters.forwarded.test(first)
    forwarded = {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hi", "isForwarded": True}}
    phone.produce("textMessage", messageData=forwarded)
    assert filters.forwarded.test(last(phone))


def test_votes_in_a_poll_that_is_sent_later(phone: Instance) -> None:
    phone.settings["pollMessageWebhook"] = "yes"
    polls: set[str] = set()
    later = filters.poll(polls)
    ours, other = (
        phone.contact_sends(ANNA, {"poll": {"message": "Which?", "options": ["one", "two"]}}) for _ in range(2)
    )
    polls.add(ours)
    vote = content_event(phone, vote={"idMessage": ours, "options": ["one"]})
    assert later.test(vote)
    assert filters.poll(ours).test(vote)
    assert not later.test(content_event(phone, vote={"idMessage": other, "options": ["one"]}))
    assert not later.test(text_event(phone, "one"))


@pytest.mark.parametrize(
    "kind",
    ["buttonsResponseMessage", "templateButtonsReplyMessage", "listResponseMessage", "interactiveButtonsResponse"],
)
def test_pressed_buttons_match_by_id_or_text(phone: Instance, kind: str) -> None:
    phone.produce(kind)
    event = last(phone)
    message: Any = event.message
    identity = getattr(message, "selected_button_id", None) or getattr(message, "selected_id", None)
    assert filters.button(identity or message.single_select_reply).test(event)
    assert filters.button("other", event.text or "").test(event)
    assert filters.button().test(event)
    assert not filters.button("other").test(event)
    assert not filters.button(event.text or "").test(text_event(phone, event.text or "?"))


def test_filters_compose(phone: Instance) -> None:
    one, two = filters.contains("one"), filters.contains("two")
    texts = ["one", "two", "one two", "three"]

    def matched(composed: Filter) -> list[str]:
        return [text for text in texts if composed.test(text_event(phone, text))]

    assert matched(one & two) == ["one two"]
    assert matched(one | two) == ["one", "two", "one two"]
    assert matched(~one) == ["two", "three"]
    assert matched(one & ~two | ~one & two) == ["one", "two"]


def test_repr_is_the_source_of_the_filter() -> None:
    composed = (filters.text("a", ignore_case=True) | filters.kind(ImageMessage)) & ~(filters.group & filters.quoted)
    assert repr(composed) == "(text('a', ignore_case=True) | kind(ImageMessage)) & ~(group & quoted)"
    assert repr(filters.private & filters.media | filters.chat(ANNA)) == f"private & media | chat('{ANNA}')"
    assert repr(filters.command("a", prefixes="!")) == "command('a', prefixes='!')"
    assert repr(filters.where(str.strip)) == "where(strip)"


def test_composed_filters_keep_only_guaranteed_captures_and_message_classes() -> None:
    command, regex = filters.command("a"), filters.regex("b")
    image, file = filters.kind(ImageMessage), filters.kind(FileMessage)
    assert (command & regex).captures == {Command, re.Match, Text}
    assert (command | command & regex).captures == {Command, Text}
    assert (command | filters.text("a")).captures == (filters.has_text & filters.private).captures == {Text}
    assert (~command).captures == frozenset()
    assert (file & image).messages == frozenset({ImageMessage})
    assert (image & command).messages == frozenset({ImageMessage})
    assert (image | filters.kind(VideoMessage)).messages == frozenset({ImageMessage, VideoMessage})
    assert (image | command).messages is None
    assert (~image).messages is None
    assert filters.poll("ABCDEF0123456789").messages == frozenset({PollUpdateMessage})


@pytest.mark.parametrize(
    "composed",
    [
        filters.regex("hi") & filters.text("no"),
        ~filters.regex("hi") | filters.private,
        (filters.regex("hi") & filters.text("no")) | filters.private,
    ],
    ids=repr,
)
def test_a_filter_that_does_not_match_captures_nothing(phone: Instance, composed: Filter) -> None:
    event = text_event(phone, "hi there")
    composed.test(event)
    assert event.captured == {}


def _wrong() -> list[tuple[Callable[[], object], str]]:
    anything: Any = filters

    return [
        (filters.text, r"text\(\) expects at least one string"),
        (lambda: filters.text(""), "expects non-empty strings"),
        (lambda: anything.contains(17), r"contains\(\) expects non-empty strings, got 17"),
        (lambda: filters.regex("(hi"), "regular expression for str, got .*: missing"),
        (lambda: filters.regex(re.compile("hi"), re.IGNORECASE), "expects a regular expression for str"),
        (lambda: anything.regex(re.compile(b"hi")), "expects a regular expression for str"),
        (lambda: filters.command("/start"), "without a prefix"),
        (lambda: filters.command("two words"), "names of one word"),
        (lambda: filters.command("start", prefixes="a"), "must be punctuation"),
        (lambda: anything.kind("image"), "expects message classes"),
        (lambda: anything.kind(IncomingCall), "expects message classes"),
        (filters.kind, "at least one message class"),
        (lambda: filters.chat("79001234567@c.ru"), "chat_id is"),
        (filters.chat, "at least one chat id or phone number"),
        (lambda: filters.sender(GROUP), "persons, not groups"),
        (lambda: anything.state("size"), "expects states of a StateGroup"),
        (filters.state, "at least one state"),
        (lambda: filters.poll(""), "non-empty strings"),
        (lambda: anything.poll(17), "a container of message ids"),
        (lambda: filters.button(""), "non-empty strings"),
        (lambda: anything.where("text"), "a function of one notification"),
        (lambda: not anything.text("a"), "Combine filters with & | ~"),
    ]


@pytest.mark.parametrize(("make", "words"), _wrong())
def test_invalid_arguments_are_rejected_when_the_filter_is_created(make: Callable[[], object], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        make()


def test_a_misspelt_filter_and_a_filter_function_are_rejected() -> None:
    anything: Any = filters
    with pytest.raises(AttributeError):
        anything.comand("start")
    with pytest.raises(TypeError):
        _ = filters.text("a") & anything.text
    with pytest.raises(TypeError):
        _ = filters.text("a") | anything.text


class Ordering(StateGroup[None], name="ordering by filters"):
    size = State()
    address = State()


@pytest.mark.anyio
async def test_state_filters_route_a_conversation(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message(filters.state(Ordering.address))
    async def done(notification: Notification, context: Context[None]) -> None:
        await notification.reply("done")
        await context.leave()

    @router.message(filters.state(Ordering.size) & filters.text("L", "M"))
    async def size(notification: IncomingMessageReceived, context: Context[None]) -> None:
        await notification.reply("where to?")
        await context.enter(Ordering.address)

    @router.message(filters.command("order") & filters.no_state)
    async def order(notification: IncomingMessageReceived, context: Context[None]) -> None:
        await notification.reply("which size?")
        await context.enter(Ordering.size)

    @router.message()
    async def otherwise(notification: IncomingMessageReceived) -> None:
        await notification.reply("?")

    for text in ("L", "/order", "/order", "L", "Main Street 1", "L"):
        instance.contact_writes(ANNA, text)
    instance.contact_writes(BORIS, "L")
    assert await drive(client, router) == []
    assert replies(instance) == ["?", "which size?", "?", "where to?", "done", "?"]
    assert replies(instance, BORIS) == ["?"]
