"""Transactions at a node: handed in, found again. Run in a thread, on one endpoint.

What a transaction is, is checked against its hash; where it is - waiting, in a block, failed - is the node's word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from parley.chain.answers import address, fields, quantity, word
from parley.chain.balances import WEI_BITS, read_block
from parley.chain.effects import Log, read_logs
from parley.chain.errors import (
    AnswerTooLongError,
    EndpointAnswerError,
    InsufficientFundsError,
    NonceTakenError,
    RefusedError,
    TransactionRefusedError,
    UnderpricedError,
)
from parley.chain.money import Inclusion, Nonces, Stage
from parley.chain.node import NodeError, ask
from parley.chain.signed import KINDS, SignedTransaction, signed_from_answer

if TYPE_CHECKING:
    from web3 import Web3

NONCE_BITS = 64
WAITING = 4096
"""More transactions of one account than any node keeps waiting."""

# Nodes' own words, in small letters and without blanks: Geth, Nethermind, Erigon, Besu, Reth, Anvil.
_KNOWN = ("alreadyknown", "knowntransaction", "alreadyimported", "alreadyexists")
_NONCE = ("noncetoolow", "oldnonce", "nonceistoolow")
_UNDERPRICED = (
    "underpriced",
    "feetoolow",
    "lessthanblockbasefee",
    "belowbasefee",
    "replacementnotallowed",
    "couldnotreplace",
    "belowconfiguredminimum",
    "gaspricetoolow",
)
_POOR = ("insufficientfunds", "insufficientbalance", "exceedsaccountbalance", "doesnothaveenoughfunds")
_KINDS: tuple[tuple[type[RefusedError], tuple[str, ...]], ...] = (
    (NonceTakenError, _NONCE),
    (UnderpricedError, _UNDERPRICED),
    (InsufficientFundsError, _POOR),
)
# The node's trouble and not the transaction's: another one may take it in.
_TROUBLE_CODES = (-32700, -32600, -32601, -32603, -32005, -32097, 429)
_TROUBLE = ("poolisfull", "ratelimit", "limitexceeded", "toomanyrequests", "timeout", "timedout")


def read_nonces(web3: Web3, account: str) -> Nonces:
    """See `MoneyChain.nonces`."""
    mined, pending = (
        quantity(ask(web3, "eth_getTransactionCount", account, tag), NONCE_BITS)
        for tag in ("latest", "pending")
    )
    if pending > mined + WAITING:
        raise EndpointAnswerError("a nonce beyond all bounds")
    # A node that keeps nothing waiting may say less than is mined since.
    return Nonces(mined, max(mined, pending))


def hand_in(web3: Web3, raw: bytes, signed: SignedTransaction) -> bytes:
    """See `MoneyChain.send`. A transaction that the node has already, waiting or mined, is handed in."""
    try:
        said = word(ask(web3, "eth_sendRawTransaction", "0x" + raw.hex()))
    except NodeError as error:
        refusal = _refusal(error)
        if refusal is None:
            return signed.hash
        # Its nonce may be taken by itself, where the answer to the first attempt was lost.
        if isinstance(refusal, NonceTakenError) and _known(web3, signed.hash):
            return signed.hash
        raise refusal from None
    if said != signed.hash:
        raise EndpointAnswerError("another transaction's hash")
    return signed.hash


def read_inclusion(web3: Web3, transaction_hash: bytes) -> tuple[Inclusion, tuple[Log, ...]]:
    """See `MoneyChain.inclusion`; with the logs of a mined one.

    The hash is somebody's claim, so whatever real transaction it names must not make the node look broken: one that
    no account signs, or that fills more than an answer, counts as unknown.
    """
    try:
        return _read_inclusion(web3, transaction_hash)
    except AnswerTooLongError:
        return Inclusion(transaction_hash, Stage.UNKNOWN), ()


def _read_inclusion(web3: Web3, transaction_hash: bytes) -> tuple[Inclusion, tuple[Log, ...]]:
    name = "0x" + transaction_hash.hex()
    unknown = Inclusion(transaction_hash, Stage.UNKNOWN), ()
    answer = ask(web3, "eth_getTransactionByHash", name)
    if answer is None or quantity(fields(answer).get("type", "0x0")) not in KINDS:
        return unknown
    signed = signed_from_answer(answer)
    # All fields are under the hash, so none can be another than was signed.
    # Guarded by tests/chain/test_lying_endpoint.py, cases "transaction ...".
    if signed.hash != transaction_hash or address(answer["from"]) != signed.sender:
        raise EndpointAnswerError("another transaction")
    pending = Inclusion(transaction_hash, Stage.PENDING, signed.sender, signed.nonce, signed.call)
    receipt = ask(web3, "eth_getTransactionReceipt", name)
    if receipt is None:
        return pending, ()
    if word(fields(receipt)["transactionHash"]) != transaction_hash:
        raise EndpointAnswerError("another transaction's receipt")
    if "status" not in receipt:
        return unknown  # Older than any payment of ours.
    number = quantity(receipt["blockNumber"], 63)
    block = read_block(web3, number)
    if block.hash != word(receipt["blockHash"]):
        return pending, ()  # Its block was just replaced.
    head = read_block(web3, "latest")
    mined = Inclusion(
        transaction_hash,
        Stage.MINED,
        signed.sender,
        signed.nonce,
        signed.call,
        bool(quantity(receipt["status"], 1)),
        block,
        # A node behind a balancer may be a block behind the one that knew the receipt.
        max(1, head.number - number + 1),
        _fee(receipt, signed),
    )
    return mined, read_logs(receipt["logs"])


def _fee(receipt: dict[str, Any], signed: SignedTransaction) -> int | None:
    """What was paid, with what a rollup adds for its own chain; None where the node does not say the price."""
    used = quantity(receipt["gasUsed"])
    if receipt.get("effectiveGasPrice") is None:
        return None
    price = quantity(receipt["effectiveGasPrice"])
    if used > signed.gas or price > signed.max_fee_per_gas:
        raise EndpointAnswerError("a fee above what was signed")
    added = receipt.get("l1Fee")
    return used * price + (0 if added is None else quantity(added, WEI_BITS))


def _known(web3: Web3, transaction_hash: bytes) -> bool:
    answer = ask(web3, "eth_getTransactionByHash", "0x" + transaction_hash.hex())
    return answer is not None and word(fields(answer)["hash"]) == transaction_hash


def _refusal(error: NodeError) -> RefusedError | None:
    """What a refusal says; None: the node has it already. Raises what is the node's own trouble."""
    text = "".join(error.reason.lower().split())
    # "unknown transaction type" is no "known transaction".
    if any(each in text.replace("unknown", "") for each in _KNOWN):
        return None
    for kind, words in _KINDS:
        if any(each in text for each in words):
            return kind(error.reason)
    if error.code in _TROUBLE_CODES or any(each in text for each in _TROUBLE):
        raise error
    return TransactionRefusedError(error.reason)
