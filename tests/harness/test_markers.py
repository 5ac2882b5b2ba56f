"""The search for markers finds them: a search that finds nothing proves nothing by itself."""

import base64
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from harness.markers import files_with, found_in, new_marker

DISGUISES: dict[str, Callable[[str], bytes]] = {
    "raw": lambda text: text.encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "base64": lambda text: base64.b64encode(text.encode()),
    "base64, shifted by 1": lambda text: base64.b64encode(b"?" + text.encode() + b"!!"),
    "base64, shifted by 2": lambda text: base64.urlsafe_b64encode(b"??" + text.encode() + b"!"),
    "percent": lambda text: quote(text, safe="").encode(),
    "form": lambda text: urlencode({"text": text}).encode(),
}


@pytest.mark.parametrize("disguise", list(DISGUISES))
def test_a_marker_is_found_in_every_disguise(disguise: str, tmp_path: Path) -> None:
    """In bytes and in a file, with other bytes around it."""
    marker = new_marker()
    data = b"\x00before" + DISGUISES[disguise](marker) + b"after\xff"
    (tmp_path / "leak").write_bytes(data)
    (tmp_path / "clean").write_bytes(b"nothing here")

    assert found_in(data, marker)
    assert files_with(tmp_path, marker) == ["leak"]


def test_another_marker_is_not_found() -> None:
    """The search does not see markers everywhere."""
    assert not found_in(new_marker().encode(), new_marker())
