"""The committed Protocol Buffers modules are what their sources give."""

from __future__ import annotations

from pathlib import Path

import proto

APP = Path(__file__).resolve().parents[2] / "app"


def test_generated_modules_are_current(tmp_path: Path) -> None:
    generated_from = proto.generate(APP, tmp_path)
    assert generated_from
    generated = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*_pb2.py*")}
    assert len(generated) == 2 * len(generated_from)
    differing = [
        str(name)
        for name, content in generated.items()
        if not (APP / name).is_file() or (APP / name).read_bytes() != content
    ]
    assert differing == [], "run make proto"


def test_no_generated_module_outlives_its_source() -> None:
    sources = {path.with_suffix("") for path in proto.sources(APP)}
    kept = {path.relative_to(APP) for path in APP.rglob("*_pb2.py")}
    assert {path.with_name(path.stem.removesuffix("_pb2")) for path in kept} == sources
