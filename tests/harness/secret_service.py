"""A real Secret Service for tests: GNOME's keyring on a session bus of its own, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NAME = "org.freedesktop.secrets"

# A bus that starts nothing by itself: no second daemon, and no program that would ask somebody for a password.
_BUS = """<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
# The daemon unlocks its keyring with the password it reads, and ends when it is terminated; the bus ends with it.
_SESSION = (
    'echo "$DBUS_SESSION_BUS_ADDRESS"; exec gnome-keyring-daemon --foreground --unlock --components=secrets'
)


@contextmanager
def secret_service(folder: Path) -> Iterator[str]:
    """The address of a session bus with an unlocked keyring on it, which is empty.

    Without the programs the test is skipped, and fails where CI=true.

    Args:
        folder: an empty one, for the keyring's files and sockets.
    """
    missing = [each for each in ("dbus-run-session", "gnome-keyring-daemon") if shutil.which(each) is None]
    if missing:
        message = f"SYSTEM KEYRING NOT TESTED: no {' and no '.join(missing)} on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    (folder / "run").mkdir(mode=0o700)
    (folder / "bus.conf").write_text(_BUS)
    own = {
        "HOME": folder,
        "XDG_DATA_HOME": folder,
        "XDG_CACHE_HOME": folder,
        "XDG_RUNTIME_DIR": folder / "run",
    }
    kept = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    process = subprocess.Popen(
        ["dbus-run-session", f"--config-file={folder}/bus.conf", "--", "sh", "-c", _SESSION],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**kept, **{key: str(value) for key, value in own.items()}},
        # A group of its own, so that bus and daemon end with it however the test ends.
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = process.stdout.readline().strip()
        process.stdin.write("the keyring's password")
        process.stdin.close()
        _wait_for_name(address)
        yield address
    finally:
        # By its own id: dbus-run-session ends bus and daemon when it is asked to end.
        os.killpg(process.pid, 15)
        process.wait(30)
        process.stdout.close()


def _wait_for_name(address: str) -> None:
    """Wait until the daemon is on the bus, without asking again and again."""
    # Here, since it comes with the package keyring on Linux only.
    from jeepney import MatchRule, message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    with open_dbus_connection(address) as bus:
        driver = Proxy(message_bus, bus, timeout=60)
        rule = MatchRule(type="signal", interface="org.freedesktop.DBus", member="NameOwnerChanged")
        rule.add_arg_condition(0, NAME)
        driver.AddMatch(rule)
        with bus.filter(rule) as signals:
            (has_owner,) = driver.NameHasOwner(NAME)
            if not has_owner:
                bus.recv_until_filtered(signals, timeout=60)
