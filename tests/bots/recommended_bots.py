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

SEND_AGAIN: Final = "Пожалуйста, отправьте сообщение еще раз, я не смогла увидеть ваш ответ"
REBOOT_SECONDS = 300.0
"""Seconds that a reboot may take."""


class Desk:
    """The operator's desk: alerts for a person, and a journal of each chat."""

    def __init__(self) -> None:
        self.alerts: list[str] = []
        self.journal: defaultdict[str, list[str]] = defaultdict(list)

    async def alert(self, words: str) -> None:
        self.alerts.append(words)

    async def record(self, chat_id: str | None, words: str) -> None:
        self.journal[chat_id or ""].append(words)


def has_status(*statuses: CallStatus) -> Filter:
    return filters.where(lambda call: call.status in statuses)


async def caller_name(client: Client, chat_id: str) -> str:
    """Return the name of the caller, following "Получение имени звонящего собеседника"."""
    known = await client.get_contact_info(chat_id)
    return known.contact_name or known.name or chat_id


def drop_calls(desk: Desk) -> Router:
    """Drop calls: notifications without a handler leave the queue."""
    router = Router(provide={Desk: lambda: desk})

    @router.message()
    async def written(notification: IncomingMessageReceived, desk: Desk) -> None:
        await desk.record(notification.chat_id, notification.text or "")

    return router


def announce_calls(desk: Desk) -> Router:
    """Announce calls when they begin, and ignore their end."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, has_status(CallStatus.OFFER))
    async def rings(call: IncomingCall, client: Client, desk: Desk) -> None:
        await desk.alert(f"{await caller_name(client, call.chat_id or '')} звонит")

    return router


RESULTS: Final[Mapping[object, str]] = {
    CallStatus.PICK_UP: "Отвеченный звонок",
    CallStatus.HANG_UP: "Пропущенный звонок",
    CallStatus.MISSED: "Пропущенный звонок",
    CallStatus.DECLINED: "Пропущенный звонок",
}


def record_ended_calls(desk: Desk) -> Router:
    """Record how calls ended, and ignore their beginning."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, ~has_status(CallStatus.OFFER))
    async def ended(call: IncomingCall, desk: Desk) -> None:
        await desk.record(call.chat_id, RESULTS.get(call.status, "Звонок"))

    return router


EVERY_STATUS: Final[Mapping[object, str]] = {**RESULTS, CallStatus.HANG_UP: "Сброшенный звонок"}


def follow_calls(desk: Desk) -> Router:
    """Announce calls when they begin, and record beginning and end."""
    router = Router(provide={Desk: lambda: desk})

    @router.on(IncomingCall, has_status(CallStatus.OFFER))
    async def rings(call: IncomingCall, desk: Desk) -> None:
        await desk.record(call.chat_id, "Входящий вызов")
        await desk.alert(f"Входящий вызов: {call.chat_id}")

    @router.on(IncomingCall)
    async def ended(call: IncomingCall, desk: Desk) -> None:
        await desk.record(call.chat_id, EVERY_STATUS.get(call.status, "Звонок"))

    return router


class StateWatch:
    """Reacts to changes of the instance's state as the manual recommends, and holds messages back where it says so."""

    def __init__(self, client: Client, desk: Desk) -> None:
        self._client = client
        self._desk = desk
        self._state: InstanceState | str | None = None
        self._may_send = anyio.Event()
        self._may_send.set()
        self._rebooted_at: float | None = None

    async def hold_while_sending_is_impossible(self, _: Notification, call_next: CallNext) -> None:
        """Middleware for handlers that send messages."""
        await self._may_send.wait()
        await call_next()

    async def state_changed(self, state: InstanceState | str | None) -> None:
        """React to a new state."""
        if state == self._state:
            return
        self._state = state
        match state:
            case InstanceState.AUTHORIZED:
                self._may_send.set()
                await self._desk.alert("works")
            case InstanceState.NOT_AUTHORIZED:
                self._may_send = anyio.Event()
                await self._desk.alert("link the phone again")
            case InstanceState.BLOCKED:
                self._may_send = anyio.Event()
                await self._desk.alert("ask for the account's release")
            case InstanceState.STARTING:
                await self._reboot()
                await anyio.sleep(120)
                now = await self._client.get_state_instance()
                if now and now.state_instance == InstanceState.STARTING:
                    await self._desk.alert("starting: messages may be late")
            case InstanceState.YELLOW_CARD:
                await self._desk.alert("warned for spam: follow the instructions on yellowCard")
                await self._reboot()
            case _:
                await self._desk.alert(f"is {state}")

    async def _reboot(self) -> None:
        """Reboot the instance, unless it is starting because of a reboot."""
        now = anyio.current_time()
        if self._rebooted_at is None or now - self._rebooted_at > REBOOT_SECONDS:
            self._rebooted_at = now
            await self._client.reboot()


def watch_instance(watch: StateWatch) -> Router:
    """Watch the instance by its notifications, and answer people while sending is allowed."""
    router, people = Router(), Router()

    @router.on(StateInstanceChanged)
    async def changed(notification: StateInstanceChanged) -> None:
        await watch.state_changed(notification.state_instance)

    people.middleware(watch.hold_while_sending_is_impossible)

    @people.message()
    async def answer(notification: IncomingMessageReceived) -> None:
        await notification.reply("We read you")

    router.include(people)
    return router


async def poll_state(client: Client, watch: StateWatch) -> None:
    """Watch the instance by polling getStateInstance."""
    while True:
        now = await client.get_state_instance()
        await watch.state_changed(now.state_instance if now else None)
        await anyio.sleep(60)


def handle_service_errors(desk: Desk) -> Router:
    """React to each service error marker as the manual recommends, and to undocumented notifications."""
    router = Router(provide={Desk: lambda: desk})
    lost = {ServiceError.SWE001, ServiceError.SWE999}

    @router.message(filters.where(lambda notification: notification.service_error in lost))
    async def ask_again(notification: IncomingMessageReceived) -> None:
        await notification.reply(SEND_AGAIN)

    @router.on(
        IncomingMessageReceived,
        OutgoingMessageStatus,
        filters.where(lambda notification: notification.service_error is not None),
    )
    async def for_a_person(notification: IncomingMessageReceived | OutgoingMessageStatus, desk: Desk) -> None:
        if notification.service_error is not None:
            await desk.alert(f"{notification.chat_id}: {notification.service_error.advice}")

    @router.message()
    async def readable(notification: IncomingMessageReceived) -> None:
        await notification.reply("We read you")

    @router.on(UnknownNotification)
    async def unknown(notification: UnknownNotification, desk: Desk) -> None:
        await desk.alert(f"a new type of notification: {notification.type_webhook}")

    @router.on(MalformedNotification)
    async def malformed(notification: MalformedNotification, desk: Desk) -> None:
        await desk.alert(f"a notification that is not as documented: {notification.type_webhook}")

    return router
