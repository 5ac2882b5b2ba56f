"""The lock files: in step with pyproject.toml, complete, and without an address."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

import lock

ROOT = Path(__file__).resolve().parents[2]
NAMES = [name for name, _ in lock.LOCKS]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def _pins(name: str) -> dict[str, Version]:
    found = re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    return {package: Version(version) for package, version in found}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize("name", NAMES)
def test_is_in_step_with_pyproject(name: str) -> None:
    first_line = (ROOT / name).read_text("utf-8").splitlines()[0]
    assert first_line == lock.INPUTS_LINE + lock.inputs_hash(), "run make lock"


@pytest.mark.parametrize(
    ("table", "changed"),
    [("project", {"dependencies": ["other"]}), ("tool", {"uv": {}}), ("dependency-groups", {"build": []})],
)
def test_the_stamp_notices_a_change(tmp_path: Path, table: str, changed: dict[str, Any]) -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    (tmp_path / "same.toml").write_text(text + "\n[tool.elsewhere]\nx = 1\n")
    assert lock.inputs_hash(tmp_path / "same.toml") == lock.inputs_hash()
    key, value = next(iter(changed.items()))
    if table == "tool":
        text = text.replace("override-dependencies = ", "override-dependencies-of-nobody = ")
    else:
        text = re.sub(rf"^{key} = \[.*?\]$", f"{key} = {json.dumps(value)}", text, flags=re.M | re.S)
    (tmp_path / "changed.toml").write_text(text)
    assert lock.inputs_hash(tmp_path / "changed.toml") != lock.inputs_hash()


@pytest.mark.parametrize(
    "name",
    [
        *NAMES,
        "tools/assets/package-lock.json",
        "tools/assets/package.json",
        "tests/browser/peers/headless_wallet/package-lock.json",
        "tests/browser/peers/headless_wallet/package.json",
    ],
)
def test_holds_no_address_and_no_path(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert "://" not in text
    assert '"resolved"' not in text
    assert not re.search(r"(^|[\s\"'])/\w", text), "a path of the machine that wrote it"
    assert not re.search(r"^\s*--(index|extra-index|find-links)", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_every_package_has_hashes(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(_pins(name))
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_the_locks_agree() -> None:
    build, everything, running = (_pins(name) for name in NAMES)
    assert running.items() <= everything.items()
    assert running.keys() < everything.keys()
    shared = build.keys() & everything.keys()
    assert {name: build[name] for name in shared} == {name: everything[name] for name in shared}


def test_the_locks_satisfy_what_pyproject_asks_for() -> None:
    build, everything, running = (_pins(name) for name in NAMES)
    project = PYPROJECT["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    asked = [(text, build) for text in PYPROJECT["dependency-groups"]["build"]]
    asked += [(text, running) for text in project["dependencies"]]
    asked += [(text, everything) for text in extras]
    for text, pins in asked:
        requirement = Requirement(text)
        version = pins[_normal(requirement.name)]
        assert requirement.specifier.contains(version, prereleases=True), f"{text}, but {version} is locked"


def test_the_build_lock_holds_what_builds_parley() -> None:
    assert {_normal(Requirement(text).name) for text in PYPROJECT["build-system"]["requires"]} <= _pins(
        "requirements-build.lock"
    ).keys()


def test_fastecdsa_is_a_release_that_has_wheels() -> None:
    assert _pins("requirements.lock")["fastecdsa"] >= Version("3")


@pytest.mark.parametrize(
    "folder", ["tools/assets", "bench/e2ee_peers", "tests/browser/peers/headless_wallet"]
)
def test_npm_packages_are_exact_and_have_integrity(folder: str) -> None:
    asked = json.loads((ROOT / folder / "package.json").read_text("utf-8"))["dependencies"]
    packages = json.loads((ROOT / folder / "package-lock.json").read_text("utf-8"))["packages"]
    assert packages[""]["dependencies"] == asked, "run make lock"
    locked = {path.removeprefix("node_modules/"): entry for path, entry in packages.items() if path}
    assert {name: locked[name]["version"] for name in asked} == asked
    assert all(entry["integrity"].startswith("sha512-") for entry in locked.values())
