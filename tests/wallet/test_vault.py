"""The wallet at rest: what was sealed is opened, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt, sodium_pad

from parley.wallet import vault, vault_pb2
from parley.wallet.api import (
    MAX_ACCOUNTS,
    AccountKey,
    DamagedVaultError,
    NewerVaultError,
    Wallet,
    add_key,
    create_words,
    open_vault,
    seal_wallet,
    wallet_from_key,
    wallet_from_words,
)
from wallet.wallet_samples import JUNK, JUNK_ACCOUNTS, NONCE, VAULT_KEY, imported_key, sample_wallet, vector

STORED = vector("vault-1.json")
SEALED = seal_wallet(sample_wallet(), VAULT_KEY, NONCE)


def full_wallet() -> Wallet:
    """The largest there can be: 24 words, 64 imported keys, the longest labels."""
    wallet = wallet_from_words(create_words(b"\x80" * 32), "\U0001f600" * 64, checked=True)
    for number in range(1, MAX_ACCOUNTS):
        wallet = add_key(wallet, AccountKey(number.to_bytes(32, "big")), "\U0001f600" * 64)
    return wallet


@pytest.mark.parametrize(
    "wallet",
    [sample_wallet(), wallet_from_key(imported_key(), "Paper"), full_wallet()],
    ids=["both", "key", "full"],
)
def test_a_wallet_is_opened_as_it_was_sealed(wallet: Wallet) -> None:
    """Words, check, order, labels and keys, up to the largest one."""
    sealed = seal_wallet(wallet, VAULT_KEY, NONCE)

    assert open_vault(sealed, VAULT_KEY) == wallet
    assert len(sealed) <= vault.MAX_VAULT_BYTES


def test_a_stored_vault_of_format_1_opens() -> None:
    """Sealed once and kept: every later version has to read it."""
    wallet = open_vault(bytes.fromhex(STORED["sealed"]), bytes.fromhex(STORED["key"]))

    assert wallet.words is not None
    assert " ".join(wallet.words.reveal()) == STORED["words"]
    assert wallet.words_checked is STORED["words_checked"]
    assert [
        {
            "address": account.address,
            "label": account.label,
            "index": account.index,
            "key": account.key.hex() if account.key else None,
        }
        for account in wallet.accounts
    ] == STORED["accounts"]


def test_the_layout_is_the_described_one() -> None:
    """Format, nonce, and a seal over the padded content with the format authenticated, spelled out again."""
    content = vault_pb2.Wallet(
        accounts=[vault_pb2.Account(address=JUNK_ACCOUNTS[0], label="Main", index=0)],
        words=JUNK,
        words_checked=True,
    ).SerializeToString()
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sodium_pad(content, 1024), b"parley/wallet/v1\x01", NONCE, VAULT_KEY
    )

    assert len(sealed) == 1024 + 16
    assert open_vault(b"\x01" + NONCE + sealed, VAULT_KEY).accounts[0].label == "Main"


def test_the_size_does_not_tell_what_is_inside() -> None:
    """12 words, 24 words or a key: the same size, and no word or key in clear."""
    wallets = (
        sample_wallet(),
        wallet_from_key(imported_key(), "Paper"),
        wallet_from_words(create_words(bytes(32)), "Main", checked=False),
    )
    sealed = [seal_wallet(wallet, VAULT_KEY, NONCE) for wallet in wallets]

    assert {len(each) for each in sealed} == {1065}
    assert not any(clear in each for each in sealed for clear in (b"test", b"Main", b"abandon", b"FFFFFF"))


def test_every_damaged_byte_is_found() -> None:
    """One bit of any byte; of the first it may look like a newer format."""
    for at in range(len(SEALED)):
        damaged = SEALED[:at] + bytes([SEALED[at] ^ 0x80]) + SEALED[at + 1 :]
        with pytest.raises(NewerVaultError if at == 0 else DamagedVaultError):
            open_vault(damaged, VAULT_KEY)


@pytest.mark.parametrize("cut", [0, 1, 24, 25, 41, 1064])
def test_a_cut_vault_is_damaged(cut: int) -> None:
    """Also to nothing."""
    with pytest.raises(DamagedVaultError):
        open_vault(SEALED[:cut], VAULT_KEY)


def test_another_key_opens_nothing() -> None:
    """And a key of another length is the caller's mistake."""
    with pytest.raises(DamagedVaultError):
        open_vault(SEALED, bytes(32))
    with pytest.raises(ValueError, match="32"):
        open_vault(SEALED, VAULT_KEY[:31])
    with pytest.raises(ValueError, match="32"):
        seal_wallet(sample_wallet(), VAULT_KEY, NONCE[:23])


def test_a_newer_format_is_told() -> None:
    """With both numbers."""
    with pytest.raises(NewerVaultError) as caught:
        open_vault(b"\x02" + SEALED[1:], VAULT_KEY)

    assert (caught.value.found, caught.value.known) == (2, 1)


@given(st.binary(max_size=2000))
def test_any_bytes_are_damaged_or_newer(sealed: bytes) -> None:
    """Nothing else comes out."""
    with pytest.raises((DamagedVaultError, NewerVaultError)):
        open_vault(sealed, VAULT_KEY)


@given(st.binary(max_size=300))
def test_any_content_under_a_right_seal_is_a_wallet_or_damaged(content: bytes) -> None:
    """The decoder believes not even the seal."""
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(
        sodium_pad(content, 1024), b"parley/wallet/v1\x01", NONCE, VAULT_KEY
    )
    with pytest.raises(DamagedVaultError):
        open_vault(b"\x01" + NONCE + sealed, VAULT_KEY)


def account(**fields: object) -> vault_pb2.Account:
    """A stored account, spoiled where told."""
    return vault_pb2.Account(**{"address": JUNK_ACCOUNTS[0], "label": "Main", "index": 0, **fields})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        vault_pb2.Wallet(words=JUNK),
        vault_pb2.Wallet(words="junk " + JUNK, accounts=[account()]),
        vault_pb2.Wallet(words="test " * 12, accounts=[account()]),
        vault_pb2.Wallet(accounts=[account()]),
        vault_pb2.Wallet(words=JUNK, accounts=[account(), account()]),
        vault_pb2.Wallet(words=JUNK, accounts=[account(index=10_000)]),
        vault_pb2.Wallet(words=JUNK, accounts=[account(label="")]),
        vault_pb2.Wallet(words=JUNK, accounts=[account(label="a\nb")]),
        vault_pb2.Wallet(words=JUNK, accounts=[account(address="0x12")]),
        vault_pb2.Wallet(words=JUNK, accounts=[vault_pb2.Account(address=JUNK_ACCOUNTS[0], label="Main")]),
        vault_pb2.Wallet(accounts=[vault_pb2.Account(address=JUNK_ACCOUNTS[0], label="Main", key=bytes(32))]),
        vault_pb2.Wallet(accounts=[vault_pb2.Account(address=JUNK_ACCOUNTS[0], label="Main", key=b"1" * 31)]),
    ],
)
def test_content_out_of_bounds_is_damaged(content: vault_pb2.Wallet) -> None:
    """Each rule of the model holds for what is stored too."""
    with pytest.raises(DamagedVaultError):
        vault.decode_wallet(content.SerializeToString())


def test_an_unknown_field_is_ignored() -> None:
    """A later Parley may add one without a new format."""
    stored = vault_pb2.Wallet(words=JUNK, accounts=[account()]).SerializeToString() + b"\xf2\x07\x03new"

    assert vault.decode_wallet(stored).accounts[0].address == JUNK_ACCOUNTS[0]
