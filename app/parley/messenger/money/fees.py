"""Fees to choose from, the most that can be sent with them, and what it takes to replace a transaction. Pure."""

from __future__ import annotations

from parley.chain.api import FeeChoices, Fees
from parley.messenger.money.model import FeeOption

PLAIN_GAS = 21_000
"""What a transfer of the coin to an account without code takes, exactly."""

_SPARE_PERCENT = 25
"""What is added to the gas of a simulation: a contract may take another way in the block it gets into."""

_REPLACE_PERCENT = 13
"""Nodes replace a waiting transaction for at least a tenth more of both fees; some ask for an eighth."""

_DATA_RESERVES = {10: 10**13, 8453: 10**13}
"""Rollups that take a fee for their data besides the gas, in wei to be left when everything is sent."""


def gas_limit(gas: int) -> int:
    """The gas to sign for, of what a simulation took."""
    return gas if gas <= PLAIN_GAS else gas * (100 + _SPARE_PERCENT) // 100


def fee_options(choices: FeeChoices, gas: int) -> tuple[FeeOption, ...]:
    """Three fees by name, with the most that each can cost for so much gas."""
    named = (("slow", choices.slow), ("normal", choices.normal), ("fast", choices.fast))
    return tuple(_option(name, fees, gas) for name, fees in named)


def replacing_options(choices: FeeChoices, waiting: Fees, gas: int) -> tuple[FeeOption, ...]:
    """Fees that take the place of a waiting transaction: what is usual now, and enough more than what it offers.

    Guarded by tests/messenger/money/test_fees.py::test_a_replacement_offers_enough_more_of_both.
    """
    found = []
    for each in fee_options(choices, gas):
        tip = max(each.max_priority_fee_per_gas, _more(waiting.max_priority_fee_per_gas))
        most = max(each.max_fee_per_gas, _more(waiting.max_fee_per_gas), tip)
        found.append(_option(each.name, Fees(most, tip), gas))
    return tuple(found)


def most_to_send(chain_id: int, held: int, options: tuple[FeeOption, ...]) -> int:
    """All of the coin that can be sent so that any of the fees can be paid; zero or less if there is not enough.

    Args:
        held: wei.
    """
    return held - max(each.most for each in options) - _DATA_RESERVES.get(chain_id, 0)


def _option(name: str, fees: Fees, gas: int) -> FeeOption:
    return FeeOption(name, fees.max_fee_per_gas, fees.max_priority_fee_per_gas, fees.max_fee_per_gas * gas)


def _more(fee: int) -> int:
    return fee * (100 + _REPLACE_PERCENT) // 100 + 1
