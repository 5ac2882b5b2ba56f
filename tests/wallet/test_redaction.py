"""Secrets do not reach logs: not by printing a value, and not inside an error."""

import json
import traceback
from collections.abc import Callable

import pytest

from parley.wallet import api
from parley.wallet.accounts import checked_key
from parley.wallet.derivation import recovery_key
from wallet.wallet_samples import (
    EIP155_ACCOUNT,
    EIP155_KEY,
    JUNK,
    NONCE,
    NOW_MS,
    VAULT_KEY,
    cheap,
    encoded,
    imported_key,
    sample_wallet,
)

SECRETS = ("junk", EIP155_KEY, "FFFF", "\\x46", recovery_key(api.read_words(JUNK)).hex())


@pytest.mark.parametrize(
    "secret",
    [
        api.read_words(JUNK),
        imported_key(),
        recovery_key(api.read_words(JUNK)),
        sample_wallet(),
        sample_wallet().accounts[2],
        api.unlock_wallet(api.seal_wallet(sample_wallet(), VAULT_KEY, NONCE), VAULT_KEY, now_ms=NOW_MS),
        api.UnknownWord(3, ("junk",)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_secrets_never_show_themselves(secret: object) -> None:
    """repr, str, format and being inside another value show none of it, and no address or label either."""
    shown = [repr(secret), str(secret), f"{secret}", f"{secret!r}", repr([secret]), "%s" % (secret,)]  # noqa: UP031

    assert not any(hidden in text for text in shown for hidden in (*SECRETS, EIP155_ACCOUNT, "Paper"))
    assert all(type(secret).__name__ in text for text in shown)


HIDDEN = "correcthorse"
ATTEMPTS: dict[str, Callable[[], object]] = {
    "too few words": lambda: api.read_words(HIDDEN),
    "unknown words": lambda: api.read_words(f"{HIDDEN} " * 12),
    "checksum": lambda: api.read_words("zoo " * 12),
    "key text": lambda: api.read_key(HIDDEN),
    "key length": lambda: api.read_key("46" * 31),
    "key range": lambda: api.read_key("f" * 64),
    "key bytes": lambda: checked_key(HIDDEN.encode()),
    "keystore json": lambda: api.read_keystore(f'{{"{HIDDEN}'.encode(), HIDDEN),
    "keystore field": lambda: api.read_keystore(json.dumps({"version": HIDDEN}).encode(), HIDDEN),
    "keystore password": lambda: api.read_keystore(encoded(cheap()), HIDDEN),
    "keystore surrogate": lambda: api.read_keystore(encoded(cheap()), HIDDEN + "\ud800"),
    "vault": lambda: api.open_vault(HIDDEN.encode() * 200, VAULT_KEY),
    "label": lambda: api.wallet_from_key(imported_key(), HIDDEN + "\n" + HIDDEN),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_no_error_quotes_a_secret(attempt: Callable[[], object]) -> None:
    """Neither its text, nor its attributes, nor the printed chain of causes."""
    with pytest.raises(api.WalletError) as caught:
        attempt()

    error = caught.value
    printed = "".join(traceback.format_exception_only(error)) + repr(error) + repr(vars(error))
    assert not any(hidden in printed for hidden in (HIDDEN, "4646", "zoo", "ffff"))
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def test_what_the_api_returns_is_redacted() -> None:
    """The functions hand out the redacted kinds, not plain text or bytes."""
    wallet = api.unlock_wallet(api.seal_wallet(sample_wallet(), VAULT_KEY, NONCE), VAULT_KEY, now_ms=NOW_MS)
    values = (
        wallet.reveal_words(now_ms=NOW_MS),
        wallet.recovery_key(now_ms=NOW_MS),
        api.read_key(EIP155_KEY),
        api.read_keystore(encoded(cheap()), "pass"),
        api.new_account_key(),
    )

    assert [type(value) for value in values] == [
        api.RecoveryWords,
        api.RecoveryKey,
        api.AccountKey,
        api.AccountKey,
        api.AccountKey,
    ]
