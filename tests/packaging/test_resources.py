"""Where templates and static files are found, and what is said when fetched files are not there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from parley import resources

ROOT = Path(__file__).resolve().parents[2]


def test_a_checkout_uses_its_own_folders() -> None:
    assert resources.templates_directory() == ROOT / "templates"
    assert resources.static_directory() == ROOT / "static"


def test_packaged_folders_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "static").mkdir()
    monkeypatch.setattr(resources, "_PACKAGED", tmp_path)
    assert resources.static_directory() == tmp_path / "static"
    assert resources.templates_directory() == tmp_path / "templates"


def test_what_set_up_fetched_is_complete() -> None:
    resources.check_assets()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "static/vendor", tmp_path / "vendor")
    resources.check_assets(tmp_path)
    (tmp_path / "vendor" / "htmx.min.js").unlink()
    with pytest.raises(resources.AssetsMissingError) as caught:
        resources.check_assets(tmp_path)
    assert caught.value.missing == ("vendor/htmx.min.js",)
    assert caught.value.directory == tmp_path


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"files": 5}'])
def test_a_missing_or_odd_manifest_is_named(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "vendor").mkdir()
    if content is not None:
        (tmp_path / resources.MANIFEST).write_text(content)
    with pytest.raises(resources.AssetsMissingError) as caught:
        resources.check_assets(tmp_path)
    assert caught.value.missing == (resources.MANIFEST,)
