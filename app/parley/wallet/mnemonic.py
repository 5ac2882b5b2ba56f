"""Recovery words: made, read from a person's typing, and checked that they were written down.

BIP-39 with the English list, by eth-account's Mnemonic; nothing here draws randomness. eth-account takes about a
second to import, so it is imported where it is first needed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from parley.wallet.errors import UnknownWord, UnknownWordsError, WordCountError, WordsChecksumError

NEW_ENTROPY_BYTES: Final = (16, 32)
WORD_COUNTS: Final = (12, 15, 18, 21, 24)
MAX_TYPED_CHARACTERS: Final = 1024
MAX_SUGGESTIONS: Final = 5
CHECK_ENTROPY_BYTES: Final = 16
CHECKED_POSITIONS: Final = 3


@dataclass(frozen=True, slots=True)
class RecoveryWords:
    """Words that are known to be valid. Only `reveal` shows them: no repr, str or format does.

    Make one with `create_words` or `read_words`. Guarded by
    tests/wallet/test_redaction.py::test_secrets_never_show_themselves.
    """

    _words: tuple[str, ...] = field(repr=False)

    @property
    def count(self) -> int:
        """How many words: 12, 15, 18, 21 or 24."""
        return len(self._words)

    def reveal(self) -> tuple[str, ...]:
        """The words themselves, for the page that shows them and for derivation. Never log them."""
        return self._words


def create_words(entropy: bytes) -> RecoveryWords:
    """Turn fresh randomness into words.

    Args:
        entropy: 16 bytes for 12 words, 32 bytes for 24, from the system's randomness and used for nothing else.

    Source: BIP-39, "Generating the mnemonic".
    """
    from eth_account.hdaccount.mnemonic import Mnemonic

    if len(entropy) not in NEW_ENTROPY_BYTES:
        raise ValueError(f"entropy of {len(entropy)} bytes, expected one of {NEW_ENTROPY_BYTES}")
    return RecoveryWords(tuple(Mnemonic().to_mnemonic(entropy).split(" ")))


def read_words(typed: str) -> RecoveryWords:
    """Read what a person typed or pasted: any case, any white space between the words.

    A word has to be whole: BIP-39 allows four letters, but then a typing error in a longer word would pass.

    Raises:
        WordCountError: not 12, 15, 18, 21 or 24 words.
        UnknownWordsError: some are not in the list, with positions and suggestions.
        WordsChecksumError: all are in the list, but do not belong together.
    """
    from eth_account.hdaccount.mnemonic import Mnemonic

    # Reading stops at a bound, so that a pasted book costs nothing; so many characters are more than 24 words.
    words = tuple(unicodedata.normalize("NFKD", typed[: MAX_TYPED_CHARACTERS + 1]).lower().split())
    if len(typed) > MAX_TYPED_CHARACTERS:
        raise WordCountError(max(len(words), WORD_COUNTS[-1] + 1))
    if len(words) not in WORD_COUNTS:
        raise WordCountError(len(words))
    mnemonic = Mnemonic()
    known = frozenset(mnemonic.wordlist)
    unknown = tuple(
        UnknownWord(position, suggest(word)) for position, word in enumerate(words, 1) if word not in known
    )
    if unknown:
        raise UnknownWordsError(unknown)
    if not mnemonic.is_mnemonic_valid(" ".join(words)):
        raise WordsChecksumError
    return RecoveryWords(words)


def suggest(beginning: str) -> tuple[str, ...]:
    """Up to five words of the list that share the longest beginning with a word; none if not even a letter fits."""
    from eth_account.hdaccount.mnemonic import Mnemonic

    wordlist = Mnemonic().wordlist
    longest = max(map(len, wordlist))
    for length in range(min(len(beginning), longest), 0, -1):
        found = [word for word in wordlist if word.startswith(beginning[:length])]
        if found:
            return tuple(found[:MAX_SUGGESTIONS])
    return ()


def choose_positions(word_count: int, entropy: bytes) -> tuple[int, ...]:
    """Choose three different positions, from 1, ascending, at which the person has to repeat the words.

    Args:
        word_count: how many words there are, one of WORD_COUNTS.
        entropy: 16 fresh random bytes. Read as one number, so that no position is likelier than another by more
            than one part in 2^100.
    """
    if word_count not in WORD_COUNTS or len(entropy) != CHECK_ENTROPY_BYTES:
        raise ValueError("a number of words and 16 bytes of entropy")
    number = int.from_bytes(entropy, "big")
    left = list(range(1, word_count + 1))
    chosen = []
    for _ in range(CHECKED_POSITIONS):
        number, at = divmod(number, len(left))
        chosen.append(left.pop(at))
    return tuple(sorted(chosen))


def wrong_answers(
    words: RecoveryWords, positions: tuple[int, ...], answers: Mapping[int, str]
) -> tuple[int, ...]:
    """At which of the asked positions the answer is missing or wrong; empty means that the check is passed.

    Args:
        positions: what `choose_positions` gave for these words; kept by the caller, never taken from the answer,
            or a page could choose to be asked nothing.
        answers: what was typed, by position; others than those asked for are ignored.
    """
    if not positions or not all(1 <= position <= words.count for position in positions):
        raise ValueError("positions of these words")
    real = words.reveal()
    return tuple(
        position for position in positions if answers.get(position, "").strip().lower() != real[position - 1]
    )
