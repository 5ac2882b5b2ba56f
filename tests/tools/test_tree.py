"""What may be in the repository: nothing of the machine it was written on, and nothing large."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LARGEST_FILE = 600 * 1024

# Written in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + "pi.org", "python" + "hosted.org", "registry.n" + "pmjs", "n" + "pmjs.com", "n" + "pmjs.org")
_MIRRORS = ("deb.deb" + "ian.org", "archive.ub" + "untu.com", "proxy.go" + "lang.org")
REGISTRY_HOSTS = re.compile("|".join(map(re.escape, _HOSTS + _MIRRORS)), re.IGNORECASE)
MACHINE_PATHS = re.compile(r"(?<![\w.})/-])/(?:" + "|".join(["work", "tmp", "root", "home"]) + r")/\w")


def _files() -> list[Path]:
    """Every file in git, and those that are about to be: neither tracked nor ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    paths = [ROOT / name for name in names if name]
    return [path for path in paths if path.is_file()]


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "ignore")


def test_no_file_is_large() -> None:
    assert [str(path) for path in _files() if path.stat().st_size > LARGEST_FILE] == []


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in _files()
        for number, line in enumerate(_text(path).splitlines(), 1)
        if pattern.search(line)
    ]


def test_no_registry_is_named() -> None:
    """Where packages come from is the machine's setting, never the project's."""
    assert REGISTRY_HOSTS.search("https://py" + "pi.org/simple")
    assert _lines_with(REGISTRY_HOSTS) == []


def test_no_path_of_a_machine_is_named() -> None:
    assert MACHINE_PATHS.search("see " + "/work" + "/notes")
    assert not MACHINE_PATHS.search("tests/work/notes, $HOME/tmp/x")
    assert _lines_with(MACHINE_PATHS) == []


def test_generated_and_fetched_files_are_not_in_git() -> None:
    names = [str(path.relative_to(ROOT)) for path in _files()]
    assert [
        name for name in names if re.search(r"(^|/)(vendor|node_modules|\.venv|__pycache__)/", name)
    ] == []


@pytest.mark.parametrize("statement", ["import asyncio", "from asyncio import sleep"])
def test_lint_refuses_asyncio(statement: str) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "--stdin-filename"]
    done = subprocess.run(
        [*command, "app/parley/example.py", "-"],
        cwd=ROOT,
        input=statement + "\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "TID251" in done.stdout
