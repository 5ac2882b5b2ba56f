"""Write the lock files anew from pyproject.toml and tools/assets/package.json: what `make lock` runs.

    .venv/bin/python tools/lock.py [--upgrade]

Without `--upgrade` a version already locked stays while it satisfies pyproject.toml. Each Python lock
begins with the hash of the tables it was made from, so that a test can tell without a network that the two
are in step. No lock holds an address: where packages come from is the machine's setting.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

from assets import LOCK_DIRECTORY, AssetsError, find_npm

ROOT = Path(__file__).resolve().parent.parent
INPUTS_LINE = "# inputs: sha256:"

# In the order they are made: what builds, everything, and of everything the part that runs. Each is held to
# the versions of the one before, so that the three agree.
LOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("requirements-build.lock", ("--group", "pyproject.toml:build")),
    ("requirements-dev.lock", ("pyproject.toml", "--all-extras", "-c", "requirements-build.lock")),
    ("requirements.lock", ("pyproject.toml", "-c", "requirements-dev.lock")),
)


def inputs_hash(pyproject: Path = ROOT / "pyproject.toml") -> str:
    """SHA-256 (hex) of the tables of pyproject.toml that decide what is locked."""
    tables = tomllib.loads(pyproject.read_text("utf-8"))
    project = tables["project"]
    inputs = {
        "build-system": tables["build-system"]["requires"],
        "dependencies": project["dependencies"],
        "extras": project.get("optional-dependencies", {}),
        "groups": tables.get("dependency-groups", {}),
        "python": project["requires-python"],
        "uv": tables.get("tool", {}).get("uv", {}),
    }
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()


def compile_lock(name: str, arguments: tuple[str, ...], *, upgrade: bool) -> None:
    """Have uv resolve one lock for every supported Python and system; raises CalledProcessError."""
    command = [sys.executable, "-m", "uv", "pip", "compile", *arguments, "--universal", "--generate-hashes"]
    command += ["--no-emit-index-url", "--no-emit-find-links", "--custom-compile-command", "make lock"]
    command += ["--python-version", "3.11", "--quiet", "--output-file", name]
    subprocess.run([*command, "--upgrade"] if upgrade else command, cwd=ROOT, check=True)
    path = ROOT / name
    path.write_text(f"{INPUTS_LINE}{inputs_hash()}\n{path.read_text('utf-8')}", "utf-8")


def lock_assets(*, upgrade: bool) -> None:
    """Have npm write package-lock.json; raises AssetsError without npm, CalledProcessError if it fails."""
    command, environment = find_npm()
    options = ["--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"]
    verb = "update" if upgrade else "install"
    subprocess.run([*command, verb, *options], cwd=LOCK_DIRECTORY, env=environment, check=True)
    # npm copies where a package asks for money, and no lock holds an address.
    path = LOCK_DIRECTORY / "package-lock.json"
    lock = json.loads(path.read_text("utf-8"))
    for package in lock["packages"].values():
        package.pop("funding", None)
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n", "utf-8")


def main() -> int:
    """Command line."""
    upgrade = "--upgrade" in sys.argv[1:]
    try:
        for name, arguments in LOCKS:
            compile_lock(name, arguments, upgrade=upgrade)
            print(f"  wrote {name}")
        lock_assets(upgrade=upgrade)
        print("  wrote tools/assets/package-lock.json")
    except (AssetsError, subprocess.CalledProcessError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
