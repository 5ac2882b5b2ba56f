"""What paying refuses. Attributes carry facts that a page may show; a refusal never moved any money."""

from __future__ import annotations

from parley.messenger.errors import MessengerError


class MoneyError(MessengerError):
    """Root of what paying refuses."""


class InvalidAmountError(MoneyError):
    """What was typed is no amount: no number, zero, or more than there can be."""


class TooManyDigitsError(MoneyError):
    """More digits after the point than the token has (`decimals`)."""

    def __init__(self, decimals: int) -> None:
        super().__init__(f"more than {decimals} decimals")
        self.decimals = decimals


class NotEnoughError(MoneyError):
    """The account holds less (`held`) of an asset (`symbol`) than is needed (`needed`), in the smallest unit."""

    def __init__(self, symbol: str, decimals: int, needed: int, held: int) -> None:
        super().__init__("not enough")
        self.symbol = symbol
        self.decimals = decimals
        self.needed = needed
        self.held = held


class UnknownPreviewError(MoneyError):
    """No preview that can be confirmed has this id: never made, older than five minutes, or of an earlier run."""


class ConfirmationError(MoneyError):
    """Another word was typed than the one asked for (`word`)."""

    def __init__(self, word: str) -> None:
        super().__init__("not confirmed")
        self.word = word


class UnknownFeeError(MoneyError):
    """The fee is none of those that were offered."""


class NameMovedError(MoneyError):
    """A name (`name`) stands for another address (`now`, None: for none) than in the preview (`before`)."""

    def __init__(self, name: str, before: str, now: str | None) -> None:
        super().__init__("a name moved")
        self.name = name
        self.before = before
        self.now = now


class UnknownPayerError(MoneyError):
    """No account of this profile that could pay has this address; one that is watched only cannot."""

    def __init__(self, address: str) -> None:
        super().__init__("no payer")
        self.address = address


class InsidePayerError(MoneyError):
    """The account's key is inside: it is paid from here, not by a wallet outside."""


class OutsidePayerError(MoneyError):
    """The account's key is in a wallet outside, which has to be asked."""


class WalletDiffersError(MoneyError):
    """The wallet outside shows another account (`address`) than the preview (`expected`)."""

    def __init__(self, expected: str, address: str) -> None:
        super().__init__("another account")
        self.expected = expected
        self.address = address


class WalletChainDiffersError(MoneyError):
    """The wallet outside is on another chain (`chain_id`) than the preview (`expected`)."""

    def __init__(self, expected: int, chain_id: int) -> None:
        super().__init__(f"on chain {chain_id}, not {expected}")
        self.expected = expected
        self.chain_id = chain_id


class SeveralCallsError(MoneyError):
    """Several calls cannot be one transaction of an account of a key; a wallet that makes batches can."""


class NotOnNetworkError(MoneyError):
    """An account (`account`) is a contract on another network than this one (`chain_id`), where it has nothing."""

    def __init__(self, account: str, chain_id: int) -> None:
        super().__init__(f"not on chain {chain_id}")
        self.account = account
        self.chain_id = chain_id


class InvalidNoteError(MoneyError):
    """A note or a reason has more than `limit` characters, or is no text."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit} characters")
        self.limit = limit


class InvalidExpiryError(MoneyError):
    """A request can be open for `least_s` to `most_s` seconds."""

    def __init__(self, least_s: int, most_s: int) -> None:
        super().__init__(f"{least_s} to {most_s} s")
        self.least_s = least_s
        self.most_s = most_s


class InvalidCallsError(MoneyError):
    """A request has 1 to `limit` calls, each with so much data as a request holds."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"1 to {limit} calls")
        self.limit = limit


class UnknownDraftError(MoneyError):
    """No request waits for a wallet's signature under this id: never begun, older than five minutes, or sent."""


class NoTokenError(MoneyError):
    """There is no token at the address; `reason` says what was found instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidFunctionTypedError(MoneyError):
    """What was typed is no signature of a function."""


class InvalidArgumentTypedError(MoneyError):
    """An argument (`index` from 0; None: their number) is none of its type (`kind`)."""

    def __init__(self, index: int | None, kind: str) -> None:
        super().__init__(f"argument {index}: {kind}")
        self.index = index
        self.kind = kind


class UnknownPaymentError(MoneyError):
    """No payment of this profile has this id, or nothing of this kind can be done with it."""


class NotReplaceableError(MoneyError):
    """The payment is not waiting for a block, or was not made by the wallet inside."""


class NotHandedInError(MoneyError):
    """A node refused the transaction; `reason` is its text, bounded."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooManySavedError(MoneyError):
    """As many addresses or tokens are saved as are kept (`limit`)."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"more than {limit}")
        self.limit = limit


class InvalidSavedLabelError(MoneyError):
    """A saved address can have no such name: none, or more than `limit` characters."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"1 to {limit} characters")
        self.limit = limit


class UnreadablePaymentUriError(MoneyError):
    """A text is no request to pay the coin or a token (EIP-681)."""
