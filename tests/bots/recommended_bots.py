"""Bots that the manual recommends in 1.3.13 and 1.3.11."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Final

import anyio

from greenapi_async import (
    CallStatus,
    Client,
    IncomingCall,
    IncomingMessageReceived,
    InstanceState,
    MalformedNotification,
    Notification,
    OutgoingMessageStatus,
    StateInstanceChanged,
    UnknownNotification,
)
from greenapi_async.bots import CallNext, Filter, Router, filters
from greenapi_async.types import ServiceError

AGAIN: Final = "Пожалуйста, отправьте сообщение еще раз, я не смогла увидеть ваш ответ"
RESTART = 300.0
"""Seconds that a restart may take."""


class Desk:
    """Where an operator sits: told of what needs a person, and with a journal of each chat."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.journal: defaultdict[str, list[str]] = defaultdict(list)

    async def tell(self, words: str) -> None:
        self.told.append(words)

    async def note(self, chat_id: str | None, words: str) -> None:
        self.journal[chat_id or ""].append(words)


def a_call(*statuses: CallStatus) -> Filter:
    return filters.where(lambda call: call.status in statuses)


async def name_of(client: Client, chat_id: str) -> str:
    """Give the name of who calls, as "Получение имени звонящего собеседника" says."""
    known = await client.get_contact_info(chat_id)
    return known.contact_name or known.name or chat_id


def no_calls(desk: Desk) -> Router:
    """Drop calls: what no handler is for leaves the queue."""
    router = Router(provide={Desk: lambda: desk})

    @router.message()
    async def written(notification: IncomingMessageReceived, desk: Desk) -> None:
        await desk.note(notification.chat_id, notification.text or "")

    return router


def calls_that_begin(desk: Desk) -> Router:
    """Tell that somebody calls, and leave out how calls end."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, a_call(CallStatus.OFFER))
    async def rings(call: IncomingCall, client: Client, desk: Desk) -> None:
        await desk.tell(f"{await name_of(client, call.chat_id or '')} звонит")

    return router


RESULTS: Final[Mapping[object, str]] = {
    CallStatus.PICK_UP: "Отвеченный звонок",
    CallStatus.HANG_UP: "Пропущенный звонок",
    CallStatus.MISSED: "Пропущенный звонок",
    CallStatus.DECLINED: "Пропущенный звонок",
}


def calls_that_ended(desk: Desk) -> Router:
    """Note how calls ended, and nothing while they ring."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, ~a_call(CallStatus.OFFER))
    async def ended(call: IncomingCall, desk: Desk) -> None:
        await desk.note(call.chat_id, RESULTS.get(call.status, "Звонок"))

    return router


EVERY_STATUS: Final[Mapping[object, str]] = {**RESULTS, CallStatus.HANG_UP: "Сброшенный звонок"}


def every_call(desk: Desk) -> Router:
    """Tell that somebody calls, and note that and how the call ended."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, a_call(CallStatus.OFFER))
    async def rings(call: IncomingCall, desk: Desk) -> None:
        await desk.note(call.chat_id, "Входящий вызов")
        await desk.tell(f"Входящий вызов: {call.chat_id}")

    @router.on(IncomingCall)
    async def ended(call: IncomingCall, desk: Desk) -> None:
        await desk.note(call.chat_id, EVERY_STATUS.get(call.status, "Звонок"))

    return router


class Watch:
    """Does what the manual advises when the instance's state changes, and keeps sendings back where it says so."""

    def __init__(self, client: Client, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._state: InstanceState | str | None = None
        self._may_send = anyio.Event()
        self._may_send.set()
        self._restarted: float | None = None

    async def wait_until_sending_is_allowed(self, _: Notification, call_next: CallNext) -> None:
        """Stand around the handlers that send."""
        await self._may_send.wait()
        await call_next()

    async def sees(self, state: InstanceState | str | None) -> None:
        """React to a state, once."""
        if state == self._state:
            return
        self._state = state
        match state:
            case InstanceState.AUTHORIZED:
                self._may_send.set()
                await self._desk.tell("works")
            case InstanceState.NOT_AUTHORIZED:
                self._may_send = anyio.Event()
                await self._desk.tell("link the phone again")
            case InstanceState.BLOCKED:
                self._may_send = anyio.Event()
                await self._desk.tell("ask for the account's release")
            case InstanceState.STARTING:
                await self._restart()
                await anyio.sleep(120)
                now = await self._client.get_state_instance()
                if now and now.state_instance == InstanceState.STARTING:
                    await self._desk.tell("starting: messages may be late")
            case InstanceState.YELLOW_CARD:
                await self._desk.tell("warned for spam: follow the instructions on yellowCard")
                await self._restart()
            case _:
                await self._desk.tell(f"is {state}")

    async def _restart(self) -> None:
        """Restart it, unless it is starting because of that."""
        now = anyio.current_time()
        if self._restarted is None or now - self._restarted > RESTART:
            self._restarted = now
            await self._client.reboot()


def watching(watch: Watch) -> Router:
    """Watch the instance by its notifications, and answer people as long as that is allowed."""
    router, people = Router(), Router()

    @router.on(StateInstanceChanged)
    async def changed(notification: StateInstanceChanged) -> None:
        await watch.sees(notification.state_instance)

    people.middleware(watch.wait_until_sending_is_allowed)

    @people.message()
    async def answer(notification: IncomingMessageReceived) -> None:
        await notification.reply("We read you")

    router.include(people)
    return router


async def look_every_minute(client: Client, watch: Watch) -> None:
    """Watch the instance by getStateInstance."""
    while True:
        now = await client.get_state_instance()
        await watch.sees(now.state_instance if now else None)
        await anyio.sleep(60)


def unreadable(desk: Desk) -> Router:
    """Do what the manual advises for each marker of service errors, and for what is not as it promises."""
    router = Router(provide={Desk: lambda: desk})
    lost = {ServiceError.SWE001, ServiceError.SWE999}

    @router.message(filters.where(lambda notification: notification.service_error in lost))
    async def ask_again(notification: IncomingMessageReceived) -> None:
        await notification.reply(AGAIN)

    @router.on(
        IncomingMessageReceived,
        OutgoingMessageStatus,
        filters.where(lambda notification: notification.service_error is not None),
    )
    async def for_a_person(notification: IncomingMessageReceived | OutgoingMessageStatus, desk: Desk) -> None:
        if notification.service_error is not None:
            await desk.tell(f"{notification.chat_id}: {notification.service_error.advice}")

    @router.message()
    async def readable(notification: IncomingMessageReceived) -> None:
        await notification.reply("We read you")

    @router.on(UnknownNotification)
    async def unknown(notification: UnknownNotification, desk: Desk) -> None:
        await desk.tell(f"a new type of notification: {notification.type_webhook}")

    @router.on(MalformedNotification)
    async def malformed(notification: MalformedNotification, desk: Desk) -> None:
        await desk.tell(f"a notification that is not as documented: {notification.type_webhook}")

    return router
