"""Pauses: from when to when the owner of the account has taken over a chat.

Only values and decisions. A pause has two clocks. Whether a message was written during it is judged by the server's
times in the notifications, so the order of what people wrote counts, however late it is read. Whether it is over is
judged by the clock of the inbox, because waiting needs a clock.

A message of the owner begins a pause or extends it; the keyword ends it. What is older than the last of them changes
nothing, so that a notification can be read again after a restart.
"""

from datetime import datetime

import attrs

__all__ = ["Pause", "after_keyword", "after_message"]


@attrs.frozen(kw_only=True)
class Pause:
    """A pause of the bot in one chat, in seconds since the epoch.

    Attributes:
        first: When the owner wrote first, by the server's clock.
        last: When the owner wrote last, by the server's clock.
        until: When it is over, by the server's clock.
        begins: When it began, by the clock of the inbox.
        ends: When it is over, by the clock of the inbox.
    """

    first: float
    last: float
    until: float
    begins: float
    ends: float

    def is_on(self, now: float) -> bool:
        """Return whether it is not over.

        Args:
            now: The time, by the clock of the inbox.
        """
        return now < self.ends

    def covers(self, written: datetime | None, now: float) -> bool:
        """Return whether a message was written during the pause.

        Args:
            written: When it was written, by the server's clock; None counts as now.
            now: The time, by the clock of the inbox.
        """
        if written is None:
            return self.is_on(now)
        return self.first <= written.timestamp() and (self.is_on(now) or written.timestamp() < self.until)

    def moved(self, seconds: float) -> "Pause":
        """Return the same pause by the clock of another inbox.

        Args:
            seconds: How far that clock is ahead.
        """
        return attrs.evolve(self, begins=self.begins + seconds, ends=self.ends + seconds)

    def extended(self, deadline: float, timeout: float) -> float:
        """Return until when a person may answer a question that was open when the pause began.

        Args:
            deadline: Until when it was without the pause, by the clock of the inbox.
            timeout: Seconds for an answer.
        """
        return deadline if self.begins > deadline else max(deadline, self.ends + timeout)


def after_message(pause: Pause | None, *, written: float, moment: float, seconds: float) -> Pause:
    """Return the pause of a chat after a message of the owner.

    Args:
        pause: The last pause.
        written: When the message was written, by the server's clock.
        moment: The same moment by the clock of the inbox.
        seconds: How long the bot is silent.
    """
    if pause is not None and written < pause.last:
        return pause
    goes_on = pause is not None and written <= pause.until
    return Pause(
        first=pause.first if pause is not None and goes_on else written,
        last=written,
        until=written + seconds,
        begins=pause.begins if pause is not None and goes_on else moment,
        ends=moment + seconds,
    )


def after_keyword(pause: Pause | None, *, written: float, moment: float) -> Pause | None:
    """Return the pause of a chat after the owner's keyword.

    Args:
        pause: The last pause.
        written: When the keyword was written, by the server's clock.
        moment: The same moment by the clock of the inbox.
    """
    if pause is None or not pause.last <= written < pause.until:
        return pause
    return attrs.evolve(pause, last=written, until=written, ends=min(pause.ends, moment))
