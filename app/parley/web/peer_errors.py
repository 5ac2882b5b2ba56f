"""The part of the table of errors that is about peers of the network."""

from __future__ import annotations

from collections.abc import Callable

from parley.messenger.errors import InvalidPeerAddressError, TooManyPeersError
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext

TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    InvalidPeerAddressError: lambda _error: Explanation(
        422,
        _("This is no address of a peer."),
        _("It looks like /ip4/192.0.2.1/tcp/4001/p2p/ followed by the peer's id; copy all of it."),
    ),
    TooManyPeersError: lambda error: Explanation(
        422,
        ngettext(
            "Parley stays connected to %(limit)d peer that was added, and no more.",
            "Parley stays connected to %(limit)d peers that were added, and no more.",
            error.limit,
        )
        % {"limit": error.limit},
        _("Remove one that you no longer need."),
    ),
}
