"""The network and the own balance as every page shows them beside the status."""

from __future__ import annotations

from dataclasses import dataclass

from parley.web import display, networks
from parley.web.ethereum_ports import EthereumState
from parley.web.language import gettext as _

WEI_DIGITS = 18


@dataclass(frozen=True, slots=True)
class EthereumView:
    """The network that is read, and the own balance or why there is none.

    Attributes:
        network: the network's name.
        kind: "main", "test" or "other", by which the badge looks.
        kind_text: the same in words, where it is to be said.
        amount: the last known balance, exact, with its unit.
        as_of: the time of the block it is as of.
        sentence: what stands in the balance's place, or what is wrong with it.
        link_text: the link to the settings of the network, where something can be done there.
    """

    network: str
    kind: str
    kind_text: str | None
    amount: str | None
    as_of: display.Moment | None
    sentence: str | None
    link_text: str | None


def ethereum_view(state: EthereumState) -> EthereumView:
    """What is known, in words."""
    kind = networks.kind(state.chain_id)
    sentence, link_text = _told(state)
    balance = state.balance
    return EthereumView(
        network=networks.title(state.chain_id),
        kind=kind,
        kind_text=_("Test network") if kind == "test" else None,
        amount=None if balance is None else amount(balance.wei, state.chain_id),
        as_of=None if balance is None else display.moment(balance.block.time_ms),
        sentence=sentence,
        link_text=link_text,
    )


def amount(wei: int, chain_id: int) -> str:
    """An amount of a network's own coin, with its unit."""
    coin = networks.coin(chain_id)
    exact = display.exact_amount(wei, WEI_DIGITS)
    return f"{exact} {coin}" if coin else _("%(amount)s of this network's own coin") % {"amount": exact}


def _told(state: EthereumState) -> tuple[str | None, str | None]:
    if not state.nodes:
        return _("No Ethereum node set."), _("Add one in Settings.")
    if state.elsewhere is not None:
        where = networks.title(state.elsewhere)
        return _("Your account is on %(network)s.") % {"network": where}, _("Choose the network in Settings.")
    if state.answered is None:
        return _("Asking the Ethereum node …"), None
    if state.answered:
        return None, None
    if any(each.health == "wrong chain" for each in state.nodes):
        return _("The Ethereum node is on another network."), _("See Settings.")
    return _("No Ethereum node answers."), _("See Settings.")
