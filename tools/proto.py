"""Generate the Protocol Buffers modules next to their .proto files: what `make proto` runs.

    .venv/bin/python tools/proto.py [SOURCE_ROOT OUTPUT_ROOT]

The generated files are committed, so that nobody needs the generator to run Parley; a test holds them to
their sources with the generator versions of the lock.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def sources(source_root: Path) -> list[Path]:
    """Every .proto below the source root, relative to it, sorted."""
    return sorted(path.relative_to(source_root) for path in source_root.rglob("*.proto"))


def generate(source_root: Path, output_root: Path) -> list[Path]:
    """Write `*_pb2.py` and `*_pb2.pyi` for every source; returns the sources.

    Raises CalledProcessError when a source does not compile.
    """
    found = sources(source_root)
    if not found:
        return []
    scripts = str(Path(sys.executable).parent)  # Where protoc-gen-mypy is.
    environment = os.environ | {"PATH": scripts + os.pathsep + os.environ.get("PATH", "")}
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{source_root}"]
    command += [f"--python_out={output_root}", f"--mypy_out=quiet:{output_root}"]
    subprocess.run([*command, *(str(source_root / path) for path in found)], env=environment, check=True)
    return found


def main() -> int:
    """Command line: the checkout's own sources, unless two folders are given."""
    folders = [Path(argument) for argument in sys.argv[1:3]]
    source_root, output_root = folders if len(folders) == 2 else (ROOT / "app", ROOT / "app")
    for path in generate(source_root, output_root):
        print(f"  generated from {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
