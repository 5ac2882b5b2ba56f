"""Signed transactions as wallets send them: decoded, checked for what needs no chain to be seen, and made.

What is refused here is refused with the sentence that Geth has for it, since wallets know those.
"""

from __future__ import annotations

from dataclasses import dataclass

import rlp
from eth.abc import SignedTransactionAPI
from eth.vm.forks.prague.transactions import PragueTransactionBuilder
from eth_keys.datatypes import PrivateKey
from eth_typing import Address
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from rlp.sedes import big_endian_int

from parley_demo.chain.errors import INVALID_PARAMS, SERVER_ERROR, RpcError

CHAIN_ID = 31337
"""What wallets know as a local development chain."""

GAS_LIMIT = 30_000_000
"""Of a block, and so of a transaction."""

PRIORITY_FEE_WEI = 10**9
TRANSACTION_BYTES = 128 * 1024
CREATION_BYTES = 49_152

LEGACY, ACCESS_LIST, DYNAMIC_FEE, BLOB, SET_CODE = range(5)


@dataclass(frozen=True, slots=True)
class Transaction:
    """One whose signature is valid. `raw` is what goes into a block and into the journal."""

    raw: bytes
    hash: bytes
    sender: bytes
    evm: SignedTransactionAPI

    @property
    def kind(self) -> int:
        """The number of its EIP-2718 type."""
        return self.raw[0] if self.raw[0] < 0x80 else LEGACY

    @property
    def nonce(self) -> int:
        """Its place among its sender's."""
        return self.evm.nonce

    @property
    def cost(self) -> int:
        """The wei that its sender must have."""
        return self.evm.value + self.evm.gas * self.evm.max_fee_per_gas

    def tip(self, base_fee: int) -> int:
        """What a unit of gas pays beyond the base fee; negative if it does not even pay that."""
        return min(self.evm.max_priority_fee_per_gas, self.evm.max_fee_per_gas - base_fee)


def decode_transaction(raw: bytes) -> Transaction:
    """The transaction of some bytes. Raises RpcError with the reason why it can be in no block of this chain."""
    if not 0 < len(raw) <= TRANSACTION_BYTES:
        raise RpcError(INVALID_PARAMS, f"a transaction has 1 to {TRANSACTION_BYTES} bytes")
    if raw[0] < 0x80 and raw[0] not in (ACCESS_LIST, DYNAMIC_FEE, SET_CODE):
        raise RpcError(SERVER_ERROR, "transaction type not supported")
    try:
        evm = PragueTransactionBuilder.decode(raw)
        evm.validate()
        evm.check_signature_validity()
        transaction = Transaction(raw, bytes(evm.hash), bytes(evm.sender), evm)
    except Exception as error:
        # py-evm and rlp raise a dozen classes over hostile bytes; each of them means that these are refused.
        raise RpcError(INVALID_PARAMS, f"not a valid transaction: {type(error).__name__}") from None
    if evm.encode() != raw:
        raise RpcError(INVALID_PARAMS, "not a valid transaction: not in its one encoding")
    if evm.chain_id is None:
        raise RpcError(SERVER_ERROR, "only replay-protected (EIP-155) transactions allowed over RPC")
    if evm.chain_id != CHAIN_ID:
        raise RpcError(SERVER_ERROR, f"invalid chain id for signer: have {evm.chain_id} want {CHAIN_ID}")
    _check_gas(transaction)
    return transaction


def sign_transaction(
    key: bytes, nonce: int, to: str | None, data: bytes, value: int, gas: int, base_fee: int
) -> Transaction:
    """A transaction of one of the chain's own accounts, which pays more than the base fee for a long time."""
    unsigned = PragueTransactionBuilder.new_unsigned_dynamic_fee_transaction(
        chain_id=CHAIN_ID,
        nonce=nonce,
        max_priority_fee_per_gas=PRIORITY_FEE_WEI,
        max_fee_per_gas=2 * base_fee + PRIORITY_FEE_WEI,
        gas=gas,
        to=Address(bytes.fromhex(to[2:]) if to else b""),
        value=value,
        data=data,
        access_list=(),
    )
    return decode_transaction(unsigned.as_signed_transaction(PrivateKey(key)).encode())


def created_address(sender: bytes, nonce: int) -> str:
    """The EIP-55 address of what a transaction without a recipient deploys."""
    encoded = rlp.encode([sender, big_endian_int.serialize(nonce)])
    return str(to_checksum_address(keccak(encoded)[12:]))


def least_gas(evm: SignedTransactionAPI) -> int:
    """What a transaction must offer to be in a block at all."""
    # EIP-7623. py-evm charges the floor without a look at the limit, which would then be none.
    tokens = 4 * len(evm.data) - 3 * evm.data.count(0)
    return max(evm.intrinsic_gas, 21_000 + 10 * tokens)


def _check_gas(transaction: Transaction) -> None:
    evm = transaction.evm
    if evm.gas > GAS_LIMIT:
        raise RpcError(SERVER_ERROR, "exceeds block gas limit")
    if evm.max_priority_fee_per_gas > evm.max_fee_per_gas:
        raise RpcError(SERVER_ERROR, "max priority fee per gas higher than max fee per gas")
    if not evm.to and len(evm.data) > CREATION_BYTES:
        raise RpcError(SERVER_ERROR, f"max initcode size exceeded: limit {CREATION_BYTES}")
    if evm.gas < least_gas(evm):
        raise RpcError(SERVER_ERROR, "intrinsic gas too low")
