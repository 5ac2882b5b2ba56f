"""Hatch build hook: pack the templates and the static files into the wheel, and say so when they are
missing.

It fetches nothing. What the pages load is made by tools/assets.py beforehand; a build that ran without it
would give a wheel whose pages do nothing, so it stops instead. An editable install needs none of it: it
runs on the checkout's folders (parley.resources).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGED = "parley/_packaged"
VENDOR = "static/vendor"
ARTIFACTS = "contracts/artifacts"


class PackPages(BuildHookInterface[Any]):
    """Found by hatch because pyproject.toml names this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a build; `version` is "editable" for `pip install -e`, else "standard"."""
        if version == "editable":
            return
        root = Path(self.root)
        missing = missing_assets(root)
        if missing:
            self.app.abort(
                f"The pages' files are missing ({', '.join(missing)}): run make setup, then build."
            )
        if self.target_name == "wheel":
            for folder in ("templates", "static"):
                build_data["force_include"][str(root / folder)] = f"{PACKAGED}/{folder}"
            build_data["force_include"][str(root / ARTIFACTS)] = f"{PACKAGED}/contracts"


def missing_assets(root: Path) -> list[str]:
    """What a wheel needs and the checkout lacks: folders, a manifest, or a file that one names."""
    missing = [folder for folder in ("templates", "static") if not (root / folder).is_dir()]
    for folder in (VENDOR, ARTIFACTS):
        try:
            names = list(json.loads((root / folder / "manifest.json").read_text("utf-8"))["files"])
        except (OSError, ValueError, KeyError, TypeError):
            missing.append(f"{folder}/manifest.json")
        else:
            missing += [f"{folder}/{name}" for name in names if not (root / folder / name).is_file()]
    return missing
