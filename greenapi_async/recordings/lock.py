"""One process at a time writes to a file; a process that was killed holds nothing."""

import sys

__all__ = ["lock"]

if sys.platform == "win32":
    import msvcrt
    import os

    _FAR: int = 2**62

    def lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; False where another has it."""
        place = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, place, os.SEEK_SET)
        return True

else:
    import fcntl

    def lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; False where another has it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
