"""Content: its encoding, its bounds, and what is shown of it."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parley.chat.content import (
    MAX_CONTENT_BYTES,
    TEXT,
    Content,
    ContentType,
    decode_content,
    encode_content,
    shown_text,
    text_content,
)
from parley.chat.errors import ContentTooLongError, EmptyTextError, MalformedContentError

names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40)
contents = st.builds(
    Content,
    st.builds(ContentType, names, names, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.binary(max_size=400),
    st.dictionaries(names, names, max_size=5).map(lambda each: tuple(sorted(each.items()))),
    st.none() | names,
)


@given(contents)
def test_decoding_gives_back_what_was_encoded(content: Content) -> None:
    """Any content survives its encoding."""
    assert decode_content(encode_content(content)) == content


@given(st.binary(max_size=300))
def test_any_bytes_are_content_or_malformed(encoded: bytes) -> None:
    """Decoding hostile bytes raises nothing but its one error, and showing them raises nothing."""
    shown_text(encoded)
    with contextlib.suppress(MalformedContentError):
        decode_content(encoded)


def test_a_text_is_cleaned_of_form_line_ends_and_blank_ends() -> None:
    """A form sends CRLF; a reader gets line feeds."""
    encoded = encode_content(text_content("  one\r\ntwo\rthree \n"))

    assert shown_text(encoded) == "one\ntwo\nthree"


@pytest.mark.parametrize("text", ["", " ", "\r\n\t "])
def test_an_empty_text_is_refused(text: str) -> None:
    """There is nothing to send."""
    with pytest.raises(EmptyTextError):
        text_content(text)


def test_lone_surrogates_are_refused() -> None:
    """They cannot be encoded, so they could not arrive as typed."""
    with pytest.raises(MalformedContentError):
        text_content("a\ud800b")


def test_content_over_the_limit_is_refused_with_its_numbers() -> None:
    """The page tells how much too long a text is."""
    with pytest.raises(ContentTooLongError) as caught:
        encode_content(text_content("x" * (MAX_CONTENT_BYTES + 1)))

    assert caught.value.limit == MAX_CONTENT_BYTES
    assert caught.value.length > MAX_CONTENT_BYTES


def test_an_unknown_type_shows_its_fallback() -> None:
    """Somebody else's newer Parley sent it."""
    content = Content(ContentType("example", "hologram"), b"\x00", fallback="A hologram")

    assert shown_text(encode_content(content)) == "A hologram"


def test_an_unknown_type_without_fallback_shows_nothing() -> None:
    """The page then says so in its own words."""
    assert shown_text(encode_content(Content(ContentType("example", "hologram"), b"\x00"))) is None


def test_a_later_minor_version_is_read_and_a_later_major_one_is_not() -> None:
    """XMTP's rule: a minor version stays readable."""
    minor = Content(ContentType(TEXT.authority, TEXT.name, 1, 9), b"hi")
    major = Content(ContentType(TEXT.authority, TEXT.name, 2, 0), b"\xff", fallback="newer")

    assert shown_text(encode_content(minor)) == "hi"
    assert shown_text(encode_content(major)) == "newer"


def test_content_never_shows_in_a_repr() -> None:
    """A log line that prints a content prints none of its text."""
    assert "secret words" not in repr(text_content("secret words"))
