"""The contracts compile to the same bytes every time, and the checkout's artifacts are of its own sources."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

import assets
import contracts


def _build(root: Path) -> bool:
    try:
        return contracts.build(root)
    except assets.AssetsError as error:
        if "cannot be reached" in str(error) and not os.environ.get("CI"):
            pytest.skip("no network: the npm registry cannot be reached")
        raise


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with sources and no artifacts."""
    shutil.copytree(contracts.SOURCES, tmp_path / "contracts", ignore=shutil.ignore_patterns("artifacts"))
    return tmp_path


def test_what_the_checkout_has_is_current() -> None:
    assert assets.is_current(contracts.ROOT / contracts.ARTIFACTS, contracts.inputs_hash()), "run make setup"


def test_building_again_gives_the_same_bytes(checkout: Path) -> None:
    assert _build(checkout)
    built = {path.name: path.read_bytes() for path in (checkout / contracts.ARTIFACTS).iterdir()}
    kept = {path.name: path.read_bytes() for path in (contracts.ROOT / contracts.ARTIFACTS).iterdir()}
    assert built == kept
    assert not contracts.build(checkout), "a second build has nothing to do"


def test_a_changed_source_is_built_again(checkout: Path) -> None:
    before = contracts.inputs_hash(checkout / "contracts")
    source = checkout / "contracts" / "SmartWallet.sol"
    source.write_text(source.read_text("utf-8").replace("owner only", "nobody else"), "utf-8")
    assert contracts.inputs_hash(checkout / "contracts") != before


def test_a_contract_that_does_not_compile_leaves_nothing(checkout: Path) -> None:
    (checkout / "contracts" / "Broken.sol").write_text(
        "// SPDX-License-Identifier: MIT\npragma solidity ^0.8.28;\ncontract Broken { nothing }\n"
    )
    with pytest.raises(assets.AssetsError, match=r"Broken\.sol"):
        _build(checkout)
    assert not (checkout / contracts.ARTIFACTS).exists()


@pytest.mark.parametrize(
    "name",
    [
        "htmx.org/dist/htmx.js",
        "@openzeppelin/contracts/../../../../etc/passwd",
        "@openzeppelin/contracts/token/Nothing.sol",
    ],
)
def test_a_contract_imports_from_openzeppelin_alone(tmp_path: Path, name: str) -> None:
    with pytest.raises(assets.AssetsError, match="which is not in @openzeppelin/contracts/"):
        contracts._imported({"Own.sol": f'import {{A}} from "{name}";\n'}, tmp_path)


def test_what_is_imported_goes_along_with_what_that_imports(tmp_path: Path) -> None:
    folder = tmp_path / "@openzeppelin" / "contracts" / "token"
    folder.mkdir(parents=True)
    (folder / "A.sol").write_text('import {\n    B\n} from "../B.sol";\nimport "./A.sol";\n')
    (folder.parent / "B.sol").write_text("contract B {}\n")
    own = {"Own.sol": 'import {A} from "@openzeppelin/contracts/token/A.sol";\n'}
    assert set(contracts._imported(own, tmp_path)) == {
        "@openzeppelin/contracts/token/A.sol",
        "@openzeppelin/contracts/B.sol",
    }


def test_artifacts_hold_code_and_nothing_of_this_machine() -> None:
    for path in (contracts.ROOT / contracts.ARTIFACTS).glob("*.json"):
        if path.name == assets.MANIFEST:
            continue
        artifact = json.loads(path.read_text("utf-8"))
        assert set(artifact) == {"abi", "bytecode", "deployed"}
        assert bytes.fromhex(artifact["bytecode"])
