"""Every package that `make setup` installs, on this machine already: for figures that are nobody's network's.

pip keeps only what it was sent over HTTP with leave to keep it, so its own cache may hold nothing, say behind a
mirror or with packages in a folder. Here they are downloaded once into a folder of the run's own, and one whole
set-up fills the rest: the wheels that are built, and npm's cache. From then on both registries are out of bounds, so
that a package which was not there would fail the run rather than be fetched.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LOCKS = ("requirements-build.lock", "requirements-dev.lock")
_PIP = (sys.executable, "-m", "pip", "--quiet", "--quiet", "--disable-pip-version-check")
_DOWNLOAD = (*_PIP, "download", "--no-deps", "--require-hashes", "--no-build-isolation")


def fill(folder: Path, checkout: Path) -> Mapping[str, str]:
    """Download all of them, and set a checkout up with them; gives the environment in which nothing else is needed.

    Args:
        folder: empty; it is to stay while the environment is used.
        checkout: a fresh clone, whose `.venv` may be thrown away afterwards.

    Raises:
        subprocess.CalledProcessError: a registry could not be reached, or the set-up failed.
    """
    wheels, built, npm = folder / "wheels", folder / "pip", folder / "npm"
    for lock in LOCKS:
        subprocess.run(
            [*_DOWNLOAD, "--dest", str(wheels), "-r", str(checkout / lock)],
            check=True,
            stdout=subprocess.DEVNULL,
        )
    environment = dict(os.environ)
    # Neither an index nor a folder that this machine's pip is set up for takes part.
    for name in ("PIP_NO_CACHE_DIR", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        environment.pop(name, None)
    environment |= {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "PIP_CACHE_DIR": str(built),
        "npm_config_cache": str(npm),
    }
    set_up(checkout, environment)
    return environment | {"npm_config_offline": "true"}


def set_up(checkout: Path, environment: Mapping[str, str]) -> None:
    """Run `make setup` in a checkout. Raises subprocess.CalledProcessError."""
    subprocess.run(["make", "setup"], cwd=checkout, env=environment, check=True, stdout=subprocess.DEVNULL)
