"""Session of voice calls: keeps the websocket, follows the call, connects its audio.

The server tells the state of the instance's call after connecting and after each change; ``_follow`` turns that into
one ``Call`` object per call. Commands are sent over HTTP and only acknowledged there: what became of the call is told
by the websocket.

When the websocket is lost during a call whose audio is connected, the session connects again and, if the call still
lasts, offers new audio by itself. Otherwise the call ends with ``connection-lost``.
"""

import asyncio
import logging
import sys
from contextlib import suppress
from functools import partial
from importlib import import_module
from types import TracebackType
from typing import Self
from weakref import WeakSet

import anyio
import anyio.to_thread

from greenapi_async._internal.concurrency import Background, run_to_completion
from greenapi_async.calls.audio_connection import AudioConnection
from greenapi_async.calls.call import CONNECTION_LOST, Call
from greenapi_async.calls.changes import Changes
from greenapi_async.calls.events import (
    CallEnded,
    CallEvents,
    CallFailure,
    CallRings,
    CallsConnected,
    CallsDisconnected,
    CallsEvent,
    CallStateChanged,
)
from greenapi_async.calls.frames import Answer, Candidate, Problem, State, parse_frame
from greenapi_async.calls.link import Connect, Link
from greenapi_async.errors import (
    CallAudioError,
    CallEndedError,
    GreenAPIError,
    TimeoutExpiredError,
)
from greenapi_async.methods.calls import CallMethods
from greenapi_async.models.calls import CallInfo, CurrentCall
from greenapi_async.models.states import CallState, Direction

__all__ = ["Calls", "IncomingCalls"]

logger = logging.getLogger("greenapi_async")

_FIRST_STATE = 10.0
"""Seconds from connecting to the first state."""
_HANG_UP = 20.0
_BRIDGE = "greenapi_async.calls.bridge"
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
        self._audio = AudioConnection(
            methods.calls_get_ice_servers, self._link, self._tell_failure, self._restore_audio
        )
        self._subscribers: WeakSet[CallEvents] = WeakSet()
        self._problem = ""
        self._has_state = False
        self._closed = False
        self._background: Background | None = None

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
        if self._background is not None:
            raise RuntimeError("this session was used before; call client.calls() again")
        if self.with_audio:
            await _prepare_audio()
        await self._link.open()
        self._background = await Background(self._run).__aenter__()
        try:
            await self._first_state()
        except BaseException:
            await self._close()
            raise
        return self

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
        current = self._call or self._dialing
        if current is not None:
            raise RuntimeError(f"the instance is in a call already ({current}); hang up first")
        call = Call(self, CallInfo(wid=chat_id), Direction.OUTGOING, CallState.OUTGOING)
        self._dialing = call
        try:
            dialed = await self.methods.calls_dial(chat_id)
        except anyio.get_cancelled_exc_class():
            with suppress(GreenAPIError, TimeoutError):
                await run_to_completion(partial(self._undo_dialing, chat_id), _HANG_UP)
            raise
        finally:
            self._dialing = None
        call.id = call.id or dialed.call_id
        if not call.is_over:
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
        await self._audio.connect(call)

    async def disconnect_audio(self, call: Call) -> None:
        """Disconnect the audio; see ``Call.disconnect_audio``."""
        await self._audio.disconnect(call)

    def has_audio(self, call: Call) -> bool:
        """Return whether the audio of a call is connected."""
        return self._audio.is_up(call)

    async def on_connected(self) -> None:
        """Handle a new connection of the websocket."""
        self._problem = ""
        self._tell(CallsConnected())

    async def on_frame(self, text: str) -> None:
        """Handle a frame."""
        frame = parse_frame(text)
        if not isinstance(frame, Problem):
            self._problem = ""
        match frame:
            case State(call=state):
                await self._follow(state)
            case Problem(message=message):
                self._on_problem(message)
            case Answer() | Candidate():
                await self._audio.take(frame)
            case None:
                logger.debug("callsRtc: an unknown frame was ignored")

    async def on_lost(self, code: int, reason: str, *, permanent: bool) -> None:
        """Handle the end of a connection of the websocket."""
        if permanent and self._problem and self._link.failure is not None:
            self._link.failure.reason = self._problem
        call = self._call
        words = self._problem if permanent and self._problem else reason
        self._tell(CallsDisconnected(code, words, permanent))
        was_up = call is not None and self._audio.is_up(call)
        if call is not None and was_up and not permanent:
            self._lost = call
        elif call is not None:
            self._end(call, CONNECTION_LOST)
        self._audio.fail(CallEndedError(CONNECTION_LOST, method="callsRtc"))
        await self._audio.drop(stop=False)
        if permanent:
            self._end_subscribers()

    async def _undo_dialing(self, chat_id: str) -> None:
        """Hang up the call that the server may have begun."""
        current = await self.methods.calls_state()
        is_called = current.info is not None and current.info.wid == chat_id
        if current.state == CallState.OUTGOING or (current.state == CallState.TALKING and is_called):
            await self.methods.calls_hang_up()

    async def _first_state(self) -> None:
        """Wait for the state that the server tells at once."""
        with anyio.move_on_after(_FIRST_STATE):
            while not self._has_state:
                self._check_usable()
                await self.changes.wait()
            return
        raise TimeoutExpiredError(f"the server told no state within {_FIRST_STATE:g} s", method="callsRtc")

    async def _run(self) -> None:
        await self._link.run()
        logger.warning("callsRtc: the server refused the session for good: %s", self._link.failure)
        self.changes.notify()

    async def _follow(self, state: CurrentCall) -> None:
        """Handle a state of the server."""
        if state.state is None:
            logger.debug("callsRtc: a state without a state was ignored")
            return
        self._has_state = True
        self._tell(CallStateChanged(state))
        call, lost, self._lost = self._call, self._lost, None
        if state.state == CallState.IDLE:
            if call is not None:
                await self._audio.drop(stop=True)
                self._end(call, state.reason or "")
            return
        if call is None and self._dialing is not None and state.state != CallState.INCOMING:
            call = self._call = self._dialing
        elif call is not None and not call.is_call(state.info):
            await self._audio.drop(stop=True)
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
        if call is lost:
            self._restore_audio(call)

    def _begin(self, state: CurrentCall) -> None:
        current = state.state if isinstance(state.state, CallState) else CallState.TALKING
        self._call = call = Call(self, state.info or CallInfo(), _DIRECTIONS.get(current), current)
        if current is CallState.INCOMING:
            self._tell(CallRings(call))
        self.changes.notify()

    def _end(self, call: Call, reason: str) -> None:
        self._call = self._lost = None
        call.end(reason)
        self._audio.fail(CallEndedError(reason or "the call is over", method="callsRtc"))
        self._tell(CallEnded(call, reason))

    def _on_problem(self, message: str) -> None:
        self._problem = message
        if self._audio.is_being_made:
            self._audio.fail(CallAudioError(message, method="callsRtc"))
        else:
            self._tell(CallFailure(message))

    def _restore_audio(self, call: Call) -> None:
        if self._background is not None and not self._closed:
            self._background.start_soon(self._audio.restore, call)

    async def _close(self) -> None:
        assert self._background is not None  # noqa: S101  it was entered
        self._closed = True
        try:
            await self._background.__aexit__(None, None, None)
        finally:
            await self._audio.drop(stop=False)
            if self._call is not None:
                self._end(self._call, CONNECTION_LOST)
            self._end_subscribers()
            await run_to_completion(self._link.aclose, 2.0)

    def _tell_failure(self, failure: CallFailure | None) -> None:
        if failure is not None:
            self._tell(failure)
        else:
            self.changes.notify()

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
        if self._background is None or self._closed:
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


async def _prepare_audio() -> None:
    """Import what audio needs, in a thread because it takes long.

    Raises:
        MissingExtraError: The extra ``voip`` is not installed.
        RuntimeError: The event loop is not asyncio's.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError("audio needs asyncio; on trio, use client.calls(audio=False)") from None
    if _BRIDGE not in sys.modules:
        await anyio.to_thread.run_sync(import_module, _BRIDGE)
