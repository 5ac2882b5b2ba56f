"""The Makefile, the README and continuous integration name the same recipes, and each of them exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)
CONTINUOUS_INTEGRATION = ROOT / ".ci" / "run"
# As if no make were running: inside `make test` a second make would talk of folders and inherit ONLY.
OUTSIDE = {
    name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "ONLY"))
}


def _make_commands(text: str) -> set[str]:
    """The targets that a text tells to make, as code: `make x` or an indented line."""
    return set(re.findall(r"(?:`|^\s*(?:attempt )?)make ([a-z]+)", text, re.MULTILINE))


def test_every_target_of_the_readme_exists() -> None:
    named = _make_commands(README)
    assert {"setup", "run", "test"} <= named
    assert named <= set(TARGETS)


def test_every_target_is_in_the_readme() -> None:
    assert set(TARGETS) <= _make_commands(README)


def test_every_target_is_phony() -> None:
    assert re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[0].split() == TARGETS


def test_continuous_integration_runs_the_same_names() -> None:
    text = CONTINUOUS_INTEGRATION.read_text("utf-8")
    assert _make_commands(text) == {"setup", "test"}
    assert os.access(CONTINUOUS_INTEGRATION, os.X_OK)
    subprocess.run(["bash", "-n", CONTINUOUS_INTEGRATION], check=True)


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
@pytest.mark.parametrize("target", TARGETS)
def test_make_knows_what_to_do(target: str) -> None:
    done = subprocess.run(
        ["make", "-n", target], cwd=ROOT, env=OUTSIDE, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if target not in ("setup", "clean"):
        assert done.stdout.splitlines()[0] == "python3 tools/setup.py", "every target sets up first"


@pytest.mark.skipif(shutil.which("make") is None, reason="this machine has no make")
def test_only_narrows_the_tests() -> None:
    done = subprocess.run(
        ["make", "-n", "test", "ONLY=wheel or lock"],
        cwd=ROOT,
        env=OUTSIDE,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1].endswith("-k 'wheel or lock'")


def test_every_folder_of_the_map_exists() -> None:
    section = README.split("## Map of folders")[1].split("\n## ")[0]
    paths = re.findall(
        r"`([\w./]+)`", "\n".join(line.split("|")[1] for line in section.splitlines() if "|" in line)
    )
    assert len(paths) > 10
    assert [path for path in paths if not (ROOT / path).exists()] == []
