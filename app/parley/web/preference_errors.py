"""The part of the table of errors that is about what is set in Settings."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat import errors as chat
from parley.messenger.errors import WrongNodeError
from parley.web import networks
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext


def _wrong_node(error: WrongNodeError) -> Explanation:
    facts = {
        "node": error.endpoint,
        "claimed": networks.name(error.claimed),
        "expected": networks.name(error.expected),
    }
    return Explanation(
        422,
        _("The node %(node)s is on %(claimed)s, not on %(expected)s, so nothing was saved.") % facts,
        _("Choose that network first, or use another node."),
    )


TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    WrongNodeError: _wrong_node,
    chat.InvalidChainIdError: lambda error: Explanation(
        422,
        _("This is no number of a network."),
        _("A chain id is a whole number from 1 to %(limit)d.") % {"limit": error.limit},
    ),
    chat.InvalidNodeAddressError: lambda error: Explanation(
        422,
        _("Number %(place)d is no address of an Ethereum node, so nothing was saved.")
        % {"place": error.place},
        _(
            "It begins with https:// or http://, names a host, and holds neither blanks nor a user name. "
            "Write each address on a line of its own."
        ),
    ),
    chat.TooManyNodesError: lambda error: Explanation(
        422,
        ngettext(
            "A network can have %(limit)d node, so nothing was saved.",
            "A network can have %(limit)d nodes, so nothing was saved.",
            error.limit,
        )
        % {"limit": error.limit},
        _("Remove some addresses."),
    ),
    chat.TooManyNetworksError: lambda error: Explanation(
        422,
        _("Nodes of %(limit)d networks are kept, and no more.") % {"limit": error.limit},
        _("Remove the nodes of a network that you no longer use."),
    ),
    chat.LockAfterError: lambda error: Explanation(
        422,
        _("Parley cannot lock itself after so long."),
        _("Write a whole number of minutes from 0 to %(limit)d.") % {"limit": error.limit},
    ),
}
