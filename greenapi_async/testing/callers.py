"""Voice calls between simulated people and the bot."""

from collections.abc import Sequence
from typing import Literal

import anyio
import anyio.lowlevel

from greenapi_async.calls.audio import AudioSource
from greenapi_async.testing.expectations import Chat
from greenapi_async.testing.journal import Journal
from greenapi_async.testing.sandbox_api import Instance, Line
from greenapi_async.testing.server import Server
from greenapi_async.testing.sound import Sound, tone

__all__ = ["Caller"]

_AUDIO_INTERVAL = 0.05
"""Seconds between two looks at the audio of a call."""

CallStatus = Literal["offer", "pickUp", "hangUp", "missed", "declined"]


class Caller(Chat):
    """Person who calls the bot and is called by it: the part of ``Contact`` for voice calls.

    Attributes:
        id: The chat id.
        instance: The bot's instance.
        name: The name in the profile.
    """

    def __init__(self, journal: Journal, server: Server, instance: Instance, id: str, name: str) -> None:  # noqa: A002  public name
        super().__init__(journal, server, instance, id)
        self.name = name

    @property
    def phone(self) -> str:
        """The phone number, digits only."""
        known = self.id.partition("@")[0]
        return self._server.call(lambda: self.instance.people.phones.get(self.id, known))

    async def calls(self, status: CallStatus = "offer", *, video: bool = False) -> str:
        """Call the bot.

        Args:
            status: ``offer`` leaves the call ringing, until the bot takes it or ``hangs_up``; any other status ends it
                at once in that way.
            video: Whether it is a video call.

        Returns:
            The id of the call.
        """
        await self._enter()
        instance = self.instance
        if status == "offer":
            return self._server.call(lambda: instance.voice_calls.contact_calls(self.id, is_video=video))
        return self._server.call(lambda: instance.phone_calls.incoming(self.id, status, is_video=video))

    async def answers(self, *, timeout: float = 30.0) -> None:
        """Answer the bot's call, as soon as it rings.

        Args:
            timeout: Seconds to wait for it.

        Raises:
            LookupError: The bot has not called.
        """
        await self._wait_for_call("out-call", timeout)
        self._server.call(lambda: self.instance.voice_calls.contact_answers(self.id))

    async def hangs_up(self) -> None:
        """End the call with the bot; if it still rings, give up or decline.

        Raises:
            LookupError: There is no call.
        """
        await self._enter()
        self._line()
        self._server.call(lambda: self.instance.voice_calls.contact_hangs_up(self.id))

    async def speaks(self, source: AudioSource, *, sample_rate: int = 24_000) -> None:
        """Say something in the call, and wait until it is said. Audio needs asyncio and the extra ``voip``.

        Args:
            source: An audio file, or an async iterable of PCM, as for ``Call.play``.
            sample_rate: Samples per second of such an iterable.

        Raises:
            LookupError: There is no call, or it ended meanwhile.
        """
        from greenapi_async.calls.resampling import blocks  # noqa: PLC0415  needs the extra voip

        await self._says([block async for block in blocks(source, sample_rate)])

    async def plays_tone(self, frequency: float = 440.0, *, seconds: float = 1.0) -> None:
        """Play a tone in the call, and wait until it is played.

        Args:
            frequency: Hertz.
            seconds: Length.

        Raises:
            LookupError: There is no call, or it ended meanwhile.
        """
        await self._says([tone(frequency, seconds)])

    @property
    def heard(self) -> Sound:
        """Sound that the person has heard so far in the call with the bot, or in the last one."""

        def current() -> Sound:
            calls = self.instance.voice_calls
            own = [call for call in (calls.current, calls.ended) if call is not None and call.chat_id == self.id]
            return Sound(bytes(own[0].line.heard) if own else b"")

        return self._server.call(current)

    async def hears_sound(self, *, seconds: float = 0.5, timeout: float = 30.0) -> Sound:
        """Wait until the person has heard something in the call.

        Args:
            seconds: How much, without silence.
            timeout: Seconds to wait.

        Returns:
            What was heard so far; false if that is silence.

        Example:
            >>> assert (await anna.hears_sound()).frequency == 440
        """
        await self._enter()
        with anyio.move_on_after(timeout):
            while self.heard.loud_seconds < seconds:  # noqa: ASYNC110  audio notifies nobody
                await anyio.sleep(_AUDIO_INTERVAL)
        return self.heard

    async def _enter(self) -> None:
        """Control the time of this event loop, and let other tasks run."""
        self._server.clock.install()
        await anyio.lowlevel.checkpoint()

    async def _says(self, parts: Sequence[bytes]) -> None:
        await self._enter()
        line = self._line()

        def say() -> None:
            for pcm in parts:
                line.say(pcm)

        self._server.call(say)
        while not self._server.call(lambda: line.is_silent):
            await anyio.sleep(_AUDIO_INTERVAL)
            self._line()

    def _line(self) -> Line:
        def current() -> Line:
            try:
                return self.instance.voice_calls.call_of(self.id).line
            except ValueError:
                raise LookupError(f"{self.name or self.phone} is not in a call with the bot") from None

        return self._server.call(current)

    async def _wait_for_call(self, state: str, timeout: float) -> None:
        await self._enter()

        def look() -> bool | None:
            call = self.instance.voice_calls.current
            return True if call is not None and call.chat_id == self.id and call.state == state else None

        if await self._server.wait(self.instance, look, timeout) is None:
            raise LookupError(f"the bot has not called {self.name or self.phone} within {timeout:g} s")
