"""Derived keys: the addresses every other wallet shows, and BIP-32 spelled out a second time."""

import hashlib
import hmac

import coincurve
import pytest

from parley.wallet.accounts import account_of
from parley.wallet.derivation import MAX_INDEX, account_key_at, recovery_key
from parley.wallet.mnemonic import read_words
from wallet.wallet_samples import JUNK, JUNK_ACCOUNTS

ABANDON = "abandon " * 11 + "about"
HARD = 2**31


def spelled_out(words: str, path: tuple[int, ...]) -> bytes:
    """BIP-39's seed and BIP-32's private derivation, written from their texts over another library."""
    seed = hashlib.pbkdf2_hmac("sha512", words.encode(), b"mnemonic", 2048)
    node = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for step in path:
        key = coincurve.PrivateKey(node[:32])
        data = b"\x00" + key.secret if step >= HARD else key.public_key.format(compressed=True)
        digest = hmac.digest(node[32:], data + step.to_bytes(4, "big"), "sha512")
        node = key.add(digest[:32]).secret + digest[32:]
    return node[:32]


@pytest.mark.parametrize(("index", "address"), list(enumerate(JUNK_ACCOUNTS)))
def test_the_known_accounts_of_the_test_words(index: int, address: str) -> None:
    """What development chains show for "test test ... junk"."""
    assert account_of(account_key_at(read_words(JUNK), index)) == address


def test_the_known_account_of_the_zero_entropy() -> None:
    """Another address that many wallets' tests name."""
    assert account_of(account_key_at(read_words(ABANDON), 0)) == "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"


@pytest.mark.parametrize("index", [0, 1, 2, 77, MAX_INDEX])
def test_accounts_are_at_the_bip44_path(index: int) -> None:
    """m/44'/60'/0'/0/index."""
    expected = spelled_out(ABANDON, (HARD + 44, HARD + 60, HARD, 0, index))

    assert account_key_at(read_words(ABANDON), index) == expected


def test_the_recovery_key_is_at_the_erc1581_path() -> None:
    """m/43'/60'/1581'/7337'/0, and of no account."""
    expected = spelled_out(JUNK, (HARD + 43, HARD + 60, HARD + 1581, HARD + 7337, 0))
    words = read_words(JUNK)

    assert recovery_key(words) == expected
    assert all(bytes(recovery_key(words)) != bytes(account_key_at(words, index)) for index in range(5))


@pytest.mark.parametrize("index", [-1, MAX_INDEX + 1, 2**31])
def test_an_index_out_of_bounds_is_the_callers_mistake(index: int) -> None:
    """Among others the 2^31 that the library would take for a hardened step."""
    with pytest.raises(ValueError, match="account"):
        account_key_at(read_words(JUNK), index)
