"""The specification says what the code does, and the room stays as small as it says."""

import ast
import inspect
import re
from pathlib import Path

import pytest

from parley.wallet import api, derivation, errors, keystore, mnemonic, model, transaction, unlocked, vault

ROOM = Path(api.__file__).parent
README = " ".join((ROOM / "README.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize(
    "sentence",
    [
        f"at most {mnemonic.MAX_TYPED_CHARACTERS} characters",
        f"up to {mnemonic.MAX_SUGGESTIONS} words that begin like it",
        f"picks {mnemonic.CHECKED_POSITIONS} different positions from {mnemonic.CHECK_ENTROPY_BYTES} bytes",
        f"account i, 0 to {derivation.MAX_INDEX}",
        f"`{derivation.ACCOUNT_PATH.format(index='i')}`",
        f"`{derivation.RECOVERY_PATH}`",
        f"at most {keystore.MAX_KEYSTORE_BYTES} bytes, UTF-8 JSON",
        f"128 n r at most {keystore.MAX_SCRYPT_MEMORY_BYTES} bytes",
        f"n r p at most {keystore.MAX_SCRYPT_WORK};",
        f"r and p at most {keystore.MAX_SCRYPT_FACTOR} ",
        f"at most {keystore.MAX_PBKDF2_ROUNDS} rounds",
        f"1 to {model.MAX_ACCOUNTS} accounts",
        f"a label of 1 to {model.MAX_LABEL_CHARACTERS} visible characters",
        f"vault = format 1 || nonce {vault.NONCE_BYTES} ||",
        f"XChaCha20-Poly1305(key {vault.VAULT_KEY_BYTES},",
        f"to a multiple of {vault.PAD_BYTES} ",
        f"The format is 0x{vault.FORMAT:02x}.",
        f"at most {vault.MAX_VAULT_BYTES}.",
        f"`data` at most {transaction.MAX_DATA_BYTES} bytes",
        f"at most {transaction.MAX_TYPED_DATA_DEPTH} deep, {transaction.MAX_TYPED_DATA_VALUES} values, "
        f"{transaction.MAX_TYPES} types",
        f"1 to {transaction.MAX_MESSAGE_BYTES} bytes of UTF-8",
        f"{unlocked.DEFAULT_IDLE_MS // 60_000} minutes after the last use",
        f"({unlocked.LEAST_IDLE_MS // 1000} s to {unlocked.MOST_IDLE_MS // 3_600_000} h)",
        f"{unlocked.MAX_UNLOCKED_MS // 3_600_000} hours after unlocking",
    ],
)
def test_each_number_is_the_codes(sentence: str) -> None:
    """Limits, sizes and paths."""
    assert sentence in README


def test_every_module_is_named() -> None:
    """No file without its line."""
    modules = {path.stem for path in ROOM.glob("*.py")} - {"__init__", "vault_pb2"}

    assert {module for module in modules if f"`{module}`" in README} == modules


def test_the_api_is_whole() -> None:
    """Everything listed is there, and every error can be caught by its name and by the room's root."""
    assert all(hasattr(api, name) for name in api.__all__)
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if kind.__module__ == errors.__name__:
            assert name in api.__all__
            assert kind.__doc__
            if issubclass(kind, Exception):
                assert name.endswith("Error")
                assert issubclass(kind, errors.WalletError)


def test_the_room_does_no_io() -> None:
    """No module of it imports what reads a clock, a file or a network; only one draws randomness."""
    banned = {
        "trio",
        "socket",
        "threading",
        "subprocess",
        "time",
        "datetime",
        "os",
        "pathlib",
        "io",
        "random",
    }
    drawing = set()
    for path in ROOM.glob("*.py"):
        names = {
            name.partition(".")[0]
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
        }
        assert not names & banned, path.name
        if "secrets" in names:
            drawing.add(path.name)

    assert drawing == {"accounts.py"}


def test_every_guard_that_is_named_exists() -> None:
    """A comment that names a test names one that is there."""
    for path in ROOM.glob("*.py"):
        for file, name in re.findall(r"tests/wallet/(\w+\.py)::(\w+)", path.read_text(encoding="utf-8")):
            assert f"def {name}(" in (Path(__file__).parent / file).read_text(encoding="utf-8")


def test_eth_account_is_imported_where_it_is_needed() -> None:
    """Importing the room costs no second: nothing of eth-account is imported at the top of a module."""
    for path in ROOM.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                assert "eth_" not in ast.unparse(node), path.name
