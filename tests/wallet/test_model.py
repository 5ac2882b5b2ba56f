"""What a wallet holds, and how it changes."""

import pytest

from parley.wallet.api import (
    MAX_ACCOUNTS,
    AccountExistsError,
    AccountKey,
    InvalidLabelError,
    LastAccountError,
    NoWordsError,
    TooManyAccountsError,
    UnknownAccountError,
    WalletAccount,
    WordsExistError,
    account_of,
    add_derived,
    add_key,
    add_words,
    mark_words_checked,
    read_words,
    remove_account,
    rename_account,
    wallet_from_key,
    wallet_from_words,
)
from wallet.wallet_samples import EIP155_ACCOUNT, JUNK, JUNK_ACCOUNTS, imported_key, sample_wallet


def test_words_show_their_first_account() -> None:
    """And the next ones when asked for."""
    wallet = wallet_from_words(read_words(JUNK), "Main", checked=False)
    wallet = add_derived(add_derived(wallet, "Two"), "Three")

    assert tuple(account.address for account in wallet.accounts) == JUNK_ACCOUNTS
    assert [account.index for account in wallet.accounts] == [0, 1, 2]
    assert not any(account.imported for account in wallet.accounts)


def test_an_account_can_be_shown_by_its_index() -> None:
    """Of words used elsewhere before; counting goes on above it."""
    wallet = add_derived(wallet_from_words(read_words(JUNK), "Main", checked=True), "Third", index=2)

    assert wallet.accounts[1].address == JUNK_ACCOUNTS[2]
    assert add_derived(wallet, "Next").accounts[2].index == 3
    with pytest.raises(AccountExistsError):
        add_derived(wallet, "Again", index=2)


def test_imported_keys_stand_beside_the_words() -> None:
    """Marked, since the words do not bring them back."""
    wallet = sample_wallet()

    assert [account.imported for account in wallet.accounts] == [False, False, True]
    assert wallet.accounts[2].address == EIP155_ACCOUNT
    with pytest.raises(AccountExistsError):
        add_key(wallet, imported_key(), "Again")


def test_a_wallet_of_keys_derives_nothing_until_it_has_words() -> None:
    """Words can be added once."""
    wallet = wallet_from_key(imported_key(), "Paper")
    with pytest.raises(NoWordsError):
        add_derived(wallet, "Next")
    with pytest.raises(NoWordsError):
        mark_words_checked(wallet)

    with_words = add_words(wallet, read_words(JUNK), "Main", checked=False)

    assert [account.address for account in with_words.accounts] == [EIP155_ACCOUNT, JUNK_ACCOUNTS[0]]
    with pytest.raises(WordsExistError):
        add_words(with_words, read_words(JUNK), "Main", checked=False)


def test_the_word_check_is_remembered() -> None:
    """Fresh words are unchecked until it is passed."""
    wallet = wallet_from_words(read_words(JUNK), "Main", checked=False)

    assert not wallet.words_checked
    assert mark_words_checked(wallet).words_checked


def test_renaming_and_removing() -> None:
    """By an address in any spelling; the last account stays."""
    wallet = rename_account(sample_wallet(), JUNK_ACCOUNTS[0].lower(), "  Savings ")
    assert wallet.accounts[0].label == "Savings"

    wallet = remove_account(remove_account(wallet, JUNK_ACCOUNTS[1]), EIP155_ACCOUNT)
    assert [account.address for account in wallet.accounts] == [JUNK_ACCOUNTS[0]]
    assert add_derived(wallet, "Back").accounts[1].address == JUNK_ACCOUNTS[1]
    with pytest.raises(LastAccountError):
        remove_account(wallet, JUNK_ACCOUNTS[0])
    with pytest.raises(UnknownAccountError):
        remove_account(wallet, EIP155_ACCOUNT)
    with pytest.raises(UnknownAccountError):
        rename_account(wallet, "", "Nobody")


@pytest.mark.parametrize(
    "label", ["", "   ", "x" * 65, "a\nb", "safe\u202eelas", "a\u200bb", "\x00", "\ud800"]
)
def test_a_label_is_short_and_visible(label: str) -> None:
    """Nothing that makes one account look like another by what cannot be seen."""
    with pytest.raises(InvalidLabelError):
        wallet_from_key(imported_key(), label)


def test_labels_are_stored_composed() -> None:
    """Typed on another system, the same label is the same."""
    assert wallet_from_key(imported_key(), "Bu\u0308ro").accounts[0].label == "B\u00fcro"


def test_accounts_are_bounded() -> None:
    """64, so that the vault is."""
    wallet = wallet_from_key(AccountKey((1).to_bytes(32, "big")), "1")
    for number in range(2, MAX_ACCOUNTS + 1):
        wallet = add_key(wallet, AccountKey(number.to_bytes(32, "big")), str(number))

    assert len(wallet.accounts) == MAX_ACCOUNTS
    with pytest.raises(TooManyAccountsError):
        add_key(wallet, imported_key(), "one more")


def test_an_account_has_one_source() -> None:
    """Either derived or imported."""
    address = account_of(imported_key())
    for index, key in ((None, None), (0, imported_key())):
        with pytest.raises(ValueError, match="either"):
            WalletAccount(address, "x", index, key)
