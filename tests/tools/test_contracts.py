"""The import contracts bite: each of them breaks on a module written to break it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Room -> what a module of it imports although it must not.
VIOLATIONS = {
    "chat": ["parley.database.api", "parley.e2ee.errors"],
    "e2ee": ["parley.settings", "trio", "libp2p"],
    "sync": ["time", "parley.e2ee.api"],
    "p2p": ["sqlite3", "x3dh"],
    "database": ["coincurve", "fastapi"],
    "web": ["parley.sync.api"],
    "messenger": ["parley.p2p.errors", "keyring", "confusable_homoglyphs", "segno"],
}


def test_every_contract_can_break(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room, modules in VIOLATIONS.items():
        lines = [f"import {module}\n" for module in modules]
        (tmp_path / "app" / "parley" / room / "violation.py").write_text("".join(lines))
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache", "--config", "pyproject.toml"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "app"), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    broken = set(re.findall(r"^(.*) BROKEN\b.*$", done.stdout, re.MULTILINE))
    assert broken == {contract["name"] for contract in contracts}
