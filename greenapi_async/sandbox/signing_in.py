"""What links a phone to an instance: a picture to scan, or a code to type."""

import base64
import hashlib
import struct
import zlib
from random import Random
from typing import Final

import attrs

ALREADY: Final = {"type": "alreadyLogged", "message": "instance account already authorized"}
SPOILT: Final = {"type": "error", "message": "Instance has auth. You need to make log out"}
TIMEOUT: Final = {"type": "timeout", "message": "timeout"}
QR_LIVES: Final = 20.0
CODE_LIVES: Final = 150.0
_SIDE: Final = 25
_SCALE: Final = 8


@attrs.define
class SignIn:
    """The code that was last given out, and when the profile picture was last set."""

    code: str | None = None
    code_until: float = 0.0
    pictured_at: float | None = None

    def new_code(self, random: Random, at: float) -> str:
        """Make the code to be typed on the phone."""
        self.code = "".join(random.choices("ABCDEFGHJKLMNPQRSTUVWXYZ123456789", k=8))
        self.code_until = at + CODE_LIVES
        return self.code


def qr_code(state: str | None, id_instance: int, at: float) -> dict[str, str]:
    """Answer who asks for a QR code; it changes every 20 seconds."""
    if state == "authorized":
        return dict(ALREADY)
    if state != "notAuthorized":
        return dict(SPOILT)
    return {"type": "qrCode", "message": base64.b64encode(_picture(f"{id_instance} {at // QR_LIVES}")).decode()}


def _picture(seed: str) -> bytes:
    bits = "".join(f"{byte:08b}" for byte in hashlib.shake_128(seed.encode()).digest(_SIDE * _SIDE // 8 + 1))
    rows = b""
    for y in range(_SIDE):
        row = bytes(0 if _dark(x, y, bits) else 255 for x in range(_SIDE) for _ in range(_SCALE))
        rows += (b"\0" + row) * _SCALE
    size = struct.pack(">IIBBBBB", _SIDE * _SCALE, _SIDE * _SCALE, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _dark(x: int, y: int, bits: str) -> bool:
    last = _SIDE - 1
    for corner_x, corner_y in ((0, 0), (last - 6, 0), (0, last - 6)):
        ring = max(abs(x - corner_x - 3), abs(y - corner_y - 3))
        if ring <= 4:
            return ring in {0, 1, 3}
    return bits[y * _SIDE + x] == "1"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
