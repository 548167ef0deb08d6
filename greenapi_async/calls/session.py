"""Session of voice calls: keeps the websocket, follows the call, connects its audio.

The server tells the state of the instance's call after connecting and after each change; ``_follow`` turns that into
one ``Call`` object per call. Commands are sent over HTTP and only acknowledged there: what became of the call is told by
the websocket.

When the websocket is lost during a call whose audio is connected, the session connects again and, if the call still
lasts, offers new audio by itself. Otherwise the call ends with ``connection-lost``.
"""

import logging
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self
from weakref import WeakSet

import anyio

from greenapi_async._concurrency import run_to_completion
from greenapi_async.calls.call import CONNECTION_LOST, Call
from greenapi_async.calls.events import (
    CallEnded,
    CallEvents,
    CallFailure,
    CallRings,
    CallsConnected,
    CallsDisconnected,
    CallsEvent,
    CallStateChanged,
    Changes,
)
from greenapi_async.calls.frames import STOP, Answer, Candidate, Problem, State, parse_frame
from greenapi_async.calls.link import Connect, Link, reconnect_delay
from greenapi_async.errors import (
    CallAudioError,
    CallEndedError,
    GreenAPIError,
    TimeoutExpiredError,
    TransportError,
)
from greenapi_async.methods.calls import CallMethods
from greenapi_async.models.calls import CallInfo, CurrentCall
from greenapi_async.models.states import CallState, Direction

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

    from greenapi_async.calls.bridge import Bridge

__all__ = ["Calls", "IncomingCalls"]

logger = logging.getLogger("greenapi_async")

_ANSWER = 30.0
"""Seconds from an offer to its answer."""
_FIRST_STATE = 10.0
"""Seconds from connecting to the first state."""
_HANG_UP = 10.0
_RESTORE_ATTEMPTS = 4
_DIRECTIONS = {CallState.INCOMING: Direction.INCOMING, CallState.OUTGOING: Direction.OUTGOING}


class Calls:
    """Session of voice calls of one instance, which has one call at a time; see ``Client.calls``.

    Ending the session does not hang up: use ``async with call:`` for that.

    Example:
        >>> async with client.calls() as calls:
        ...     call = await calls.dial("79001234567@c.us")
        ...     await call.wait_for_answer()
        ...     await call.play("hello.wav")
        ...     await call.hang_up()
    """

    def __init__(self, methods: CallMethods, connect: Connect, *, audio: bool) -> None:
        """Create a session; nothing is connected yet.

        Args:
            methods: The methods of the API.
            connect: Opens the websocket.
            audio: Whether calls have audio.
        """
        self.methods = methods
        self.with_audio = audio
        self.changes = Changes()
        self._link = Link(connect, self)
        self._call: Call | None = None
        self._lost: Call | None = None
        self._dialing: Call | None = None
        self._bridge: Bridge | None = None
        self._audio_changes = anyio.Lock()
        self._subscribers: WeakSet[CallEvents] = WeakSet()
        self._problem = ""
        self._has_state = False
        self._closed = False
        self._tasks: TaskGroup | None = None

    @property
    def current(self) -> Call | None:
        """The call, if there is one: ringing, being dialled, or in progress when the session began."""
        return self._call

    @property
    def is_connected(self) -> bool:
        """True while the websocket is connected."""
        return self._link.is_connected

    @property
    def is_closed(self) -> bool:
        """True once the session has ended."""
        return self._closed

    async def __aenter__(self) -> Self:
        if self._tasks is not None:
            raise RuntimeError("this session was used before; call client.calls() again")
        if self.with_audio:
            _check_audio()
        await self._link.open()
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._run)
        try:
            with anyio.move_on_after(_FIRST_STATE):
                while not self._has_state:
                    self._check_usable()
                    await self.changes.wait()
                return self
            raise TimeoutExpiredError(f"the server told no state within {_FIRST_STATE:g} s", method="callsRtc")
        except BaseException:
            await self._close()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._close()

    async def dial(self, chat_id: str) -> Call:
        """Call a person and connect the audio; it rings when this returns.

        If the audio cannot be connected, or this is cancelled, the call is hung up.

        Args:
            chat_id: The person, ``...@c.us`` or ``...@lid``.

        Returns:
            The call; ``wait_for_answer`` waits until it is answered.

        Raises:
            RuntimeError: The instance is in a call; it can have one at a time.
            InvalidArgumentError: ``chat_id`` is not the chat id of a person.
            ServerError: WhatsApp refused the call (503).
            DeliveryUnknownError: No clear answer; ``current`` shows the call if it began.
            CallEndedError: The call ended while its audio was being connected.
            CallAudioError: The audio could not be connected.
        """
        self._check_usable()
        if self._call is not None or self._dialing is not None:
            raise RuntimeError(f"the instance is in a call already ({self._call or self._dialing}); hang up first")
        call = Call(self, CallInfo(wid=chat_id), Direction.OUTGOING, CallState.OUTGOING)
        self._dialing = call
        try:
            dialed = await self.methods.calls_dial(chat_id)
        finally:
            self._dialing = None
        call.id = call.id or dialed.call_id
        if self._call is None and not call.is_over:
            self._call = call
        if self.with_audio:
            try:
                await self.connect_audio(call)
            except BaseException:
                with suppress(GreenAPIError, TimeoutError):  # the first error is raised
                    await run_to_completion(call.hang_up, _HANG_UP)
                raise
        return call

    def incoming(self) -> "IncomingCalls":
        """Iterate over the calls that ring here, also one that is ringing already.

        A call whose caller gives up before its turn is left out.

        Returns:
            An async iterator; it ends with the session, and raises what ends it.

        Example:
            >>> async for call in calls.incoming():
            ...     async with call:
            ...         await call.accept()
            ...         await call.play("welcome.wav")
        """
        return IncomingCalls(self)

    def events(self) -> CallEvents:
        """Iterate over everything that happens, from now on.

        Returns:
            An async iterator over ``CallsConnected``, ``CallsDisconnected``, ``CallStateChanged``, ``CallRings``,
            ``CallEnded`` and ``CallFailure``; it ends with the session.
        """
        subscriber = CallEvents(self.changes)
        self._subscribers.add(subscriber)
        if self._closed or self._link.failure is not None:
            subscriber.end()
        return subscriber

    @property
    def failure(self) -> GreenAPIError | None:
        """Why the server refused the session for good; None if it did not."""
        return self._link.failure

    async def connect_audio(self, call: Call) -> None:
        """Connect the audio of a call; see ``Call.connect_audio``."""
        from greenapi_async.calls.bridge import Bridge  # noqa: PLC0415  needs the extra voip

        async with self._audio_changes:
            await self._drop_bridge(tell=True)
            servers = await self.methods.calls_get_ice_servers()
            if call.is_over:
                raise CallEndedError(call.end_reason or "the call is over", method="callsRtc")
            self._bridge = bridge = Bridge(servers, call.audio, self._link.send, self._on_broken)
            try:
                with anyio.move_on_after(_ANSWER):
                    await bridge.connect()
                    self.changes.notify()
                    return
                raise CallAudioError(f"the server did not answer the offer within {_ANSWER:g} s", method="callsRtc")
            except BaseException:
                if self._bridge is bridge:
                    await self._drop_bridge(tell=False)
                raise

    async def disconnect_audio(self) -> None:
        """Disconnect the audio; see ``Call.disconnect_audio``."""
        async with self._audio_changes:
            await self._drop_bridge(tell=True)

    def has_audio(self, call: Call) -> bool:
        """Return whether the audio of a call is connected."""
        return self._bridge is not None and self._bridge.is_up and call is self._call

    async def on_connected(self) -> None:
        """Handle a new connection of the websocket."""
        self._problem = ""
        self._tell(CallsConnected())

    async def on_frame(self, text: str) -> None:
        """Handle a frame."""
        frame = parse_frame(text)
        bridge = self._bridge
        try:
            match frame:
                case State(call=state):
                    await self._follow(state)
                case Problem(message=message):
                    self._on_problem(message)
                case Answer(sdp=sdp) if bridge is not None:
                    await bridge.answer(sdp)
                case Candidate() if bridge is not None:
                    await bridge.add(frame)
                case _:
                    logger.debug("callsRtc: a frame of no use here was ignored")
        except CallAudioError as error:
            await self._on_bad_audio(error)

    async def on_lost(self, code: int, reason: str, *, permanent: bool) -> None:
        """Handle the end of a connection of the websocket."""
        if permanent and self._problem and self._link.failure is not None:
            self._link.failure.reason = self._problem
        call, bridge = self._call, self._bridge
        words = self._problem if permanent and self._problem else reason
        self._tell(CallsDisconnected(code, words, permanent))
        was_up = bridge is not None and bridge.is_up
        if bridge is not None:
            bridge.fail(CallEndedError(CONNECTION_LOST, method="callsRtc"))
            await self._drop_bridge(tell=False)
        if call is not None and was_up and not permanent:
            self._lost = call
        elif call is not None:
            self._end(call, CONNECTION_LOST)
        if permanent:
            self._end_subscribers()

    async def _run(self) -> None:
        await self._link.run()
        logger.warning("callsRtc: the server refused the session for good: %s", self._link.failure)
        self.changes.notify()

    async def _follow(self, state: CurrentCall) -> None:
        """Handle a state of the server."""
        self._has_state = True
        self._tell(CallStateChanged(state))
        call, lost, self._lost = self._call, self._lost, None
        if state.state == CallState.IDLE or state.state is None:
            if call is not None:
                await self._drop_bridge(tell=True)
                self._end(call, state.reason or "")
            return
        if call is None and self._dialing is not None and state.state != CallState.INCOMING:
            call = self._call = self._dialing
        elif call is not None and not call.is_call(state.info):
            await self._drop_bridge(tell=True)
            self._end(call, "")
            call = None
        if call is None:
            self._begin(state)
            return
        if state.info is not None:
            call.id = state.info.id or call.id
            call.name = state.info.name or call.name
        call.state = state.state
        self.changes.notify()
        if call is lost and self._tasks is not None:
            self._tasks.start_soon(self._restore_audio, call)

    def _begin(self, state: CurrentCall) -> None:
        current = state.state if isinstance(state.state, CallState) else CallState.TALKING
        self._call = call = Call(self, state.info or CallInfo(), _DIRECTIONS.get(current), current)
        if current is CallState.INCOMING:
            self._tell(CallRings(call))
        self.changes.notify()

    def _end(self, call: Call, reason: str) -> None:
        self._call = self._lost = None
        call.end(reason)
        if self._bridge is not None:
            self._bridge.fail(CallEndedError(reason or "the call is over", method="callsRtc"))
        self._tell(CallEnded(call, reason))

    def _on_problem(self, message: str) -> None:
        self._problem = message
        if self._bridge is not None and not self._bridge.is_up:
            self._bridge.fail(CallAudioError(message, method="callsRtc"))
        else:
            self._tell(CallFailure(message))

    async def _on_bad_audio(self, error: CallAudioError) -> None:
        """Handle an answer or a candidate that cannot be used."""
        bridge = self._bridge
        if bridge is not None:
            bridge.fail(error)
            await self._drop_bridge(tell=True)
        self._tell(CallFailure(error.reason))

    def _on_broken(self, bridge: "Bridge") -> None:
        """Handle the loss of the audio while the websocket is connected."""
        if bridge is self._bridge and self._call is not None and self._tasks is not None:
            self._tell(CallFailure("the audio connection was lost"))
            self._tasks.start_soon(self._restore_audio, self._call)

    async def _restore_audio(self, call: Call) -> None:
        """Offer the audio of a call anew."""
        for attempt in range(1, _RESTORE_ATTEMPTS + 1):
            try:
                await self.connect_audio(call)
            except CallEndedError:
                return
            except GreenAPIError as error:
                self._tell(CallFailure(error.reason))
                await anyio.sleep(reconnect_delay(attempt))
            else:
                return
            if call.is_over or not self._link.is_connected:
                return

    async def _drop_bridge(self, *, tell: bool) -> None:
        """Close the bridge, if there is one."""
        bridge, self._bridge = self._bridge, None
        if bridge is None:
            return
        if tell:
            try:
                await self._link.send(STOP)
            except TransportError as error:
                logger.debug("callsRtc: the end of the audio could not be told: %s", error)
        await bridge.aclose()
        self.changes.notify()

    async def _close(self) -> None:
        assert self._tasks is not None  # noqa: S101  it was entered
        self._closed = True
        self._tasks.cancel_scope.cancel()
        try:
            await self._tasks.__aexit__(None, None, None)  # with the error it would raise an ExceptionGroup
        finally:
            await self._drop_bridge(tell=False)
            if self._call is not None:
                self._end(self._call, CONNECTION_LOST)
            self._end_subscribers()
            await run_to_completion(self._link.aclose, 2.0)

    def _tell(self, event: CallsEvent) -> None:
        for subscriber in self._subscribers:
            subscriber.add(event)
        self.changes.notify()

    def _end_subscribers(self) -> None:
        for subscriber in self._subscribers:
            subscriber.end()
        self.changes.notify()

    def _check_usable(self) -> None:
        if self._link.failure is not None:
            raise self._link.failure
        if self._tasks is None or self._closed:
            raise RuntimeError("the session is not open; use `async with client.calls() as calls:`")


class IncomingCalls:
    """Async iterator over the calls that ring; see ``Calls.incoming``."""

    def __init__(self, session: Calls) -> None:
        self._session = session
        self._last: Call | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Call:
        session = self._session
        while True:
            call = session.current
            if call is not None and call is not self._last and call.state == CallState.INCOMING:
                self._last = call
                return call
            if session.failure is not None:
                raise session.failure
            if session.is_closed:
                raise StopAsyncIteration
            await session.changes.wait()


def _check_audio() -> None:
    """Check that audio can be used.

    Raises:
        MissingExtraError: The extra ``voip`` is not installed.
        RuntimeError: The event loop is not asyncio's.
    """
    import asyncio  # noqa: PLC0415  only for audio

    import greenapi_async.calls.bridge  # noqa: F401, PLC0415  needs the extra voip

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("audio needs asyncio; on trio, use client.calls(audio=False)") from None
