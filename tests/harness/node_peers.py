"""Programs on Node that tests talk to: installed from a lock without addresses, spoken to line by line in JSON.

A package is fetched once into `.run/node/`, which git ignores, and again when its lock changes. Nothing of it is
shipped.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import assets

INSTALLED = Path(__file__).resolve().parents[2] / ".run" / "node"
LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")


class PeerError(Exception):
    """What the program said instead of an answer."""


class NodePeer:
    """A running program of a folder that holds a `package.json` with its lock."""

    def __init__(self, program: Path, *arguments: str) -> None:
        """Start it, installed first if it is not yet.

        Without a network the test is skipped, and fails where CI=true.
        """
        folder = installed(program.parent)
        shutil.copy(program, folder)  # What it imports is looked for beside it.
        _, environment = assets.find_npm()
        node = shutil.which("node", path=environment["PATH"])
        assert node is not None
        self._process = subprocess.Popen(
            [node, folder / program.name, *arguments],
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def do(self, action: str, **facts: Any) -> Any:
        """Have something done, and wait for what comes of it. Raises PeerError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"action": action, **facts}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise PeerError(f"it ended with {self._process.wait()}")
        answer = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer["result"]

    def __enter__(self) -> NodePeer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()


def installed(source: Path) -> Path:
    """The folder where the packages of a lock are."""
    digest = hashlib.sha256(b"".join((source / name).read_bytes() for name in LOCK_FILES)).hexdigest()
    folder = INSTALLED / f"{source.name}-{digest[:16]}"
    if folder.is_dir():
        return folder
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=INSTALLED) as work:
        for name in LOCK_FILES:
            shutil.copyfile(source / name, Path(work) / name)
        try:
            assets.install(*assets.find_npm(), Path(work))
        except assets.AssetsError as error:
            if "cannot be reached" in str(error) and os.environ.get("CI") != "true":
                pytest.skip(f"NOT TRIED WITH {source.name}: the npm registry cannot be reached")
            raise
        try:
            # In one step, so that nobody finds it half made; another run may have been faster.
            Path(work).rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
        else:
            Path(work).mkdir()  # The temporary folder that is now removed.
    return folder
