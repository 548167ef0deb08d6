"""What links a phone to an instance: a picture to scan, or a code to type."""

import base64
import hashlib
import io
from functools import lru_cache
from random import Random
from typing import Final

import attrs
import segno

from greenapi_async.sandbox.simulation.lifecycle import State

ALREADY: Final = {"type": "alreadyLogged", "message": "instance account already authorized"}
SPOILT: Final = {"type": "error", "message": "Instance has auth. You need to make log out"}
TIMEOUT: Final = {"type": "timeout", "message": "timeout"}
QR_LIVES: Final = 20.0
CODE_LIVES: Final = 150.0
_SCALE: Final = 6


@attrs.define
class SignIn:
    """What can be scanned or typed on a phone just now, and when the profile picture was last set."""

    token: str = attrs.field(repr=False)
    code: str | None = None
    code_until: float = 0.0
    pictured_at: float | None = None

    def new_code(self, random: Random, at: float) -> str:
        """Make the code to be typed on the phone."""
        self.code = "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ123456789", k=8))
        self.code_until = at + CODE_LIVES
        return self.code

    def code_at(self, at: float) -> str | None:
        """Give the code, if it may still be typed."""
        return self.code if at < self.code_until else None

    def qr_text(self, at: float) -> str:
        """Give what the picture says; it changes every 20 seconds."""
        seed = f"{self.token} {at // QR_LIVES:.0f}"
        return "2@" + base64.b64encode(hashlib.blake2b(seed.encode(), digest_size=32).digest()).decode()

    def refusal(self, scanned: str | None, typed: str | None, at: float) -> str | None:
        """Say why a phone is not linked by what it scanned or what was typed, or None when it is."""
        if scanned in {self.qr_text(at), self.qr_text(at - QR_LIVES)}:
            return None
        if scanned is not None:
            return "this picture is too old, or of another instance; scan the one that is shown now"
        code = self.code_at(at)
        if code is None:
            return "no code was asked for in the last 150 seconds; getAuthorizationCode makes one"
        if typed is None or typed.replace("-", "").upper() != code:
            return "this is not the code that getAuthorizationCode gave last"
        self.code = None
        return None


def qr_code(state: State | None, text: str) -> dict[str, str]:
    """Answer who asks for a QR code."""
    if state == "authorized":
        return dict(ALREADY)
    if state != "notAuthorized":
        return dict(SPOILT)
    return {"type": "qrCode", "message": picture(text)}


@lru_cache(maxsize=32)
def picture(text: str) -> str:
    """Draw a QR code as a PNG in Base64."""
    png = io.BytesIO()
    segno.make_qr(text, error="m").save(png, kind="png", scale=_SCALE)
    return base64.b64encode(png.getvalue()).decode()
