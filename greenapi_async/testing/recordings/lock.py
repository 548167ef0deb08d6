"""Exclusive lock on an open file; the operating system releases it when the process dies."""

import sys

__all__ = ["lock"]

if sys.platform == "win32":
    import msvcrt
    import os

    _OFFSET: int = 2**62
    """Position of the locked byte, far behind the contents, which stay readable."""

    def lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; return False if another process holds the lock."""
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _OFFSET, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, position, os.SEEK_SET)
        return True

else:
    import fcntl

    def lock(descriptor: int) -> bool:
        """Lock an open file until it is closed; return False if another process holds the lock."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
