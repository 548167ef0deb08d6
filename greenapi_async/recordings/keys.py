"""The key under which phone numbers are replaced.

Without a word of the user's it is random and kept nowhere: nobody can go on with the recording, or find the numbers.
With one it is made of that word and a salt that stands in the header, slowly, so that guessing words is slow too.
"""

import hashlib
import hmac
import secrets
from typing import Final

import attrs

from greenapi_async.recordings.format import Header

__all__ = ["SHORTEST_WORD", "Key"]

SHORTEST_WORD: Final = 12
_SALT_BYTES: Final = 16


@attrs.frozen
class Key:
    """A key, and what the header tells of it."""

    secret: bytes = attrs.field(repr=False)
    salt: str | None = None

    @classmethod
    def random(cls) -> "Key":
        """Make one that nobody knows."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def of(cls, word: str, salt: str | None = None) -> "Key":
        """Make one of a word, with a new salt if none is given; raises ValueError for a short one, or a wrong salt."""
        if len(word) < SHORTEST_WORD:
            raise ValueError(f"the key has {len(word)} characters; at least {SHORTEST_WORD} are needed")
        salt = salt or secrets.token_hex(_SALT_BYTES)
        return cls(hashlib.scrypt(word.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32), salt)

    @property
    def check(self) -> str | None:
        """What the header holds to know the key again."""
        return hmac.digest(self.secret, b"greenapi_recording", "sha256").hex()[:32] if self.salt else None

    def began(self, header: Header) -> bool:
        """Tell whether a recording with this header was begun with this key."""
        return bool(self.check and header.check and hmac.compare_digest(self.check, header.check))
