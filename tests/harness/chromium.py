"""The system's Chromium, and how tests start it."""

from __future__ import annotations

import os
import shutil

import pytest

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_executable() -> str:
    """Where Chromium is. Without one the test is skipped, and fails where CI=true."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        executable = shutil.which(name)
        if executable is not None:
            return executable
    message = "BROWSER TESTS NOT RUN: no chromium on this machine"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
