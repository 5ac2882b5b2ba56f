"""tools/setup.py, run for real on a small project: its packages come from a folder, so no network is needed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

import setup

ROOT = Path(__file__).resolve().parents[2]

# A build backend in the project itself: what `pip install --editable` asks of hatchling, in a few lines.
BACKEND = """
import zipfile
from pathlib import Path

METADATA = "Metadata-Version: 2.1\\nName: house\\nVersion: 1.0\\n"
WHEEL = "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"

def get_requires_for_build_editable(config_settings=None):
    return []

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    name = "house-1.0-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / name, "w") as wheel:
        wheel.writestr("house.pth", str(Path.cwd() / "app"))
        wheel.writestr("house-1.0.dist-info/METADATA", METADATA)
        wheel.writestr("house-1.0.dist-info/WHEEL", WHEEL)
        wheel.writestr("house-1.0.dist-info/RECORD", "")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "house"
version = "1.0"
[tool.hatch]
"""


def _make_wheel(folder: Path, name: str) -> str:
    """Write a wheel with one module into the folder; its lock entry."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-1.0-py3-none-any.whl"
    files = {
        f"{name}.py": "",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{name}-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
            record += f"{file},sha256={digest},{len(text)}\n"
        wheel.writestr(f"{name}-1.0.dist-info/RECORD", record)
    return f"{name}==1.0 \\\n    --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout with Parley's own tools, a package of its own, and two locked ones in a folder beside it."""
    root = tmp_path / "house"
    (root / "app").mkdir(parents=True)
    (root / "app" / "house.py").write_text("")
    (root / "backend.py").write_text(BACKEND)
    (root / "pyproject.toml").write_text(PYPROJECT)
    shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    for vendor in ("static/vendor", "tests/browser/vendor"):
        shutil.copytree(ROOT / vendor, root / vendor)
    (root / "requirements-build.lock").write_text(_make_wheel(tmp_path / "wheels", "brick"))
    (root / "requirements-dev.lock").write_text(_make_wheel(tmp_path / "wheels", "mortar"))
    return root


@pytest.fixture(scope="module")
def bare_environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .venv with nothing in it but pip; copied, since making one takes seconds."""
    environment = tmp_path_factory.mktemp("bare") / ".venv"
    venv.EnvBuilder(with_pip=True, symlinks=True).create(environment)
    return environment


@pytest.fixture
def begun_house(house: Path, bare_environment: Path) -> Path:
    """A checkout whose set-up was interrupted once .venv had been made."""
    shutil.copytree(bare_environment, house / ".venv", symlinks=True)
    return house


def _run(root: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(root.parent / "wheels")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PYTHONPATH": ""}
    command = [sys.executable, str(root / "tools" / "setup.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def _imports(root: Path, *modules: str) -> bool:
    command = [str(root / ".venv/bin/python"), "-c", f"import {', '.join(modules)}"]
    return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0


def test_from_nothing_then_nothing_then_what_changed(house: Path) -> None:
    first = _run(house)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Making .venv" in first.stdout
    assert first.stdout.splitlines()[-1].startswith("Ready after")
    assert _imports(house, "brick", "mortar", "house")

    assert _run(house).stdout == ""

    more = (house / "requirements-dev.lock").read_text() + _make_wheel(house.parent / "wheels", "roof")
    (house / "requirements-dev.lock").write_text(more)
    changed = _run(house)
    assert changed.stdout.splitlines()[0] == "Installing 2 packages from requirements-dev.lock"
    assert "requirements-build.lock" not in changed.stdout
    assert _imports(house, "roof")

    # Lint settings are no reason to install anything again; another version of the project is one.
    (house / "pyproject.toml").write_text(PYPROJECT + "[tool.ruff]\n")
    assert _run(house).stdout == ""
    (house / "pyproject.toml").write_text(PYPROJECT.replace("1.0", "1.1"))
    assert _run(house).stdout.splitlines()[0] == "Installing Parley from this folder"

    # An environment whose Python has gone is made again.
    (house / ".venv/bin/python").unlink()
    again = _run(house)
    assert again.returncode == 0
    assert "Making .venv" in again.stdout
    assert _imports(house, "brick", "mortar", "roof", "house")


def test_a_package_with_another_hash_is_refused_and_the_next_run_goes_on(begun_house: Path) -> None:
    lock = begun_house / "requirements-dev.lock"
    right = lock.read_text()
    lock.write_text(right[:-2] + ("0" if right[-2] != "0" else "1") + "\n")
    refused = _run(begun_house)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: A package is not the one in the lock: its hash differs.")
    assert not _imports(begun_house, "mortar")
    assert json.loads((begun_house / ".venv" / setup.STAMP).read_text()).keys() == {"build"}

    lock.write_text(right)
    fixed = _run(begun_house)
    assert fixed.returncode == 0
    assert fixed.stdout.splitlines()[0] == "Installing 1 packages from requirements-dev.lock"


def test_a_package_without_a_hash_is_refused(begun_house: Path) -> None:
    (begun_house / "requirements-dev.lock").write_text("mortar==1.0\n")
    refused = _run(begun_house)
    assert refused.returncode == 1
    assert not _imports(begun_house, "mortar")


def test_missing_assets_are_an_error(begun_house: Path) -> None:
    (begun_house / "tools/assets/package-lock.json").unlink()
    failed = _run(begun_house)
    assert failed.returncode == 1
    assert "The files that the pages load are missing" in failed.stderr


def _main_says(capsys: pytest.CaptureFixture[str]) -> str:
    assert setup.main() == 1
    return capsys.readouterr().err


def test_a_python_too_old_or_too_new_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert "needs Python 3.11 to 3.13; this is 3.10" in _main_says(capsys)
    monkeypatch.setattr(sys, "version_info", (3, 14, 0, "final", 0))
    assert "this is 3.14" in _main_says(capsys)


def test_another_python_on_path_takes_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A shim without a version behind it comes first and is passed over.
    (tmp_path / "python3.13").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.12").write_text('#!/bin/sh\n[ "$1" = -c ] || exit 42\n')
    for path in tmp_path.iterdir():
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert setup.main() == 42


def test_a_python_without_pip_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "apt install python3-venv" in _main_says(capsys)


def test_a_disk_without_room_is_named_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "NEEDED_MIB", 2**40)
    assert "MiB free" in _main_says(capsys)
    assert list(tmp_path.iterdir()) == []


def test_an_unreachable_registry_is_named() -> None:
    # pip itself, asking a port nobody listens on.
    command = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "download"]
    command += [
        "--retries",
        "1",
        "--no-cache-dir",
        "--index-url",
        "http" + "://127.0.0.1:9/simple",
        "nowhere",
    ]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False
    )
    assert setup.explain_pip(done.stdout).startswith("The package registry cannot be reached.")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "The disk is full."),
        ("ERROR: Failed building wheel for fastecdsa", "A package has no ready-made wheel"),
        ("ERROR: No matching distribution found for apsw==1", "A package of the lock is not offered"),
        ("ERROR: something else", "pip failed."),
    ],
)
def test_what_pip_says_becomes_a_sentence_with_its_words_below(output: str, sentence: str) -> None:
    explained = setup.explain_pip("WARNING: noise\n" + output)
    assert explained.startswith(sentence)
    assert output in explained
    assert "noise" not in explained
