"""Requests to pay as a URI (EIP-681), for a QR code: the coin, or `transfer` of an ERC-20, and nothing else.

https://eips.ethereum.org/EIPS/eip-681. Strict: a parameter that is not understood, or stands twice, could mean
another payment to another wallet, so the whole is refused. Gas limits and prices are proposals and are not taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from parley.chain.account import checksummed
from parley.chain.errors import InvalidPaymentUriError

URI_CHARACTERS = 512

_URI = re.compile(
    r"ethereum:(?:pay-)?(?P<target>0x[0-9a-fA-F]{40})(?:@(?P<chain>[1-9][0-9]{0,18}))?"
    r"(?P<function>/transfer)?(?:\?(?P<query>[A-Za-z0-9=&.+]+))?",
    re.ASCII,
)
_NUMBER = re.compile(r"(?P<whole>[0-9]{1,78})(?:\.(?P<part>[0-9]{1,78}))?(?:[eE]\+?(?P<power>[0-9]{1,2}))?")
_PROPOSALS = {"gas", "gasLimit", "gasPrice"}


@dataclass(frozen=True, slots=True)
class PaymentUri:
    """What is asked for: `amount` of `token` (None: the coin) for `recipient`.

    `chain_id` is None where the reader's own choice is meant, `amount` where the payer chooses.
    """

    recipient: str
    chain_id: int | None = None
    token: str | None = None
    amount: int | None = None


def build_payment_uri(payment: PaymentUri) -> str:
    """The URI of a payment. Raises ValueError for what is no address, chain or amount."""
    if payment.amount is not None and not 0 < payment.amount < 2**256:
        raise ValueError("no amount")
    if payment.chain_id is not None and not 0 < payment.chain_id < 2**63:
        raise ValueError("no chain")
    recipient = checksummed(payment.recipient)
    target = recipient if payment.token is None else checksummed(payment.token)
    uri = f"ethereum:{target}" + (f"@{payment.chain_id}" if payment.chain_id is not None else "")
    if payment.token is None:
        return uri if payment.amount is None else f"{uri}?value={payment.amount}"
    uri += f"/transfer?address={recipient}"
    return uri if payment.amount is None else f"{uri}&uint256={payment.amount}"


def parse_payment_uri(text: str) -> PaymentUri:
    """Read a URI of at most 512 characters. Raises InvalidPaymentUriError."""
    found = _URI.fullmatch(text.strip()) if len(text) <= URI_CHARACTERS else None
    if found is None:
        raise InvalidPaymentUriError("no payment of the coin or a token")
    parameters: dict[str, str] = {}
    for each in found["query"].split("&") if found["query"] else ():
        name, separator, value = each.partition("=")
        if not separator or not value or name in parameters:
            raise InvalidPaymentUriError("a parameter is malformed or stands twice")
        parameters[name] = value
    chain_id = int(found["chain"]) if found["chain"] else None
    if chain_id is not None and chain_id >= 2**63:
        raise InvalidPaymentUriError("no chain")
    parameters = {name: value for name, value in parameters.items() if name not in _PROPOSALS}
    target = _address(found["target"])
    if not found["function"]:
        amount = _amount(parameters.pop("value", None))
        payment = PaymentUri(target, chain_id, None, amount)
    else:
        recipient = _address(parameters.pop("address", ""))
        amount = _amount(parameters.pop("uint256", None))
        payment = PaymentUri(recipient, chain_id, target, amount)
    if parameters:
        raise InvalidPaymentUriError("a parameter is not known")
    return payment


def _address(text: str) -> str:
    try:
        return checksummed(text)
    except ValueError as error:
        raise InvalidPaymentUriError(str(error)) from None


def _amount(text: str | None) -> int | None:
    """A whole number, which EIP-681 lets be written as 2.014e18."""
    if text is None:
        return None
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise InvalidPaymentUriError("no amount")
    part, power = (found["part"] or "").rstrip("0"), int(found["power"] or 0)
    if len(part) > power:
        raise InvalidPaymentUriError("an amount is a whole number of the smallest unit")
    amount = int(found["whole"] + part + "0" * (power - len(part)))
    if not 0 < amount < 2**256:
        raise InvalidPaymentUriError("no amount")
    return amount
