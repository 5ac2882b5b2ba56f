"""Everything Parley needs, into .venv, from nothing but Python: what `make setup` runs.

    python3 tools/setup.py

For machines without make, npm or a compiler. It makes .venv, installs what builds packages from its own
lock, then everything else by hash from the lock, then Parley itself from this folder, and last the files
the pages load. Each of these steps is remembered with the hash of its inputs in .venv/parley-setup.json and
left out while they stay the same, so that every other make target can call this first. A package that a
lock no longer names stays until `make clean`.

This file also runs on Pythons too old for Parley, to say so; it uses nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parent.parent
OLDEST, NEWEST = (3, 11), (3, 13)
NEEDED_MIB = 1500  # .venv with pip's cache, measured at 1,170 MiB on Linux.
STAMP = "parley-setup.json"

NETWORK_SIGNS = (
    "NewConnectionError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "Max retries exceeded",
    "Read timed out",
    "Connection refused",
    "ConnectTimeoutError",
    "ProxyError",
)


class SetupError(Exception):
    """The set-up cannot go on; the message is what the person reads."""


def main() -> int:
    """Run the steps that are due; 0, or 1 with a sentence on the error stream."""
    started = time.monotonic()
    try:
        if not OLDEST <= sys.version_info[:2] <= NEWEST:
            return _start_again_with(_find_python())
        did_something = _set_up()
    except SetupError as error:
        print("error: " + str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next run goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        print("error: " + _explain_os_error(error), file=sys.stderr)
        return 1
    if did_something:
        print(f"Ready after {time.monotonic() - started:.0f} s.", flush=True)
    return 0


def _set_up() -> bool:
    """The steps, in order; whether any was due."""
    environment = ROOT / ".venv"
    done = _read_stamp(environment)
    did_something = False
    if not _is_usable(environment):
        _say(f"Making .venv with Python {_dotted(sys.version_info[:3])}")
        _make_environment(environment)
        done = {}
        did_something = True
    for name, inputs, run in _steps(environment):
        if done.get(name) == inputs:
            continue
        # Forgotten first: a step that is interrupted counts as never done.
        done.pop(name, None)
        _write_stamp(environment, done)
        run()
        done[name] = inputs
        _write_stamp(environment, done)
        did_something = True
    assets = subprocess.run([str(_python(environment)), str(ROOT / "tools" / "assets.py")], check=False)
    if assets.returncode != 0:
        raise SetupError("The files that the pages load are missing; the reason stands above.")
    return did_something


def _steps(environment: Path) -> list[tuple[str, str, Callable[[], None]]]:
    """Name, hash of the inputs and action of each step that pip does."""
    build, everything = ROOT / "requirements-build.lock", ROOT / "requirements-dev.lock"
    return [
        ("build", _hash(build.read_bytes()), lambda: _install_lock(environment, build)),
        ("packages", _hash(everything.read_bytes()), lambda: _install_packages(environment, everything)),
        ("parley", _project_hash(), lambda: _install_project(environment)),
    ]


def _install_lock(environment: Path, lock: Path) -> None:
    """Install one lock by hash. What is built from source uses the build lock's packages alone."""
    total = sum(1 for line in lock.read_text("utf-8").splitlines() if "==" in line and line[0].isalnum())
    _say(f"Installing {total} packages from {lock.name}")
    options = ["--no-deps", "--require-hashes", "--no-build-isolation", "-r", str(lock)]
    _pip(environment, options, total)


def _install_packages(environment: Path, lock: Path) -> None:
    _install_lock(environment, lock)
    # trio-typing, which libp2p needs, brings stubs of an older trio; mypy would believe them rather than trio itself.
    for stubs in environment.rglob("site-packages/trio-stubs"):
        shutil.rmtree(stubs)


def _install_project(environment: Path) -> None:
    _say("Installing Parley from this folder")
    _pip(environment, ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)], 1)


def _pip(environment: Path, arguments: list[str], total: int) -> None:
    """Run `pip install`, counting packages where someone watches; raises SetupError when it fails."""
    command = [str(_python(environment)), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    # Python compiles what it imports, when it does: compiling everything here takes 10 s more.
    command += ["--progress-bar", "off", "--no-compile", *arguments]
    # Without the buffering the count below would come in bursts.
    variables = dict(os.environ, PYTHONUNBUFFERED="1")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables, universal_newlines=True
    )
    lines, seen, watched = [], 0, sys.stdout.isatty()
    try:
        for line in process.stdout or ():
            lines.append(line.rstrip())
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                seen += 1
                if watched:
                    print(f"\r  {min(seen, total)} of {total}", end="", flush=True)
    finally:
        if process.poll() is None and sys.exc_info()[0] is not None:
            process.terminate()
        process.wait()
        if watched and seen:
            print("\r" + " " * 24 + "\r", end="", flush=True)
    if process.returncode != 0:
        raise SetupError(explain_pip("\n".join(lines)))


def explain_pip(output: str) -> str:
    """A sentence for what pip printed, with its last lines below it."""
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith("WARNING")]
    last = "\n".join("    " + line for line in lines[-15:])
    if "No space left on device" in output:
        sentence = f"The disk is full. Parley's .venv needs about {NEEDED_MIB} MiB."
    elif "DO NOT MATCH THE HASHES" in output:
        sentence = (
            "A package is not the one in the lock: its hash differs. Nothing was installed. "
            "Find out whether the registry or the lock changed before going on."
        )
    elif any(sign in output for sign in NETWORK_SIGNS):
        sentence = "The package registry cannot be reached. Check the network, then run this again."
    elif "No matching distribution found" in output:
        sentence = "A package of the lock is not offered for this system or this Python; pip names it below."
    elif "Failed building wheel" in output or "Failed to build" in output:
        sentence = (
            "A package has no ready-made wheel for this system and Python, and could not be built here. "
            f"Another Python from {_dotted(OLDEST)} to {_dotted(NEWEST)}, or a C compiler, helps."
        )
    else:
        sentence = "pip failed."
    return sentence + "\n" + last


def _make_environment(environment: Path) -> None:
    """Make .venv anew, with pip in it; raises SetupError naming the missing system package."""
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        raise SetupError(
            "This Python lacks the venv module or its pip. On Debian and Ubuntu: apt install python3-venv"
        ) from None
    free = shutil.disk_usage(str(ROOT)).free // 2**20
    if free < NEEDED_MIB:
        raise SetupError(f"The disk has {free} MiB free; .venv needs about {NEEDED_MIB}.")
    try:
        venv.EnvBuilder(with_pip=True, clear=True, symlinks=os.name != "nt").create(str(environment))
    except subprocess.CalledProcessError as error:
        raise SetupError(f"pip could not be put into .venv: {error}") from error


def _is_usable(environment: Path) -> bool:
    """Whether .venv has a Python of a supported version that is still there, without starting it."""
    try:
        text = (environment / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return False
    values = dict(line.split(" = ", 1) for line in text.splitlines() if " = " in line)
    version = tuple(int(part) for part in values.get("version", "0.0").split(".")[:2])
    return OLDEST <= version <= NEWEST and _python(environment).exists()


def _python(environment: Path) -> Path:
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _find_python() -> str:
    """The newest supported Python on PATH; raises SetupError when there is none."""
    if os.environ.get("PARLEY_SETUP_PYTHON") == sys.executable:
        raise SetupError("The Python found for Parley started another one.")
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        # A shim can be on PATH without the version behind it, so it is asked.
        if not found:
            continue
        if subprocess.run([found, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode == 0:
            return found
    raise SetupError(
        f"Parley needs Python {_dotted(OLDEST)} to {_dotted(NEWEST)}; "
        f"this is {_dotted(sys.version_info[:2])}, and PATH has no other."
    )


def _start_again_with(python: str) -> int:
    variables = dict(os.environ, PARLEY_SETUP_PYTHON=python)
    return subprocess.run([python, str(Path(__file__).resolve())], env=variables, check=False).returncode


def _project_hash() -> str:
    """Hash of what an editable install depends on in pyproject.toml, which lint settings are not."""
    import tomllib

    tables = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    kept = [tables["build-system"], tables["project"], tables["tool"]["hatch"], str(ROOT)]
    return _hash(json.dumps(kept, sort_keys=True).encode())


def _read_stamp(environment: Path) -> dict[str, str]:
    try:
        stamp = json.loads((environment / STAMP).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _write_stamp(environment: Path, done: dict[str, str]) -> None:
    (environment / STAMP).write_text(json.dumps(done, indent=2) + "\n", "utf-8")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _dotted(version: Sequence[int]) -> str:
    return ".".join(str(part) for part in version)


def _explain_os_error(error: OSError) -> str:
    if error.errno == 28:  # ENOSPC
        return f"The disk is full. Parley's .venv needs about {NEEDED_MIB} MiB."
    return "{}: {}".format(error.strerror or error, error.filename or "")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
