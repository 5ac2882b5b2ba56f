"""The part of the table of errors that is about making a profile, opening it, and an account proving itself.

A page shows these beside the form that met them; `errors.explain` finds them all the same.
"""

from __future__ import annotations

from collections.abc import Callable

from parley.messenger import errors as messenger
from parley.web import networks
from parley.web.explanation import Explanation
from parley.web.language import gettext as _
from parley.web.language import ngettext


def _unknown_words(error: messenger.UnknownWordsError) -> Explanation:
    positions = ", ".join(str(word.position) for word in error.words)
    return Explanation(
        422,
        ngettext(
            "This word is not in the list of recovery words: number %(positions)s.",
            "These words are not in the list of recovery words: numbers %(positions)s.",
            len(error.words),
        )
        % {"positions": positions},
        _("Nothing was made. Correct it below; your words are still there."),
    )


def _word_count(error: messenger.WordCountError) -> Explanation:
    return Explanation(
        422,
        ngettext("This is %(n)d word.", "These are %(n)d words.", error.found) % {"n": error.found},
        _("Recovery words are 12, 15, 18, 21 or 24, in their order."),
    )


def _wrong_words(error: messenger.WrongWordsError) -> Explanation:
    return Explanation(
        422,
        ngettext(
            "One word is not the one you were shown.",
            "%(n)d words are not the ones you were shown.",
            len(error.positions),
        )
        % {"n": len(error.positions)},
        _("Compare with what you wrote down, or show the words again."),
    )


TABLE: dict[type[Exception], Callable[..., Explanation]] = {
    messenger.WrongPassphraseError: lambda _error: Explanation(
        422, _("This passphrase does not open the profile."), _("Nothing was changed.")
    ),
    messenger.InvalidAddressError: lambda _error: Explanation(
        422,
        _("What the wallet gave is no Ethereum account."),
        _("Choose an account in your wallet and start again."),
    ),
    messenger.InvalidChainError: lambda _error: Explanation(
        422,
        _("Parley cannot use the network your wallet is on."),
        _("Choose another network in your wallet and start again."),
    ),
    messenger.NonceError: lambda _error: Explanation(
        409, _("This request has expired or was used already."), _("Nothing was done. Start again.")
    ),
    messenger.WrongSignerError: lambda _error: Explanation(
        422,
        _("The signature is not of the account that was shown."),
        _("Choose that account in your wallet and start again."),
    ),
    messenger.SignatureTooLongError: lambda error: Explanation(
        422,
        _("The signature of this smart account is too long: it has %(size)d bytes, and %(limit)d fit.")
        % {"size": error.size, "limit": error.limit},
        _("Use the account once on its network, so that it is deployed, then start again."),
    ),
    messenger.NoNodeError: lambda error: Explanation(
        422,
        _(
            "No key made this signature. If the account is a smart account, only an Ethereum node can check it."
        ),
        _("Give the address of a node of %(network)s, then try again.")
        % {"network": networks.name(error.chain_id)},
    ),
    messenger.NodesUnreachableError: lambda error: Explanation(
        503,
        _("No Ethereum node of %(network)s answered, so the signature could not be checked.")
        % {"network": networks.name(error.chain_id)},
        _("Nothing was done. Try again, or use another node."),
    ),
    messenger.WrongNodeChainError: lambda error: Explanation(
        422,
        _("This Ethereum node is on %(claimed)s, not on %(expected)s.")
        % {"claimed": networks.name(error.claimed), "expected": networks.name(error.expected)},
        _("Use a node of the same network."),
    ),
    messenger.InvalidEndpointError: lambda _error: Explanation(
        422,
        _("This is no address of an Ethereum node."),
        _("It begins with https:// or, on this computer, with http://localhost."),
    ),
    messenger.SignInRefusedError: lambda _error: Explanation(
        401,
        _("This sign-in was refused: it is not of this profile's account."),
        _("Choose the account that you use in Parley in your wallet, then start again."),
    ),
    messenger.WrongWordsError: _wrong_words,
    messenger.UnknownChoiceError: lambda _error: Explanation(422, _("Choose one of these accounts.")),
    messenger.WordCountError: _word_count,
    messenger.UnknownWordsError: _unknown_words,
    messenger.WordsChecksumError: lambda _error: Explanation(
        422,
        _("Each word is in the list, but together they are not valid."),
        _(
            "One is wrong, or two have changed places. Compare with what you wrote down; your words are still there."
        ),
    ),
    messenger.InvalidKeyError: lambda _error: Explanation(
        422,
        _("This is no private key."),
        _("It has 64 digits from 0 to 9 and a to f, with or without 0x before them."),
    ),
    messenger.InvalidKeystoreError: lambda _error: Explanation(
        422,
        _("This file is no keystore that Parley can read."),
        _("It is a JSON file of version 3, often called UTC--…."),
    ),
    messenger.KeystoreTooCostlyError: lambda _error: Explanation(
        422,
        _("Opening this keystore would take too much memory or time."),
        _("Export the key anew in your wallet."),
    ),
    messenger.KeystoreMemoryError: lambda _error: Explanation(
        503,
        _("This computer has too little free memory to open the keystore."),
        _("Close other programs and try again."),
    ),
    messenger.WrongKeystorePasswordError: lambda _error: Explanation(
        422,
        _("The password does not open this keystore."),
        _("Choose the file again and type the password anew."),
    ),
    messenger.KeystoreAddressError: lambda error: Explanation(
        422,
        _("The file says it is of %(claimed)s, but its key is of %(found)s.")
        % {"claimed": error.claimed, "found": error.found},
        _("It was changed by somebody: do not use it."),
    ),
    messenger.NoSuchWayError: lambda _error: Explanation(
        409, _("This way of unlocking is not set up."), _("Use the passphrase.")
    ),
    messenger.WrongSignatureError: lambda _error: Explanation(
        422,
        _("This signature does not open the profile."),
        _("Choose the account that you set this up with in your wallet."),
    ),
    messenger.KeyringUnavailableError: lambda _error: Explanation(
        503,
        _("The keyring of this system did not answer, or does not hold the key."),
        _("Unlock the keyring, or use the passphrase."),
    ),
    messenger.SignaturesDifferError: lambda _error: Explanation(
        422,
        _("Your wallet signed the same text twice with different results."),
        _("It cannot be used to unlock Parley. Nothing was changed; your passphrase works as before."),
    ),
    messenger.ContractAccountError: lambda _error: Explanation(
        422,
        _("Your account is a smart account, whose signature may change from one time to the next."),
        _("It cannot be used to unlock Parley; use the passphrase or the system keyring."),
    ),
    messenger.InsideAccountError: lambda _error: Explanation(
        422,
        _("Your account's key is inside this profile, so it cannot open it."),
        _("Use the passphrase or the system keyring."),
    ),
    messenger.WalletError: lambda _error: Explanation(
        422, _("The wallet cannot do this."), _("Check it and try again.")
    ),
}
