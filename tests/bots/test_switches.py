"""The notification settings that a router needs, and handlers that can never be called."""

import logging
from collections.abc import Callable
from functools import partial

import anyio
import pytest

from greenapi_async import (
    BaseNotification,
    Client,
    EditedMessage,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    OrderMessage,
    OutgoingAPIMessageReceived,
    OutgoingCall,
    OutgoingMessageReceived,
    OutgoingMessageStatus,
    PollMessage,
    TextMessage,
)
from greenapi_async.bots import CallNext, Router, Skip, filters, lifespan
from greenapi_async.bots.filters import Filter
from greenapi_async.sandbox import Instance

pytestmark = pytest.mark.anyio


async def ignore(notification: Notification) -> None: ...


Register = Callable[[Router], Callable[[Callable[..., object]], object]]

REGISTERED: list[tuple[Register, set[str]]] = [
    (lambda router: router.message(), {"incoming_webhook"}),
    (lambda router: router.message(filters.media), {"incoming_webhook"}),
    (lambda router: router.message(filters.kind(PollMessage)), {"incoming_webhook", "poll_message_webhook"}),
    (lambda router: router.message(filters.kind(OrderMessage)), {"incoming_webhook", "catalog_webhook"}),
    (lambda router: router.vote(), {"incoming_webhook", "poll_message_webhook"}),
    (lambda router: router.edited(), {"incoming_webhook", "edited_message_webhook"}),
    (lambda router: router.deleted(), {"incoming_webhook", "deleted_message_webhook"}),
    (lambda router: router.reaction(), {"incoming_webhook"}),
    (
        lambda router: router.on(OutgoingMessageReceived, filters.kind(EditedMessage)),
        {"outgoing_message_webhook", "edited_message_webhook"},
    ),
    (lambda router: router.on(OutgoingAPIMessageReceived), {"outgoing_api_message_webhook"}),
    (lambda router: router.on(OutgoingMessageStatus), {"outgoing_webhook"}),
    (
        lambda router: router.on(IncomingCall, OutgoingCall),
        {"incoming_webhook", "incoming_call_webhook", "outgoing_call_webhook"},
    ),
    (lambda router: router.on(BaseNotification), set()),
]


@pytest.mark.parametrize(("register", "switches"), REGISTERED)
def test_a_router_knows_the_settings_that_it_needs(register: Register, switches: set[str]) -> None:
    router, child = Router(), Router()
    router.include(child)
    register(child)(ignore)
    assert router.allowed_notifications() == switches


def calls_and_edits() -> Router:
    router = Router()
    router.on(IncomingCall)(ignore)
    router.edited()(ignore)
    return router


async def test_the_start_warns_about_exactly_these_settings(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.settings.update(outgoingWebhook="no", stateWebhook="no")
    async with lifespan(calls_and_edits(), clients=client, inbox=MemoryInbox()):
        pass
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    about = f"Instance {client.id_instance}: Notifications about"
    fix = "or pass fix=True to run, lifespan or ensure_ready"
    assert warnings == [
        f"{about} incoming calls are off: call set_settings(incoming_call_webhook=True), {fix}.",
        f"{about} edited messages are off: call set_settings(edited_message_webhook=True), {fix}.",
    ]


async def register_later(router: Router) -> None:
    router.message()(ignore)


def with_a_job(router: Router) -> None:
    router.job("remind")(ignore_job)


async def ignore_job() -> None: ...


PREPARED: list[tuple[Callable[[Router], object], bool]] = [
    (lambda router: router.include(Router()), True),
    (lambda router: router.message()(ignore), False),
    (lambda router: router.on_start(partial(register_later, router)), False),
    (lambda router: router.outer_middleware(passes), False),
    (with_a_job, False),
]


@pytest.mark.parametrize(("prepare", "is_reported"), PREPARED)
async def test_a_router_without_handlers_is_reported_at_the_start(
    client: Client, caplog: pytest.LogCaptureFixture, prepare: Callable[[Router], object], is_reported: bool
) -> None:
    router = Router()
    prepare(router)
    async with lifespan(router, clients=client, inbox=MemoryInbox()):
        await anyio.sleep(1)
    warnings = [record.getMessage() for record in caplog.records if "has no handlers" in record.getMessage()]
    assert len(warnings) == is_reported


async def passes(_: Notification, call_next: CallNext) -> None:
    await call_next()


async def test_fix_switches_on_exactly_these_settings(client: Client, instance: Instance) -> None:
    instance.settings.update(incomingWebhook="no", outgoingWebhook="no")
    before = dict(instance.settings)
    async with lifespan(calls_and_edits(), clients=client, inbox=MemoryInbox(), fix=True):
        pass
    ready = await client.ensure_ready(notifications=calls_and_edits().allowed_notifications())
    assert not [problem for problem in ready.problems if "Notifications" in problem]
    settings = await client.get_settings()
    assert settings.incoming_webhook is settings.incoming_call_webhook is settings.edited_message_webhook is True
    assert settings.outgoing_webhook is False
    changed = {name for name, value in instance.settings.items() if before.get(name) != value}
    assert changed <= {"incomingWebhook", "incomingCallWebhook", "editedMessageWebhook"}


async def test_a_name_that_is_no_notification_setting_is_rejected(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="notifications= has votes; expected names of notification settings"):
        await client.ensure_ready(notifications={"votes"})


async def handles(notification: Notification) -> None: ...


async def may_skip(notification: Notification) -> Skip | None: ...


def unreachable(router: Router, caplog: pytest.LogCaptureFixture) -> list[str]:
    caplog.clear()
    router.handler()
    return [record.getMessage() for record in caplog.records]


def test_a_handler_behind_one_that_takes_everything_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    router, child = Router(), Router()
    router.message(filters.text("a"))(ignore)
    router.message()(may_skip)
    router.message(filters.text("b"))(ignore)
    assert unreachable(router, caplog) == []
    router.message()(handles)
    router.include(child)
    child.on(IncomingMessageReceived)(may_skip)  # it gets edits
    assert unreachable(router, caplog) == []
    child.message(filters.text("c"))(ignore)
    [sentence] = unreachable(router, caplog)
    assert sentence.startswith("The handler ignore (test_switches.py:")
    assert "can never be called: handles (test_switches.py:" in sentence
    assert sentence.endswith("before it takes everything. Register it earlier")


def test_a_handler_behind_one_with_some_of_its_filters_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    router = Router()
    known, seldom = filters.sender("79001234567"), filters.rate(1, per=60)
    router.message(filters.private)(may_skip)
    router.message(seldom)(handles)
    router.message(filters.no_state)(handles)
    router.message(filters.private & known)(handles)
    router.message(filters.private & filters.media & seldom & filters.no_state)(ignore)
    router.on(IncomingMessageReceived, filters.private & known)(ignore)  # it gets edits
    assert unreachable(router, caplog) == []
    router.message(filters.command("a"), known, filters.private)(ignore)
    [sentence] = unreachable(router, caplog)
    assert "can never be called: handles (test_switches.py:" in sentence
    assert "before it takes all that its filter private & sender('79001234567') matches" in sentence


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (filters.kind(ImageMessage) & filters.kind(TextMessage), "no message passes its filter kind(ImageMessage) & "),
        (filters.kind(EditedMessage) & filters.media, "no message passes its filter"),
    ],
)
def test_filters_that_exclude_each_other_are_reported(
    condition: Filter, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    router = Router()
    router.message(condition)(ignore)
    [sentence] = unreachable(router, caplog)
    assert words in sentence


def test_a_filter_of_messages_on_notifications_without_one_is_reported(caplog: pytest.LogCaptureFixture) -> None:
    router = Router()
    router.on(IncomingCall, filters.media)(ignore)
    [sentence] = unreachable(router, caplog)
    assert sentence.endswith("its filter media needs a message, which IncomingCall does not have")
