"""The public surface of the wallet room."""

from parley.wallet.accounts import AccountKey, account_of, new_account_key, sign_typed_data

__all__ = ["AccountKey", "account_of", "new_account_key", "sign_typed_data"]
