"""Key for the pseudonymisation of phone numbers.

Without a passphrase the key is random and stored nowhere: the recording cannot be continued, and no one can recover the
numbers. With one, the key is derived with scrypt from the passphrase and a salt in the header, so guessing is slow.
"""

import hashlib
import hmac
import secrets
from typing import Final

import attrs

from greenapi_async.testing.recordings.format import RecordingHeader

__all__ = ["MIN_PASSPHRASE", "Key"]

MIN_PASSPHRASE: Final = 12
_SALT_BYTES: Final = 16


@attrs.frozen
class Key:
    """A secret key; ``salt`` is None if it is random."""

    secret: bytes = attrs.field(repr=False)
    salt: str | None = None

    @classmethod
    def random(cls) -> "Key":
        """Create a random key."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def derive(cls, passphrase: str, salt: str | None = None) -> "Key":
        """Derive a key from a passphrase.

        Args:
            passphrase: At least 12 characters.
            salt: Salt in hexadecimal; None creates a new one.

        Raises:
            ValueError: The passphrase is too short, or the salt is not hexadecimal.
        """
        if len(passphrase) < MIN_PASSPHRASE:
            raise ValueError(f"the key must have at least {MIN_PASSPHRASE} characters, got {len(passphrase)}")
        salt = salt or secrets.token_hex(_SALT_BYTES)
        return cls(hashlib.scrypt(passphrase.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32), salt)

    @property
    def check(self) -> str | None:
        """Digest for the header, to recognise the key; None for a random key."""
        return hmac.digest(self.secret, b"greenapi_recording", "sha256").hex()[:32] if self.salt else None

    def matches(self, header: RecordingHeader) -> bool:
        """Return whether a recording with this header was begun with this key."""
        return bool(self.check and header.check and hmac.compare_digest(self.check, header.check))
