"""The part of the table of errors that is about money: what is told, and that nothing was paid."""

from __future__ import annotations

from collections.abc import Callable

from parley.chat import errors as chat
from parley.chat.payments.model import RequestState
from parley.messenger.money import errors as money
from parley.messenger.money.amounts import format_amount
from parley.web import display, networks
from parley.web.explanation import Explanation
from parley.web.language import gettext as _

REASON_CHARACTERS = 300


def _not_paid() -> str:
    return _("Nothing was paid.")


def _not_enough(error: money.NotEnoughError) -> Explanation:
    held = format_amount(error.held, error.decimals)
    symbol = display.quoted(error.symbol, 16)
    return Explanation(
        422,
        _("There is not enough: the account holds %(held)s %(symbol)s.") % {"held": held, "symbol": symbol},
    )


def _name_moved(error: money.NameMovedError) -> Explanation:
    return Explanation(
        409,
        _("The name %(name)s stands for another address now than when you looked.")
        % {"name": display.name_of_account(error.name)},
        _("Nothing was paid. Look at the new address before you try again."),
        "/money/send",
        _("Begin again"),
    )


def _argument(error: money.InvalidArgumentTypedError) -> Explanation:
    if error.index is None:
        return Explanation(422, _("The function takes another number of arguments."), _("One a line."))
    return Explanation(
        422,
        _("Argument %(n)d is no %(kind)s.") % {"n": error.index + 1, "kind": display.quoted(error.kind, 40)},
    )


def _closed(error: chat.RequestClosedError) -> Explanation:
    said = {
        RequestState.DECLINED.value: _("This request was declined."),
        RequestState.CANCELLED.value: _("This request was taken back."),
        RequestState.EXPIRED.value: _("The time of this request is over."),
        RequestState.SETTLED.value: _("This request is paid."),
    }
    text = said.get(error.state, _("This request is being paid."))
    return Explanation(409, text, _("Nothing was changed."))


TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    chat.AlreadyPayingError: lambda error: Explanation(
        409,
        _("You pay this request already, or have asked your wallet to."),
        _("Look what became of that. Nothing was paid again."),
        f"/money/payments/{error.payment_id}",
        _("That payment"),
    ),
    chat.UnknownRequestError: lambda _error: Explanation(404, _("There is no such request.")),
    chat.RequestClosedError: _closed,
    money.MoneyError: lambda _error: Explanation(422, _("This cannot be paid."), _not_paid()),
    money.InvalidAmountError: lambda _error: Explanation(
        422, _("This is no amount. Write it with digits and, if need be, one point: 12.5")
    ),
    money.TooManyDigitsError: lambda error: Explanation(
        422, _("There are at most %(n)d digits after the point.") % {"n": error.decimals}
    ),
    money.NotEnoughError: _not_enough,
    money.UnknownPreviewError: lambda _error: Explanation(
        410,
        _(
            "What you looked at can be confirmed no longer: five minutes are over, or Parley was started again."
        ),
        _("Nothing was paid. Begin again."),
        "/money",
        _("Money"),
    ),
    money.ConfirmationError: lambda error: Explanation(
        422, _("Type “%(word)s” to confirm.") % {"word": error.word}, _not_paid()
    ),
    money.UnknownFeeError: lambda _error: Explanation(422, _("Choose one of the fees."), _not_paid()),
    money.NameMovedError: _name_moved,
    money.UnknownPayerError: lambda _error: Explanation(
        422, _("This account cannot pay: its key is not here."), _("Choose another one.")
    ),
    money.InsidePayerError: lambda _error: Explanation(
        409, _("This account’s key is in the wallet inside, which pays from here."), _not_paid()
    ),
    money.OutsidePayerError: lambda _error: Explanation(
        409, _("This account’s key is in a wallet outside of Parley. Use that wallet."), _not_paid()
    ),
    money.WalletDiffersError: lambda error: Explanation(
        409,
        _("Your wallet shows another account. This is paid by %(account)s.")
        % {"account": display.short_account(error.expected)},
        _("Choose that account in your wallet. Nothing was paid."),
    ),
    money.WalletChainDiffersError: lambda error: Explanation(
        409,
        _("Your wallet is on another network. This is paid on %(network)s.")
        % {"network": networks.name(error.expected)},
        _("Choose that network in your wallet. Nothing was paid."),
    ),
    money.SeveralCallsError: lambda _error: Explanation(
        409,
        _("This is several calls at once, which only some wallets can send as one."),
        _("Use a wallet that can send batches. Nothing was paid."),
    ),
    money.NoTokenError: lambda _error: Explanation(
        422, _("There is no token at this address on this network."), _("Compare address and network.")
    ),
    money.InvalidFunctionTypedError: lambda _error: Explanation(
        422, _("This is no function. Write it as in vote(uint256).")
    ),
    money.InvalidArgumentTypedError: _argument,
    money.UnknownPaymentError: lambda _error: Explanation(404, _("There is no such payment.")),
    money.NotReplaceableError: lambda _error: Explanation(
        409,
        _("This payment is not waiting any more, or another wallet sent it, so nothing can take its place."),
    ),
    money.NotHandedInError: lambda error: Explanation(
        502,
        _("The Ethereum node did not take it: “%(reason)s”.")
        % {"reason": display.quoted(error.reason, REASON_CHARACTERS)},
        _("Look into the history before you try again."),
    ),
    money.TooManySavedError: lambda error: Explanation(
        409, _("At most %(n)d are kept. Remove one first.") % {"n": error.limit}
    ),
    money.InvalidSavedLabelError: lambda error: Explanation(
        422, _("A name has 1 to %(n)d characters.") % {"n": error.limit}
    ),
    money.NotOnNetworkError: lambda error: Explanation(
        422,
        _("An account that is a contract is on one network only, and that is not %(network)s.")
        % {"network": networks.name(error.chain_id)},
        _("Choose another network."),
    ),
    money.InvalidNoteError: lambda error: Explanation(
        422, _("At most %(n)d characters can be said.") % {"n": error.limit}
    ),
    money.InvalidExpiryError: lambda _error: Explanation(422, _("Choose how long the request is open.")),
    money.InvalidCallsError: lambda error: Explanation(
        422, _("There are 1 to %(n)d calls, each of a bounded size.") % {"n": error.limit}
    ),
    money.UnknownDraftError: lambda _error: Explanation(
        410,
        _("This request waits for no signature any more: it was sent, or five minutes are over."),
        _("Begin again."),
    ),
    money.UnreadablePaymentUriError: lambda _error: Explanation(
        422,
        _("This is no code for a payment that Parley knows."),
        _("It reads addresses, and codes that ask for the network’s coin or for a token."),
    ),
}
