"""A film of a QR code, for Chromium's fake camera."""

from __future__ import annotations

from pathlib import Path

import segno

WIDTH, HEIGHT = 640, 480
FRAMES = 10
GREY, WHITE, BLACK = 110, 235, 16
MODULE_PIXELS = 6
QUIET_MODULES = 4


def write_video(path: Path, text: str) -> None:
    """Write a film that shows the code of a text off its middle, before a grey wall (YUV4MPEG2, 4:2:0).

    Raises:
        ValueError: the code is larger than the picture.
    """
    matrix = segno.make_qr(text, error="l").matrix
    modules = len(matrix) + 2 * QUIET_MODULES
    pixels = min(MODULE_PIXELS, HEIGHT // modules)
    if pixels < 2:
        raise ValueError("the code is larger than the picture")
    left, top = (WIDTH - modules * pixels) // 3, (HEIGHT - modules * pixels) // 2
    rows = [bytearray([GREY]) * WIDTH for _ in range(HEIGHT)]
    for y in range(modules * pixels):
        for x in range(modules * pixels):
            row, column = y // pixels - QUIET_MODULES, x // pixels - QUIET_MODULES
            inside = 0 <= row < len(matrix) and 0 <= column < len(matrix)
            rows[top + y][left + x] = BLACK if inside and matrix[row][column] else WHITE
    frame = b"FRAME\n" + b"".join(rows) + bytes([128]) * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n"
    path.write_bytes(header.encode() + frame * FRAMES)
