"""What has to be asked on a chain before a contract account's record can be read (README.md#contract-accounts).

Reading a record is a plain function, and asking a contract is not: the caller collects the claims, asks, and hands in
a `recover` that knows the answers.
"""

from dataclasses import dataclass
from typing import Any, Final

from parley.e2ee.account import split_account
from parley.e2ee.contact_record import claimed_account, read_contact_record
from parley.e2ee.endorsement import decode_entry

_AFTER_ALL_ENDORSEMENTS_MS: Final = 1 << 64


@dataclass(frozen=True, slots=True)
class ContractClaim:
    """A contract account is said to have signed this."""

    account: str  # CAIP-10
    address: str  # as in `account`; its EIP-55 spelling is not checked
    chain_id: int
    typed_data: dict[str, Any]
    signature: bytes  # 1 to 2048


def contract_claims(record: bytes) -> tuple[ContractClaim, ...]:
    """Return what a record says a contract has accepted, at most 32 claims; none for an account of a key.

    All else in the record is checked before, so that nobody is asked about a record that is refused anyway.
    Guarded by tests/e2ee/test_contract_claims.py ::test_nothing_is_asked_about_a_record_that_is_refused_anyway.

    Raises:
        InvalidContactRecordError: malformed, or something in it but the wallet's signatures does not fit.
        ContactRecordTooLargeError: more than 64 KiB or 32 entries.
    """
    account = claimed_account(record)
    address, chain_id = split_account(account)
    if chain_id is None:
        return ()
    # How many devices are live is the reader's question, which has a clock; after all endorsements none is.
    checked = read_contact_record(record, lambda _data, _signature: account, _AFTER_ALL_ENDORSEMENTS_MS)
    entries = [decode_entry(raw) for raw in checked.entries]
    return tuple(
        ContractClaim(account, address, chain_id, entry.endorsement.typed_data(), entry.wallet_signature)
        for entry in entries
    )
