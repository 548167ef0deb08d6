"""The time of a test."""

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Tells seconds as ``time.time`` does, and follows an event loop once there is one."""

    def __init__(self) -> None:
        self._seconds = float(int(time.time()))
        self._loop: Callable[[], float] = float
        self._since = 0.0

    def __call__(self) -> float:
        """Tell the time."""
        return self._seconds + self._loop() - self._since

    def follow(self, loop: Callable[[], float]) -> None:
        """Go on with the time of a loop from now on."""
        self._seconds, self._loop, self._since = self(), loop, loop()

    def stop(self) -> None:
        """Stand still."""
        self._seconds, self._loop, self._since = self(), float, 0.0
