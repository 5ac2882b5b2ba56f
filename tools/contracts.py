"""Compile `contracts/` with the locked solc, and gather ENS's own artifacts, into `contracts/artifacts`.

    .venv/bin/python tools/contracts.py

Each `<Contract>.json` there holds `abi`, `bytecode` (creation code, hex) and `deployed` (run-time code, hex),
and nothing else: neither addresses nor times, so that the same sources give the same bytes everywhere. The
compiler is npm's solc, compiled to WebAssembly, of the version in `tools/assets/package-lock.json`; it runs in
a temporary folder. Run time needs neither npm nor a compiler.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import assets

ROOT = assets.ROOT
SOURCES = ROOT / "contracts"
ARTIFACTS = "contracts/artifacts"
SOLC_TIMEOUT_S = 300

# As little freedom as possible: the metadata hash would put a fingerprint of every comment into the code.
SETTINGS = {
    "optimizer": {"enabled": True, "runs": 200},
    "evmVersion": "prague",
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
}
OUTPUTS = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]

# The only package whose sources ours may import, and how such an import looks.
IMPORTED = "@openzeppelin/contracts/"
_IMPORT = re.compile(r'^import\s[^"]*"([^"]+)";', re.MULTILINE)

# The development chain runs ENS's own contracts, as their authors compiled them.
PREBUILT = {
    "ENSRegistry": "@ensdomains/ens/build/contracts/ENSRegistry.json",
    "ReverseRegistrar": "@ensdomains/ens/build/contracts/ReverseRegistrar.json",
    "PublicResolver": "@ensdomains/resolver/build/contracts/PublicResolver.json",
    "DefaultReverseResolver": "@ensdomains/resolver/build/contracts/DefaultReverseResolver.json",
}
LICENCES = {
    "ens.LICENSE.txt": "@ensdomains/ens/LICENSE",
    "resolver.LICENSE.txt": "@ensdomains/resolver/LICENSE",
}
# OpenZeppelin's package comes without the text that has to go with what is compiled from it.
OWN_LICENCES = ("openzeppelin.LICENSE.txt",)


def inputs_hash(sources: Path = SOURCES, lock_directory: Path = assets.LOCK_DIRECTORY) -> str:
    """SHA-256 (hex) of everything the output depends on: the lock, this file, and each source with its name."""
    digest = hashlib.sha256(assets.inputs_hash(lock_directory).encode())
    for path in [Path(__file__), *sorted(sources.glob("*.sol")), *sorted(sources.glob("*.txt"))]:
        data = path.name.encode() + b"\0" + path.read_bytes()
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def build(root: Path = ROOT, lock_directory: Path = assets.LOCK_DIRECTORY) -> bool:
    """Bring `contracts/artifacts` under `root` up to date from its `contracts/`; whether it had to be made.

    Raises AssetsError when npm fails or a contract does not compile, warnings included.
    """
    if not any((root / "contracts").glob("*.sol")):
        return False
    destination = root / ARTIFACTS
    inputs = inputs_hash(root / "contracts", lock_directory)
    if assets.is_current(destination, inputs):
        return False
    command, environment = assets.find_npm()
    with tempfile.TemporaryDirectory(prefix="parley-contracts-") as work:
        for name in assets.LOCK_FILES:
            shutil.copyfile(lock_directory / name, Path(work) / name)
        assets.install(command, environment, Path(work))
        modules = Path(work) / "node_modules"
        files = _compiled(modules, environment, root / "contracts") | _prebuilt(modules)
        files |= {name: (root / "contracts" / name).read_bytes() for name in OWN_LICENCES}
    if destination.exists():
        shutil.rmtree(destination)
    destination.mkdir(parents=True)
    for name, data in files.items():
        (destination / name).write_bytes(data)
    # Last, so that a half-made folder is never current.
    manifest = {"inputs": inputs, "files": {n: hashlib.sha256(d).hexdigest() for n, d in files.items()}}
    (destination / assets.MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")
    return True


def _compiled(modules: Path, environment: dict[str, str], sources: Path) -> dict[str, bytes]:
    """Every contract of every source, by file name; interfaces and abstract ones have no code and are left out."""
    own = {path.name: path.read_text("utf-8") for path in sorted(sources.glob("*.sol"))}
    every = own | _imported(own, modules)
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in every.items()},
        "settings": SETTINGS | {"outputSelection": {name: {"*": OUTPUTS} for name in own}},
    }
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        raise assets.AssetsError("There is no node on this machine and none in .venv. Run: make setup")
    try:
        # solc.js ends before a pipe has taken all of a long answer, and does not wait for one that brings a long
        # question (EAGAIN), so both are files.
        with (
            tempfile.TemporaryFile("w+", encoding="utf-8") as question,
            tempfile.TemporaryFile("w+", encoding="utf-8") as answer,
        ):
            json.dump(request, question)
            question.seek(0)
            subprocess.run(
                [node, str(modules / "solc" / "solc.js"), "--standard-json"],
                stdin=question,
                stdout=answer,
                stderr=subprocess.PIPE,
                text=True,
                env=environment,
                timeout=SOLC_TIMEOUT_S,
                check=True,
            )
            answer.seek(0)
            text = answer.read()
        # solc.js may say something about the terminal first.
        output = json.loads(text[text.index("{") :])
    except (subprocess.SubprocessError, ValueError) as error:
        raise assets.AssetsError(f"solc did not run: {error}") from error
    complaints = [each["formattedMessage"] for each in output.get("errors", ())]
    if complaints:
        raise assets.AssetsError("The contracts do not compile.\n" + "\n".join(complaints))
    return {
        f"{name}.json": _artifact(
            contract["abi"],
            contract["evm"]["bytecode"]["object"],
            contract["evm"]["deployedBytecode"]["object"],
        )
        for source in own
        for name, contract in output["contracts"].get(source, {}).items()
        if contract["evm"]["bytecode"]["object"]
    }


def _imported(own: dict[str, str], modules: Path) -> dict[str, str]:
    """The sources that ours import from npm's packages, and what those import, by the name that solc has for them."""
    found: dict[str, str] = {}
    wanted = [name for text in own.values() for name in _IMPORT.findall(text) if name not in own]
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        # No other package, and nothing outside of it, whatever an import says.
        if not name.startswith(IMPORTED) or ".." in name or not (modules / name).is_file():
            raise assets.AssetsError(f"A contract imports {name}, which is not in {IMPORTED}.")
        found[name] = (modules / name).read_text("utf-8")
        wanted += [
            posixpath.normpath(posixpath.join(posixpath.dirname(name), each))
            if each.startswith(".")
            else each
            for each in _IMPORT.findall(found[name])
        ]
    return found


def _prebuilt(modules: Path) -> dict[str, bytes]:
    files = {}
    for name, source in PREBUILT.items():
        built = json.loads((modules / source).read_text("utf-8"))
        files[f"{name}.json"] = _artifact(built["abi"], built["bytecode"], built["deployedBytecode"])
    for name, source in LICENCES.items():
        files[name] = (modules / source).read_bytes()
    return files


def _artifact(abi: Any, bytecode: str, deployed: str) -> bytes:
    plain = {
        "abi": abi,
        "bytecode": bytecode.removeprefix("0x"),
        "deployed": deployed.removeprefix("0x"),
    }
    return (json.dumps(plain, sort_keys=True, separators=(",", ":")) + "\n").encode()


def main() -> int:
    """Command line: quiet when there is nothing to do."""
    try:
        made = build()
    except assets.AssetsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: the contracts' artifacts could not be written: {error}", file=sys.stderr)
        return 1
    if made:
        print(f"  made {ARTIFACTS}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
