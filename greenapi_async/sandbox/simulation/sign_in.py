"""Signing an instance in: by a QR code that a phone scans, or by a code that is typed on it.

Source: manual 1.3.2. A QR code changes every 20 seconds, and the previous one is still accepted; an authorization code
is valid for 150 seconds.
"""

import base64
import hashlib
import io
from functools import lru_cache
from random import Random
from typing import Any, Final

import attrs
import segno

from greenapi_async.sandbox.simulation.lifecycle import Lifecycle
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["TIMEOUT", "SignIn", "qr_image"]

ALREADY_LOGGED: Final = {"type": "alreadyLogged", "message": "instance account already authorized"}
NEEDS_LOGOUT: Final = {"type": "error", "message": "Instance has auth. You need to make log out"}
TIMEOUT: Final = {"type": "timeout", "message": "timeout"}
QR_SECONDS: Final = 20.0
CODE_SECONDS: Final = 150.0
MESSENGER_CODE_SECONDS: Final = 300.0
SUCCEEDED: Final = {"status": True, "data": {"status": "success"}}
_SCALE: Final = 6


@attrs.define(eq=False)
class SignIn:
    """The current QR code and authorization code of an instance.

    Attributes:
        picture_set_at: When the profile picture was last set.
        password: The password of Telegram's two-step verification; None if there is none.
    """

    _token: str = attrs.field(repr=False)
    _timeline: Timeline = attrs.field(repr=False)
    _lifecycle: Lifecycle = attrs.field(repr=False)
    _random: Random = attrs.field(repr=False)
    picture_set_at: float | None = attrs.field(default=None, init=False)
    password: str | None = attrs.field(default=None, init=False, repr=False)
    _code: str | None = attrs.field(default=None, init=False, repr=False)
    _code_expires_at: float = attrs.field(default=0.0, init=False)

    @property
    def code(self) -> str | None:
        """The authorization code, or None if there is none that is still valid."""
        return self._code if self._timeline.now < self._code_expires_at else None

    @property
    def qr_text(self) -> str:
        """The content of the current QR code."""
        return self._qr_text(self._timeline.now)

    def new_code(self) -> str:
        """Generate an authorization code."""
        self._code = "".join(self._random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ123456789", k=8))
        self._code_expires_at = self._timeline.now + CODE_SECONDS
        return self._code

    def start(self) -> dict[str, Any]:
        """Return the response of `startAuthorization`; a code that is still valid is not sent again."""
        if self._lifecycle.state != "notAuthorized":
            return _failed("already_registered")
        if self.code is None:
            self._code = f"{self._random.randrange(100_000):05}"
            self._code_expires_at = self._timeline.now + MESSENGER_CODE_SECONDS
        return dict(SUCCEEDED)

    def enter_code(self, code: str, password: str | None) -> dict[str, Any]:
        """Return the response of `sendAuthorizationCode`; without the needed password, that one is awaited next."""
        if self._lifecycle.state != "notAuthorized" or self.code is None:
            return _failed("authorization_not_started")
        if code != self.code:
            return _failed("invalid_code")
        if self.password is not None and password != self.password:
            self._lifecycle.set_state("pendingPassword")
            return _failed("password_required" if password is None else "invalid_password")
        return self._signed_in()

    def enter_password(self, password: str) -> dict[str, Any]:
        """Return the response of `sendAuthorizationPassword`."""
        if self._lifecycle.state != "pendingPassword":
            return _failed("authorization_not_started")
        return self._signed_in() if password == self.password else _failed("invalid_password")

    def _signed_in(self) -> dict[str, Any]:
        self._code = None
        self._lifecycle.set_state("authorized")
        return dict(SUCCEEDED)

    def qr(self) -> dict[str, str]:
        """Return the response of `qr`."""
        self._timeline.settle()
        if self._lifecycle.state == "authorized":
            return dict(ALREADY_LOGGED)
        if self._lifecycle.state != "notAuthorized":
            return dict(NEEDS_LOGOUT)
        return {"type": "qrCode", "message": qr_image(self.qr_text)}

    def scan(self, text: str | None = None, *, code: str | None = None) -> None:
        """Sign the instance in, as the owner's phone does.

        Args:
            text: The content of the QR code that the phone scans.
            code: The authorization code that is typed on the phone.

        Raises:
            ValueError: The QR code or the authorization code is not valid, or the instance is not `notAuthorized`.
        """
        self._timeline.settle()
        if self._lifecycle.state != "notAuthorized":
            raise ValueError(f"the instance is {self._lifecycle.state}; it must be notAuthorized to be signed in")
        if text is not None:
            now = self._timeline.now
            if text not in {self._qr_text(now), self._qr_text(now - QR_SECONDS)}:
                raise ValueError("the QR code has expired or belongs to another instance; scan the current one")
        elif self.code is None:
            raise ValueError("there is no valid authorization code; call getAuthorizationCode and use it within 150 s")
        elif code is None or code.replace("-", "").upper() != self.code:
            raise ValueError("wrong authorization code; use the latest one that getAuthorizationCode returned")
        else:
            self._code = None
        self._lifecycle.set_state("authorized")

    def _qr_text(self, at: float) -> str:
        seed = f"{self._token} {at // QR_SECONDS:.0f}"
        return "2@" + base64.b64encode(hashlib.blake2b(seed.encode(), digest_size=32).digest()).decode()


def _failed(reason: str) -> dict[str, Any]:
    return {"status": False, "data": {"status": "fail", "reason": reason}}


@lru_cache(maxsize=32)
def qr_image(text: str) -> str:
    """Return a QR code as a PNG in Base64."""
    png = io.BytesIO()
    segno.make_qr(text, error="m").save(png, kind="png", scale=_SCALE)
    return base64.b64encode(png.getvalue()).decode()
