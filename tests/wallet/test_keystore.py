"""V3 keystores: the published ones open, and a hostile one costs nothing."""

import copy
import hashlib
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parley.wallet.api import (
    MAX_KEYSTORE_BYTES,
    InvalidKeyError,
    InvalidKeystoreError,
    KeystoreAddressError,
    KeystoreTooCostlyError,
    WalletError,
    WrongKeystorePasswordError,
    account_of,
    read_keystore,
)
from wallet.wallet_samples import EIP155_ACCOUNT, EIP155_KEY, cheap, encoded, vector

PUBLISHED = vector("keystore.json")
PASSWORD = PUBLISHED["password"]


def changed(keystore: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one field set, or removed for ...."""
    copied = copy.deepcopy(keystore)
    *parents, name = path.split(".")
    place = copied
    for parent in parents:
        place = place[parent]
    if value is ...:
        del place[name]
    else:
        place[name] = value
    return copied


@pytest.mark.parametrize("kdf", ["pbkdf2", "scrypt"])
def test_the_published_keystores_open(kdf: str) -> None:
    """Those of the definition, with its password, key and address."""
    key = read_keystore(encoded({**PUBLISHED[kdf], "address": PUBLISHED["address"]}), PASSWORD)

    assert key.hex() == PUBLISHED["key"]
    assert account_of(key).lower() == "0x" + PUBLISHED["address"]


def test_other_spellings_of_the_same_file() -> None:
    """Capital names, a byte order mark, 0x before hexadecimal, a counter that lost its leading zero."""
    keystore = cheap()
    keystore["Crypto"] = keystore.pop("crypto")
    keystore["Crypto"]["mac"] = "0x" + keystore["Crypto"]["mac"].upper()
    keystore["address"] = "0X" + keystore["address"].upper()

    assert account_of(read_keystore(b"\xef\xbb\xbf" + encoded(keystore), "pass")) == EIP155_ACCOUNT


def test_a_counter_without_its_leading_zeros() -> None:
    """It is a number: the zeros are put back."""
    from eth_keyfile.keyfile import encrypt_aes_ctr
    from eth_utils.crypto import keccak

    keystore = cheap()
    parameters = keystore["crypto"]["kdfparams"]
    stretched = hashlib.pbkdf2_hmac("sha256", b"pass", bytes.fromhex(parameters["salt"]), parameters["c"], 32)
    ciphertext = encrypt_aes_ctr(bytes.fromhex(EIP155_KEY), stretched[:16], 0xABC)
    keystore["crypto"]["cipherparams"]["iv"] = "abc"
    keystore["crypto"]["ciphertext"] = ciphertext.hex()
    keystore["crypto"]["mac"] = keccak(stretched[16:] + ciphertext).hex()

    assert read_keystore(encoded(keystore), "pass").hex() == EIP155_KEY


def test_a_password_is_taken_as_it_is() -> None:
    """Neither trimmed nor composed: other wallets do not either."""
    keystore = encoded(cheap(password=" pa\u0308ss "))

    assert read_keystore(keystore, " pa\u0308ss ").hex() == EIP155_KEY
    for other in ("pa\u0308ss", " p\u00e4ss ", "", "\ud800"):
        with pytest.raises(WrongKeystorePasswordError):
            read_keystore(keystore, other)


def test_a_wrong_password_is_told() -> None:
    """Apart from every fault of the file."""
    with pytest.raises(WrongKeystorePasswordError):
        read_keystore(encoded(cheap()), "Pass")


def test_a_key_of_another_address_is_told() -> None:
    """Both addresses are public, and named."""
    with pytest.raises(KeystoreAddressError) as caught:
        read_keystore(encoded(changed(cheap(), "address", PUBLISHED["address"])), "pass")

    assert caught.value.found == EIP155_ACCOUNT
    assert caught.value.claimed.lower() == "0x" + PUBLISHED["address"]


def test_a_keystore_need_not_name_its_address() -> None:
    """The definition leaves it out, for privacy."""
    for value in (..., "", None):
        assert read_keystore(encoded(changed(cheap(), "address", value)), "pass").hex() == EIP155_KEY


def test_a_keystore_of_no_key() -> None:
    """Rightly sealed, but what is inside is the group order: no key."""
    from Crypto.Cipher import AES
    from Crypto.Util import Counter
    from eth_utils.crypto import keccak

    keystore = cheap()
    crypto = keystore["crypto"]
    parameters = crypto["kdfparams"]
    stretched = hashlib.pbkdf2_hmac("sha256", b"pass", bytes.fromhex(parameters["salt"]), parameters["c"], 32)
    order = bytes.fromhex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141")
    counter = Counter.new(128, initial_value=int(crypto["cipherparams"]["iv"], 16), allow_wraparound=True)
    ciphertext = AES.new(stretched[:16], AES.MODE_CTR, counter=counter).encrypt(order)
    crypto["ciphertext"] = ciphertext.hex()
    crypto["mac"] = keccak(stretched[16:] + ciphertext).hex()

    with pytest.raises(InvalidKeyError):
        read_keystore(encoded(keystore), "pass")


@pytest.mark.parametrize(
    ("kdf", "parameters"),
    [
        ("scrypt", {"n": 2**23, "r": 8, "p": 1}),
        ("scrypt", {"n": 2**31, "r": 1, "p": 1}),
        ("scrypt", {"n": 2**12, "r": 8, "p": 2**20}),
        ("scrypt", {"n": 2**19, "r": 8, "p": 3}),
        ("scrypt", {"n": 2, "r": 2**31, "p": 1}),
        ("scrypt", {"n": 2, "r": 1, "p": 33}),
        ("scrypt", {"n": 2, "r": 33, "p": 1}),
        ("pbkdf2", {"c": 2**24 + 1, "prf": "hmac-sha256"}),
        ("pbkdf2", {"c": 2**32 - 1, "prf": "hmac-sha256"}),
    ],
)
def test_an_excessive_cost_is_refused_before_any_work(kdf: str, parameters: dict[str, Any]) -> None:
    """Gigabytes and hours are named and not spent."""
    crypto = {"kdf": kdf, "kdfparams": {**parameters, "dklen": 32, "salt": "00" * 32}}
    keystore = {**cheap(), "crypto": {**cheap()["crypto"], **crypto}}
    start = time.process_time()

    with pytest.raises(KeystoreTooCostlyError) as caught:
        read_keystore(encoded(keystore), "pass")

    assert time.process_time() - start < 0.5
    assert caught.value.cost > caught.value.limit


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("version", 1),
        ("version", 4),
        ("version", "3"),
        ("version", 3.0),
        ("version", ...),
        ("crypto", []),
        ("crypto", ...),
        ("crypto.cipher", "aes-128-cbc"),
        ("crypto.cipherparams", "x"),
        ("crypto.cipherparams.iv", "00" * 17),
        ("crypto.cipherparams.iv", ""),
        ("crypto.cipherparams.iv", "zz"),
        ("crypto.ciphertext", "00" * 31),
        ("crypto.ciphertext", "00" * 33),
        ("crypto.ciphertext", 5),
        ("crypto.mac", "00" * 31),
        ("crypto.mac", "0" * 63),
        ("crypto.mac", "\u0660" * 64),
        ("crypto.kdf", "argon2"),
        ("crypto.kdf", ["scrypt"]),
        ("crypto.kdfparams", None),
        ("crypto.kdfparams.c", 0),
        ("crypto.kdfparams.c", -1),
        ("crypto.kdfparams.c", True),
        ("crypto.kdfparams.c", 1e3),
        ("crypto.kdfparams.c", 10**4000),
        ("crypto.kdfparams.dklen", 16),
        ("crypto.kdfparams.dklen", 2**31),
        ("crypto.kdfparams.prf", "hmac-sha512"),
        ("crypto.kdfparams.prf", 1),
        ("crypto.kdfparams.salt", ""),
        ("crypto.kdfparams.salt", "00" * 129),
        ("crypto.kdfparams.salt", "0"),
        ("address", "00" * 19),
        ("address", 7),
        ("CRYPTO", {}),
    ],
)
def test_a_malformed_field_is_told(path: str, value: Any) -> None:
    """Each by one error, whatever it is."""
    with pytest.raises(InvalidKeystoreError):
        read_keystore(encoded(changed(cheap(), path, value)), "pass")


@pytest.mark.parametrize("name", ["version", "Version"])
def test_a_file_that_says_something_twice_is_refused(name: str) -> None:
    """Another program could read the other one; all else in the file is right."""
    twice = encoded(cheap()).replace(b"{", f'{{"{name}": 3, '.encode(), 1)

    with pytest.raises(InvalidKeystoreError, match="repeated"):
        read_keystore(twice, "pass")


@pytest.mark.parametrize(
    "parameters", [{"n": 3}, {"n": 0}, {"n": 1}, {"r": 0}, {"p": 0}, {"n": "2"}, {"p": -1}]
)
def test_impossible_scrypt_parameters_are_told(parameters: dict[str, Any]) -> None:
    """Before the library sees them."""
    keystore = cheap(kdf="scrypt")
    keystore["crypto"]["kdfparams"].update(parameters)

    with pytest.raises(InvalidKeystoreError):
        read_keystore(encoded(keystore), "pass")


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 9000,
        b'{"a":' * 3000,
        b'{"version": NaN}',
        b'{"version": 3, "version": 3}',
        b" " * (MAX_KEYSTORE_BYTES + 1),
        b'{"version": ' + b"9" * 6000 + b"}",
    ],
)
def test_what_is_no_json_object_is_told(file: bytes) -> None:
    """Deep, huge, repeated, not UTF-8."""
    with pytest.raises(InvalidKeystoreError):
        read_keystore(file, "pass")


@given(st.binary(max_size=300))
def test_any_bytes_are_a_wallet_error(file: bytes) -> None:
    """Nothing else comes out."""
    with pytest.raises(WalletError):
        read_keystore(file, "pass")


SPOILABLE = cheap()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5) | st.just("00" * 32),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=200)
@given(
    st.sampled_from(
        [*SPOILABLE, *(f"crypto.{name}" for name in SPOILABLE["crypto"])]
        + [f"crypto.kdfparams.{name}" for name in SPOILABLE["crypto"]["kdfparams"]]
    ),
    VALUES,
)
def test_a_spoiled_field_gives_the_key_or_a_wallet_error(path: str, value: Any) -> None:
    """Near a real file, which reaches deeper than random bytes."""
    try:
        key = read_keystore(encoded(changed(SPOILABLE, path, value)), "pass")
    except WalletError:
        return

    assert key.hex() == EIP155_KEY
