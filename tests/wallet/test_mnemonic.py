"""Recovery words: made as BIP-39 says, read as people type them, checked that they were written down."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.wallet.api import (
    WORD_COUNTS,
    RecoveryWords,
    UnknownWordsError,
    WalletError,
    WordCountError,
    WordsChecksumError,
    choose_positions,
    create_words,
    read_words,
    suggest,
    wrong_answers,
)
from wallet.wallet_samples import JUNK, vector

BIP39 = [(bytes.fromhex(case["entropy"]), case["words"]) for case in vector("bip39.json")["vectors"]]


@pytest.mark.parametrize(("entropy", "words"), BIP39)
def test_the_published_words(entropy: bytes, words: str) -> None:
    """Entropy becomes the published words; the published words are read, of 18 too, which are never made here."""
    assert read_words(words).reveal() == tuple(words.split(" "))
    if len(entropy) == 24:
        with pytest.raises(ValueError, match="24 bytes"):
            create_words(entropy)
    else:
        assert create_words(entropy) == read_words(words)


@given(st.one_of(st.binary(min_size=16, max_size=16), st.binary(min_size=32, max_size=32)))
def test_words_that_were_made_are_read_again(entropy: bytes) -> None:
    """Whatever the randomness, the person can type the words in again, and their checksum is BIP-39's."""
    words = create_words(entropy)

    assert words.count == {16: 12, 32: 24}[len(entropy)]
    assert read_words(" ".join(words.reveal())) == words
    wordlist = suggest_all()
    bits = "".join(f"{wordlist.index(word):011b}" for word in words.reveal())
    checksum = len(entropy) // 4
    assert int(bits[:-checksum], 2) == int.from_bytes(entropy, "big")
    assert bits[-checksum:] == f"{hashlib.sha256(entropy).digest()[0]:08b}"[:checksum]


def suggest_all() -> list[str]:
    """The word list itself, whose hash is known."""
    from eth_account.hdaccount.mnemonic import Mnemonic

    wordlist = Mnemonic().wordlist
    text = "".join(f"{word}\n" for word in wordlist)
    assert (
        hashlib.sha256(text.encode()).hexdigest()
        == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )
    return wordlist


def test_typing_is_forgiven_where_it_is_harmless() -> None:
    """Case, line breaks, tabs and wide spaces do not matter."""
    typed = "  Test\ttest TEST\n test test\u3000test test test test test test  JUNK \r\n"

    assert read_words(typed) == read_words(JUNK)


@pytest.mark.parametrize("count", [0, 1, 11, 13, 14, 23, 25, 100])
def test_a_wrong_number_of_words_is_told(count: int) -> None:
    """Before anything else, with the number."""
    with pytest.raises(WordCountError) as caught:
        read_words(" ".join(["test"] * count))

    assert caught.value.found == count


def test_a_pasted_book_is_refused_unread() -> None:
    """The length is bounded."""
    with pytest.raises(WordCountError):
        read_words("test " * 1_000_000)


def test_unknown_words_are_told_with_position_and_suggestions() -> None:
    """Every unknown word at once, so that a person does not mend them one by one."""
    with pytest.raises(UnknownWordsError) as caught:
        read_words("tets test test test test test test test test test test jumk")

    first, second = caught.value.words
    assert (first.position, second.position) == (1, 12)
    assert {word[:2] for word in first.suggestions} == {"te"}
    assert "jump" in second.suggestions
    assert "jumk" not in str(caught.value)


@pytest.mark.parametrize(
    ("beginning", "found"),
    [
        ("zoo", ("zoo",)),
        ("abandn", ("abandon",)),
        ("act", ("act", "action", "actor", "actress", "actual")),
        ("", ()),
        ("ö", ()),
        ("x" * 500, ()),
    ],
)
def test_suggestions(beginning: str, found: tuple[str, ...]) -> None:
    """The longest beginning that fits decides."""
    assert suggest(beginning) == found


def test_a_wrong_checksum_is_told_apart_from_an_unknown_word() -> None:
    """All words known, but one exchanged, or two in each other's place."""
    swapped = "legal winner thank year wave sausage worth useful winner legal thank yellow"
    for typed in ("test " * 12, swapped):
        with pytest.raises(WordsChecksumError):
            read_words(typed)


@given(st.text(max_size=300))
def test_any_text_is_words_or_a_wallet_error(typed: str) -> None:
    """Nothing else comes out."""
    try:
        words = read_words(typed)
    except WalletError:
        return
    assert words.count in WORD_COUNTS


@given(st.sampled_from(WORD_COUNTS), st.binary(min_size=16, max_size=16))
def test_the_check_asks_for_three_different_words(count: int, entropy: bytes) -> None:
    """Three, ascending, all of them there."""
    positions = choose_positions(count, entropy)

    assert len(set(positions)) == 3
    assert positions == tuple(sorted(positions))
    assert all(1 <= position <= count for position in positions)


def test_every_position_is_asked_for_about_equally_often() -> None:
    """No word can be left out in the hope that it is never asked for."""
    asked = [0] * 12
    for number in range(3000):
        for position in choose_positions(12, hashlib.sha256(number.to_bytes(4, "big")).digest()[:16]):
            asked[position - 1] += 1

    assert min(asked) > 600  # 750 expected, with a standard deviation of 24.
    assert max(asked) < 900


def test_the_word_check() -> None:
    """Right answers pass; a wrong, a missing and a misplaced one are told."""
    words = read_words("legal winner thank year wave sausage worth useful legal winner thank yellow")

    assert wrong_answers(words, (1, 4, 12), {1: " Legal", 4: "year\n", 12: "yellow"}) == ()
    assert wrong_answers(words, (1, 4, 12), {1: "legal", 4: "yea", 12: "yellow"}) == (4,)
    assert wrong_answers(words, (1, 4, 12), {4: "legal", 1: "year", 11: "yellow"}) == (1, 4, 12)


@pytest.mark.parametrize("positions", [(), (0,), (13,)])
def test_a_check_that_asks_nothing_is_no_check(positions: tuple[int, ...]) -> None:
    """A caller that lost the positions cannot pass the check by that."""
    with pytest.raises(ValueError, match="positions"):
        wrong_answers(read_words(JUNK), positions, {})


@pytest.mark.parametrize("size", [0, 15, 17, 20, 24, 33])
def test_other_entropy_is_the_callers_mistake(size: int) -> None:
    """New words are 12 or 24."""
    with pytest.raises(ValueError, match="entropy"):
        create_words(bytes(size))


def test_words_are_equal_by_their_words() -> None:
    """Two readings of the same words are the same."""
    assert isinstance(read_words(JUNK), RecoveryWords)
    assert read_words(JUNK) == read_words(JUNK.upper())
    assert read_words(JUNK) != create_words(bytes(16))
