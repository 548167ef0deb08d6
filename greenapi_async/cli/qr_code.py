"""QR codes in the terminal: a PNG from the server, read with the standard library, as blocks of characters.

The PNG is decoded to black and white pixels. The finder pattern in the upper left corner begins with seven black
modules, so the first black run of the first row with black pixels gives the size of a module. Two modules are one
character: upper and lower half block. The colours are set explicitly, because not every phone reads a code that is
light on dark.
"""

import base64
import binascii
import struct
import zlib
from typing import Final

__all__ = ["InvalidImageError", "png_modules", "terminal_lines"]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
FINDER: Final = 7
"""Modules in the first black run of a QR code."""
QUIET: Final = 2
"""Modules of white around the code, which the standard wants to be four; terminals add their own."""
MAX_PIXELS: Final = 4_000_000
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Values of a pixel by colour type: grey, RGB, palette, grey with alpha, RGB with alpha."""
_BLOCKS: Final = {(False, False): "█", (True, False): "▄", (False, True): "▀", (True, True): " "}
"""By whether the upper and the lower module are black: characters in white on black."""


class InvalidImageError(ValueError):
    """The image is not a PNG with a QR code."""


def png_modules(encoded: str) -> list[list[bool]]:
    """Return the modules of a QR code, True for black.

    Args:
        encoded: The PNG in Base64.

    Raises:
        InvalidImageError: It is not such an image.
    """
    try:
        pixels = _decode(base64.b64decode(encoded))
    except (binascii.Error, struct.error, zlib.error, IndexError, KeyError) as error:
        raise InvalidImageError(f"the QR code is not a PNG: {error}") from None
    rows = [row for row in pixels if any(row)]
    if not rows:
        raise InvalidImageError("the QR code is empty")
    left = min(row.index(True) for row in rows)
    right = max(len(row) - row[::-1].index(True) for row in rows)
    first = rows[0][left:]
    run = first.index(False) if False in first else len(first)
    size = run / FINDER
    count = round((right - left) / size)
    if run < FINDER or count < 21 or round(len(rows) / size) > count:  # 21 is the smallest code
        raise InvalidImageError("the image is not a QR code")
    top = next(index for index, row in enumerate(pixels) if any(row))
    return [
        [pixels[top + int((y + 0.5) * size)][left + int((x + 0.5) * size)] for x in range(count)] for y in range(count)
    ]


def terminal_lines(modules: list[list[bool]], *, colours: bool) -> list[str]:
    """Return the lines to print.

    Args:
        modules: The modules, True for black.
        colours: Whether to set the colours; otherwise a terminal with a dark background is assumed.
    """
    width = len(modules[0]) + 2 * QUIET
    blank = [False] * width
    rows = [blank] * QUIET + [[False] * QUIET + row + [False] * QUIET for row in modules] + [blank] * QUIET
    if len(rows) % 2:
        rows.append(blank)
    lines = ["".join(_BLOCKS[pair] for pair in zip(*rows[at : at + 2], strict=True)) for at in range(0, len(rows), 2)]
    return [f"\x1b[97;40m{line}\x1b[0m" for line in lines] if colours else lines


def _decode(data: bytes) -> list[list[bool]]:
    """Return the pixels of a PNG, True for dark."""
    if not data.startswith(SIGNATURE):
        raise InvalidImageError("the QR code is not a PNG")
    header, palette, packed = b"", b"", b""
    at = len(SIGNATURE)
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        content = data[at + 8 : at + 8 + length]
        at += length + 12
        if kind == b"IHDR":
            header = content
        elif kind == b"PLTE":
            palette = content
        elif kind == b"IDAT":
            packed += content
    width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", header)
    if interlace or width * height > MAX_PIXELS:
        raise InvalidImageError("the QR code is interlaced or too large")
    channels = _CHANNELS[colour]
    stride = (width * channels * depth + 7) // 8
    lines = _unfiltered(zlib.decompress(packed), height, stride, max(1, channels * depth // 8))
    return [_dark(line, width, depth, colour, palette) for line in lines]


def _unfiltered(data: bytes, height: int, stride: int, step: int) -> list[bytearray]:
    lines: list[bytearray] = []
    above = bytearray(stride)
    for row in range(height):
        at = row * (stride + 1)
        kind, line = data[at], bytearray(data[at + 1 : at + 1 + stride])
        for index in range(len(line)):
            left = line[index - step] if index >= step else 0
            corner = above[index - step] if index >= step else 0
            line[index] = (line[index] + _predicted(kind, left, above[index], corner)) & 0xFF
        lines.append(line)
        above = line
    return lines


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 4:  # Paeth
        guess = left + up - corner
        return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
    return (0, left, up, (left + up) // 2)[kind]


def _dark(line: bytearray, width: int, depth: int, colour: int, palette: bytes) -> list[bool]:
    channels, top = _CHANNELS[colour], (1 << min(depth, 8)) - 1
    values = [_value(line, index, depth) for index in range(width * channels)]
    pixels: list[bool] = []
    for start in range(0, len(values), channels):
        pixel = values[start : start + channels]
        if colour == 3:
            pixel, limit = list(palette[pixel[0] * 3 : pixel[0] * 3 + 3]), 255
        else:
            limit = top
        is_transparent = colour in {4, 6} and pixel[-1] * 2 < limit
        shades = pixel[:-1] if colour in {4, 6} else pixel
        pixels.append(not is_transparent and sum(shades) * 2 < limit * len(shades))
    return pixels


def _value(line: bytearray, index: int, depth: int) -> int:
    if depth >= 8:
        return line[index * (depth // 8)]
    per_byte = 8 // depth
    shift = 8 - depth * (index % per_byte + 1)
    return line[index // per_byte] >> shift & ((1 << depth) - 1)
