"""Where templates, static files and contracts are: inside the installed package, or in the checkout.

A wheel carries all of them under `parley/_packaged/` (put there by tools/build_hook.py). An editable install runs on
the checkout's own folders, so that an edited template is seen by the next page.
"""

from __future__ import annotations

import json
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PACKAGED = _PACKAGE / "_packaged"
_CHECKOUT = _PACKAGE.parent.parent

MANIFEST = "vendor/manifest.json"


class AssetsMissingError(Exception):
    """The pages cannot work: files they load are not there.

    `directory` is where they were looked for, `missing` their names relative to it.
    """

    def __init__(self, directory: Path, missing: tuple[str, ...]) -> None:
        super().__init__(f"{len(missing)} files are missing in {directory}: {', '.join(missing)}")
        self.directory = directory
        self.missing = missing


def templates_directory() -> Path:
    """The folder of the Jinja2 templates."""
    return _directory("templates")


def static_directory() -> Path:
    """The folder that is served below /static/; `vendor/` in it is what tools/assets.py fetched."""
    return _directory("static")


def artifacts_directory() -> Path:
    """The folder of the compiled contracts, `<Contract>.json`; tools/contracts.py made it."""
    packaged = _PACKAGED / "contracts"
    return packaged if _PACKAGED.is_dir() else _CHECKOUT / "contracts" / "artifacts"


def check_assets(directory: Path | None = None) -> None:
    """Raise AssetsMissingError unless every file named in the vendor manifest is there.

    `directory` is a static folder; None stands for the one that pages are served from.
    """
    static = static_directory() if directory is None else directory
    try:
        names = list(json.loads((static / MANIFEST).read_text("utf-8"))["files"])
    except (OSError, ValueError, KeyError, TypeError):
        raise AssetsMissingError(static, (MANIFEST,)) from None
    missing = tuple(f"vendor/{name}" for name in names if not (static / "vendor" / name).is_file())
    if missing:
        raise AssetsMissingError(static, missing)


def _directory(name: str) -> Path:
    """The packaged folder where there is one, else the checkout's."""
    packaged = _PACKAGED / name
    return packaged if _PACKAGED.is_dir() else _CHECKOUT / name
