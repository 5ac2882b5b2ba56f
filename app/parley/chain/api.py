"""The public surface of the chain room."""

from parley.chain.signatures import recover_typed_data_signer

__all__ = ["recover_typed_data_signer"]
