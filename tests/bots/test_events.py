"""Edits, reactions, deletions and votes are events about a message: they have their own handlers and answer nothing."""

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest

from greenapi_async import (
    BaseNotification,
    Client,
    DeletedMessage,
    EditedMessage,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Message,
    MessageNotification,
    OutgoingMessageReceived,
    PollUpdateMessage,
    ReactionMessage,
    TextMessage,
)
from greenapi_async.bots import SKIP, Command, Context, Router, Skip, State, StateGroup, filters
from greenapi_async.models.messages import BaseMessage
from greenapi_async.sandbox import Instance

from .harness import ANNA, drive, replies

pytestmark = pytest.mark.anyio

EVENTS: Mapping[str, type[BaseMessage]] = {
    "edited": EditedMessage,
    "reaction": ReactionMessage,
    "deleted": DeletedMessage,
    "vote": PollUpdateMessage,
}
"""The decorator of each class of events."""
SPELLINGS: Mapping[str, Mapping[str, Any]] = {
    "edited": {"typeMessage": "editedMessage", "editedMessageData": {"textMessage": "/pay 50", "stanzaId": "M1"}},
    "reaction": {"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": "/pay 50"}},
    "deleted": {"typeMessage": "deletedMessage", "deletedMessageData": {"stanzaId": "M1", "typeMessage": "text"}},
    "vote": {"typeMessage": "pollUpdateMessage", "pollMessageData": {"stanzaId": "P1", "votes": []}},
}

ENVELOPE = {
    "typeWebhook": "incomingMessageReceived",
    "timestamp": 1733146115,
    "idMessage": "10ECA1E0D26FAB972C24C56C00000000",
    "senderData": {"chatId": ANNA, "sender": ANNA},
}


def happens(instance: Instance, chat_id: str = ANNA) -> list[str]:
    """Let every event happen to new messages of a person; return the ids of the messages, in the order of EVENTS."""
    instance.settings["pollMessageWebhook"] = "yes"
    ids = [instance.contact_writes(chat_id, text) for text in ("edited", "liked", "deleted")]
    ids.append(instance.contact_sends(chat_id, {"poll": {"message": "Tea?", "options": ["yes", "no"]}}))
    instance.contact_sends(chat_id, {"edit": {"idMessage": ids[0], "text": "corrected"}})
    instance.contact_sends(chat_id, {"react": {"idMessage": ids[1], "emoji": "👍"}})
    instance.contact_sends(chat_id, {"delete": {"idMessage": ids[2]}})
    instance.contact_sends(chat_id, {"vote": {"idMessage": ids[3], "options": ["yes"]}})
    return ids


async def test_an_edited_command_is_carried_out_once(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message(filters.command("pay"))
    async def pay(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"paid: {notification.text}")

    @router.message()
    async def otherwise(notification: IncomingMessageReceived) -> None:
        await notification.reply("what?")

    id_message = instance.contact_writes(ANNA, "/pay 5")
    instance.contact_sends(ANNA, {"edit": {"idMessage": id_message, "text": "/pay 50"}})
    assert await drive(client, router) == []
    assert replies(instance) == ["paid: /pay 5"]


async def test_each_event_reaches_its_decorator_with_its_message(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[tuple[str, object]] = []

    @router.message()
    async def new(notification: IncomingMessageReceived, message: Message) -> None:
        assert not message.is_event

    @router.edited(filters.text("corrected"))
    async def edited(notification: IncomingMessageReceived, message: EditedMessage) -> None:
        seen.append(("edited", message.stanza_id))

    @router.reaction(filters.text("👍"))
    async def liked(notification: IncomingMessageReceived, message: ReactionMessage) -> None:
        seen.append(("reaction", message.text))

    @router.deleted(filters.private)
    async def deleted(notification: IncomingMessageReceived, message: DeletedMessage) -> None:
        seen.append(("deleted", message.stanza_id))

    @router.vote()
    async def voted(notification: IncomingMessageReceived, message: PollUpdateMessage) -> None:
        seen.append(("vote", message.stanza_id))

    ids = happens(instance)
    assert await drive(client, router) == []
    assert seen == [("edited", ids[0]), ("reaction", "👍"), ("deleted", ids[2]), ("vote", ids[3])]


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("upper", [False, True])
async def test_every_spelling_of_the_type_is_an_event(
    client: Client, instance: Instance, name: str, upper: bool
) -> None:
    router = Router()
    seen: list[type[Message]] = []

    @router.message(filters.text("/pay 50") | ~filters.group)
    async def new(notification: IncomingMessageReceived) -> None:
        pytest.fail("an event is not a new message")

    async def event(notification: IncomingMessageReceived) -> None:
        seen.append(type(notification.message))

    decorators: Any = router
    getattr(decorators, name)()(event)

    data = dict(SPELLINGS[name])
    data["typeMessage"] = data["typeMessage"].upper() if upper else data["typeMessage"]
    instance.queue_notification({**ENVELOPE, "messageData": data})
    assert await drive(client, router) == []
    assert seen == [EVENTS[name]]


REQUESTS: list[tuple[Callable[[], filters.Filter], set[str]]] = [
    (lambda: filters.kind(ReactionMessage), {"ReactionMessage"}),
    (lambda: filters.kind(EditedMessage, TextMessage), {"EditedMessage", "TextMessage"}),
    (lambda: filters.kind(PollUpdateMessage, DeletedMessage), {"PollUpdateMessage", "DeletedMessage"}),
    (lambda: filters.kind(BaseMessage), {"TextMessage", "PollMessage"}),
    (lambda: ~filters.kind(TextMessage), {"PollMessage"}),
    (lambda: ~filters.kind(EditedMessage), {"TextMessage", "PollMessage"}),
    (lambda: ~~filters.kind(EditedMessage), set()),
    (lambda: filters.where(lambda notification: isinstance(notification.message, EditedMessage)), set()),
    (lambda: filters.kind(ReactionMessage) & filters.text("👎"), set()),
    (lambda: filters.text("👍") & filters.kind(ReactionMessage), {"ReactionMessage"}),
    (lambda: filters.kind(ReactionMessage) & ~(filters.text("👍") | filters.group), set()),
    (lambda: filters.kind(ReactionMessage) | filters.text("corrected", "liked"), {"ReactionMessage", "TextMessage"}),
    (lambda: filters.kind(EditedMessage) & filters.text("no") | filters.text("corrected"), set()),
    (lambda: (filters.kind(EditedMessage) | filters.private) & filters.text("corrected"), {"EditedMessage"}),
]


@pytest.mark.parametrize(("make", "expected"), REQUESTS, ids=[repr(make()) for make, _ in REQUESTS])
async def test_handlers_of_messages_get_events_only_by_a_filter_that_names_their_class(
    client: Client, instance: Instance, make: Callable[[], filters.Filter], expected: set[str]
) -> None:
    router = Router()
    seen: set[str] = set()

    @router.message(make())
    async def new(notification: IncomingMessageReceived) -> None:
        seen.add(type(notification.message).__name__)

    happens(instance)
    assert await drive(client, router) == []
    assert seen == expected


async def test_filters_capture_from_events_too(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[str] = []

    @router.edited(filters.command("pay"))
    async def edited(notification: IncomingMessageReceived, command: Command) -> Skip:
        seen.append(command.text)
        return SKIP

    @router.message(filters.kind(EditedMessage) & filters.command("pay"))
    async def requested(notification: IncomingMessageReceived, message: EditedMessage, command: Command) -> Skip:
        seen.append(command.text)
        return SKIP

    @router.message(filters.command("pay") & filters.private & filters.kind(TextMessage, EditedMessage))
    async def both(
        notification: IncomingMessageReceived, message: TextMessage | EditedMessage, command: Command
    ) -> None:
        seen.append(f"both {command.text}")

    id_message = instance.contact_writes(ANNA, "/pay 5")
    instance.contact_sends(ANNA, {"edit": {"idMessage": id_message, "text": "/pay 50"}})
    assert await drive(client, router) == []
    assert seen == ["both 5", "50", "50", "both 50"]
    assert repr(router.handler()) == "<Dispatcher with 3 handlers>"


async def test_a_vote_reaches_the_handler_of_its_poll(client: Client, instance: Instance) -> None:
    router = Router()
    polls: set[str] = set()
    seen: list[str] = []

    @router.message(filters.poll(polls), filters.chat("79001234568"))
    async def elsewhere(notification: IncomingMessageReceived) -> None:
        seen.append("elsewhere")

    @router.message(filters.poll(polls))
    async def of_message(notification: IncomingMessageReceived, message: PollUpdateMessage) -> None:
        seen.append("message")

    @router.vote(filters.poll("ABCDEF0123456789"))
    async def other(notification: IncomingMessageReceived) -> None:
        seen.append("other")

    @router.vote(~filters.poll(polls))
    async def not_ours(notification: IncomingMessageReceived) -> None:
        seen.append("not ours")

    polls.add(happens(instance)[-1])
    happens(instance, "79001234568@c.us")
    await drive(client, router)
    assert seen == ["message", "not ours"]


async def test_on_gets_events_of_its_notification_classes_and_nobody_elses_decorators_do(
    client: Client, instance: Instance
) -> None:
    router = Router()
    seen: list[str] = []

    @router.edited()
    @router.reaction()
    async def incoming(notification: IncomingMessageReceived) -> None:
        pytest.fail("the account's own changes are outgoing")

    @router.on(OutgoingMessageReceived, filters.kind(EditedMessage, ReactionMessage))
    async def own(notification: OutgoingMessageReceived, message: EditedMessage | ReactionMessage) -> None:
        seen.append(f"own {message.text}")

    @router.on(MessageNotification)
    async def every(notification: MessageNotification, message: Message) -> None:
        seen.append(f"{'event' if message.is_event else 'new'} {message.text}")

    written = instance.phone_writes(ANNA, "hello")
    instance.phone_sends(ANNA, {"edit": {"idMessage": written, "text": "hello!"}})
    instance.phone_sends(ANNA, {"react": {"idMessage": written, "emoji": "👍"}})
    instance.phone_sends(ANNA, {"delete": {"idMessage": written}})
    assert await drive(client, router) == []
    assert seen == ["new hello", "own hello!", "own 👍", "event None"]


async def test_the_webhook_type_of_a_clone_is_unknown_and_no_message(client: Client, instance: Instance) -> None:
    router = Router()
    seen: list[str | None] = []

    @router.message()
    @router.edited()
    async def message(notification: IncomingMessageReceived) -> None:
        pytest.fail("it is no IncomingMessageReceived")

    @router.on(BaseNotification)
    async def every(notification: BaseNotification) -> None:
        seen.append(notification.type_webhook)

    data = {"typeMessage": "textMessage", "textMessageData": {"textMessage": "x"}}
    instance.queue_notification({**ENVELOPE, "typeWebhook": "editedMessageReceived", "messageData": data})
    assert await drive(client, router) == []
    assert seen == ["editedMessageReceived"]


class Ordering(StateGroup[None], name="ordering with events"):
    size = State()


async def test_a_reaction_does_not_answer_in_a_state(client: Client, instance: Instance) -> None:
    router = Router()

    @router.message(filters.state(Ordering.size))
    async def size(notification: IncomingMessageReceived, context: Context[None]) -> None:
        await notification.reply(f"size {notification.text}")
        await context.leave()

    @router.message()
    async def order(notification: IncomingMessageReceived, context: Context[None]) -> None:
        await notification.reply("which size?")
        await context.enter(Ordering.size)

    id_message = instance.contact_writes(ANNA, "hi")
    instance.contact_sends(ANNA, {"react": {"idMessage": id_message, "emoji": "👍"}})
    instance.contact_writes(ANNA, "L")
    await drive(client, router)
    assert replies(instance) == ["which size?", "size L"]


async def test_an_event_answers_no_question_and_repeats_none_but_goes_to_its_handler_meanwhile(
    client: Client, instance: Instance
) -> None:
    router = Router()
    heard: list[object] = []
    events: list[str] = []

    @router.message()
    async def survey(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(cancel="corrected") as talk:
            heard.append(await talk.ask("Name?"))
            heard.append(await talk.choose("Size?", ["S", "L"]))
            heard.append(type((await talk.hear("Where?")).message))

    async def event(notification: IncomingMessageReceived) -> None:
        events.append(type(notification.message).__name__)

    for register in (router.edited(), router.reaction(), router.deleted(), router.vote()):
        register(event)

    def act(id_message: str) -> None:
        instance.contact_sends(ANNA, {"react": {"idMessage": id_message, "emoji": "👍"}})
        instance.contact_sends(ANNA, {"vote": {"idMessage": poll, "options": ["S"]}})
        instance.contact_sends(ANNA, {"edit": {"idMessage": id_message, "text": "corrected"}})
        instance.contact_sends(ANNA, {"delete": {"idMessage": id_message}})

    instance.settings["pollMessageWebhook"] = "yes"
    inbox = MemoryInbox()
    processing = client.process(router.handler(), inbox=inbox)
    poll = instance.phone_sends(ANNA, {"poll": {"message": "S?", "options": ["S", "L"]}})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        for answer in ("hi", "Anna", "L"):
            last = instance.contact_writes(ANNA, answer)
            await anyio.sleep(10)
            act(last)
            await anyio.sleep(10)
        assert events == ["ReactionMessage", "PollUpdateMessage", "EditedMessage", "DeletedMessage"] * 3
        instance.contact_sends(ANNA, {"location": {"latitude": 1, "longitude": 2}})
        await anyio.sleep(10)
        processing.stop()
    assert [*heard[:2], len(heard)] == ["Anna", "L", 3]
    assert [text for text in replies(instance) if text != "S?"] == ["Name?", "Size?\n1. S\n2. L", "Where?"]
    assert len(events) == 12
    assert await inbox.waiting({client.id_instance}, 0, 1) == []


PRESSED = {
    "buttonsResponseMessage": "buttonsResponseMessage",
    "templateButtonsReplyMessage": "templateButtonReplyMessage",
    "listResponseMessage": "listResponseMessage",
    "interactiveButtonsResponse": "interactiveButtonsResponse",
}


@pytest.mark.parametrize("kind", PRESSED)
async def test_pressed_buttons_and_chosen_rows_are_answers(client: Client, instance: Instance, kind: str) -> None:
    answers: list[str] = []

    async def handler(notification: object) -> None:
        if isinstance(notification, IncomingMessageReceived):
            async with notification.conversation() as talk:
                answers.append(await talk.ask("Which?"))

    processing = client.process(handler, inbox=MemoryInbox())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        instance.contact_writes(ANNA, "hi")
        await anyio.sleep(10)
        instance.produce(kind, senderData={"chatId": ANNA, "sender": ANNA})
        await anyio.sleep(10)
        processing.stop()
    assert len(answers) == 1


def test_a_handler_that_can_get_an_event_must_accept_it() -> None:
    router = Router()

    @router.message(filters.kind(ReactionMessage, TextMessage))
    async def ask(message: TextMessage) -> None: ...

    with pytest.raises(InvalidArgumentError, match="it can receive ReactionMessage"):
        router.handler()


@pytest.mark.parametrize("name", EVENTS)
def test_filters_that_exclude_the_event_are_rejected(name: str) -> None:
    router: Any = Router()
    with pytest.raises(InvalidArgumentError, match=rf"router\.{name}\(\) handles {EVENTS[name].__name__} only, which"):
        getattr(router, name)(filters.media, filters.private)
    with pytest.raises(InvalidArgumentError, match=rf"router\.{name}\(\) expects filters, got 'hi'"):
        getattr(router, name)("hi")
