"""QR codes as SVG paths: the one place that draws them."""

from __future__ import annotations

from dataclasses import dataclass, field

import segno

QUIET_MODULES = 4
"""The white around it, by which a camera finds it."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code: how many modules wide with its white border, and its dark modules as an SVG path."""

    size: int
    path: str = field(repr=False)


def qr_code(text: str) -> QrCode:
    """The code of a text of at most 2,900 letters, with the least redundancy: a screen has no stains.

    Raises:
        ValueError: it does not fit any code.
    """
    code = segno.make_qr(text, error="l", boost_error=False)
    runs = []
    for y, row in enumerate(code.matrix):
        x = 0
        while x < len(row):
            start, dark = x, row[x]
            while x < len(row) and row[x] == dark:
                x += 1
            if dark:
                runs.append(f"M{start + QUIET_MODULES} {y + QUIET_MODULES}h{x - start}v1h-{x - start}z")
    return QrCode(len(code.matrix) + 2 * QUIET_MODULES, "".join(runs))
