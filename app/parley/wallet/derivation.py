"""Keys derived from recovery words, at the standard paths, by eth-account's BIP-32.

The functions below Account.enable_unaudited_hdwallet_features() are called directly: the switch would change the
whole process. `seed_from_mnemonic` is not used either: it guesses the language, and quotes the words in its errors.
"""

from __future__ import annotations

from typing import Final

from parley.wallet.accounts import AccountKey
from parley.wallet.mnemonic import RecoveryWords

# BIP-44 with Ethereum's coin type, as MetaMask and most others use it; the last number counts accounts.
ACCOUNT_PATH: Final = "m/44'/60'/0'/0/{index}"
# ERC-1581 keeps keys that hold no money apart from those that do. README.md#paths says why this key type.
RECOVERY_PATH: Final = "m/43'/60'/1581'/7337'/0"
# Higher ones are never reached by counting, and stay far below the 2^31 at which BIP-32 means something else.
MAX_INDEX: Final = 9_999
RECOVERY_KEY_BYTES: Final = 32


class RecoveryKey(bytes):
    """32 secret bytes for the recovery of a profile, to be put through HKDF; not an account. Never shown as text.

    Guarded by tests/wallet/test_redaction.py::test_secrets_never_show_themselves.
    """

    def __repr__(self) -> str:
        return "RecoveryKey(...)"

    __str__ = __repr__


def account_key_at(words: RecoveryWords, index: int) -> AccountKey:
    """The key of account `index` (0 to MAX_INDEX) at m/44'/60'/0'/0/index; takes some milliseconds."""
    if not 0 <= index <= MAX_INDEX:
        raise ValueError(f"account {index}, expected 0 to {MAX_INDEX}")
    return AccountKey(_derive(words, ACCOUNT_PATH.format(index=index)))


def recovery_key(words: RecoveryWords) -> RecoveryKey:
    """The key that recovery derives from, at the ERC-1581 path; the same for the same words everywhere."""
    return RecoveryKey(_derive(words, RECOVERY_PATH))


def _derive(words: RecoveryWords, path: str) -> bytes:
    from eth_account.hdaccount import key_from_seed
    from eth_account.hdaccount.mnemonic import Mnemonic

    return key_from_seed(Mnemonic.to_seed(" ".join(words.reveal())), path)
