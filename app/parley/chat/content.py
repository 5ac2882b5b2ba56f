"""Content: what a person said, typed. XMTP's shape and vocabulary; an unknown type shows its fallback.

Source: XIP-5 (content types); XMTP `EncodedContent`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from google.protobuf.message import DecodeError

from parley.chat import content_pb2
from parley.chat.errors import ContentTooLongError, EmptyTextError, MalformedContentError

MAX_CONTENT_BYTES = 64 * 1024
"""Longer content is an attachment (DESIGN section 5, Sizes)."""

_MAX_PARAMETERS = 16
_MAX_NAME_LENGTH = 128


@dataclass(frozen=True, slots=True)
class ContentType:
    """Name of a content type. Types of one authority and name are told apart by their major version only."""

    authority: str
    name: str
    major: int = 1
    minor: int = 0

    def same_kind(self, other: ContentType) -> bool:
        """Whether a reader of one can read the other."""
        return (self.authority, self.name, self.major) == (other.authority, other.name, other.major)


TEXT = ContentType("xmtp.org", "text")
DELIVERY_SECRET = ContentType("parley", "deliverySecret")


@dataclass(frozen=True, slots=True)
class Content:
    """One content: its type, parameters, the fallback for readers that do not know the type, and its bytes."""

    type: ContentType
    content: bytes = field(repr=False)
    parameters: tuple[tuple[str, str], ...] = ()
    fallback: str | None = field(default=None, repr=False)


def text_content(text: str) -> Content:
    """Make a text.

    Args:
        text: what was typed; line ends of a form are made "\\n", blank ends are cut.

    Raises:
        EmptyTextError: nothing is left to read.
        ContentTooLongError: more than 64 KiB as UTF-8.
        MalformedContentError: lone surrogates, which are not text.
    """
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not cleaned:
        raise EmptyTextError
    try:
        encoded = cleaned.encode()
    except UnicodeEncodeError as error:
        raise MalformedContentError("the text is not Unicode text") from error
    return Content(TEXT, encoded, parameters=(("encoding", "UTF-8"),))


def encode_content(content: Content) -> bytes:
    """Encode for an SDS message.

    Raises:
        ContentTooLongError: the encoding is over 64 KiB.
    """
    message = content_pb2.EncodedContent(
        type=content_pb2.ContentTypeId(
            authority_id=content.type.authority,
            type_id=content.type.name,
            version_major=content.type.major,
            version_minor=content.type.minor,
        ),
        parameters=dict(content.parameters),
        fallback=content.fallback,
        content=content.content,
    )
    encoded = message.SerializeToString(deterministic=True)
    if len(encoded) > MAX_CONTENT_BYTES:
        raise ContentTooLongError(len(encoded), MAX_CONTENT_BYTES)
    return encoded


def decode_content(encoded: bytes) -> Content:
    """Decode what a contact sent.

    Raises:
        MalformedContentError: not a content, or outside the bounds on names and parameters.
    """
    if len(encoded) > MAX_CONTENT_BYTES:
        raise MalformedContentError("too long")
    message = content_pb2.EncodedContent()
    try:
        message.ParseFromString(encoded)
    except DecodeError as error:
        raise MalformedContentError("not a content") from error
    names = (message.type.authority_id, message.type.type_id)
    if (
        not all(0 < len(name) <= _MAX_NAME_LENGTH for name in names)
        or len(message.parameters) > _MAX_PARAMETERS
    ):
        raise MalformedContentError("names or parameters out of bounds")
    return Content(
        ContentType(*names, message.type.version_major, message.type.version_minor),
        message.content,
        tuple(sorted(message.parameters.items())),
        message.fallback if message.HasField("fallback") else None,
    )


def shown_text(encoded: bytes) -> str | None:
    """The text to show for stored content: the text itself, or the fallback of a type that is not known.

    None means that there is nothing to read in it; the page says so in its own words. Never raises, because what
    is stored may have come from anybody.
    """
    try:
        content = decode_content(encoded)
    except MalformedContentError:
        return None
    if content.type.same_kind(TEXT):
        return content.content.decode(errors="replace")
    return content.fallback
