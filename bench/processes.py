"""What the topics ask of processes: started, told by their first line, measured, ended."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], *, cwd: Path | None = None
) -> Iterator[dict[str, Any]]:
    """Start a command that says its facts as one line of JSON; it is stopped, and waited for, after the block.

    Raises:
        RuntimeError: it ended without that line.
    """
    with subprocess.Popen(
        command,
        env=dict(environment),
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"it did not start: {' '.join(command)}")
            facts: dict[str, Any] = json.loads(line)
            yield facts
        finally:
            process.terminate()


def memory_mib(pid: int) -> float:
    """What a process has in memory now."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not tell a process's memory")
