"""Sign-In with Ethereum (EIP-4361): the text a wallet shows, read back strictly.

Nonces are the caller's: it makes one, hands it over once, and forgets it with the first answer, right or wrong.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from parley.chain.account import checksummed
from parley.chain.errors import SignInError
from parley.chain.port import Chain
from parley.chain.signatures import (
    SIGNATURE_BYTES,
    SignedBy,
    Verification,
    recover_digest_signer,
    text_digest,
    verify_signature,
)

TEXT_CHARACTERS = 4096
RESOURCES = 16
SKEW_MS = 60_000
"""How far ahead the issuing clock may be."""

_HEAD = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?P<domain>[^\s/?#@]+) wants you to sign in with your Ethereum account:"
)
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_NONCE = re.compile(r"[A-Za-z0-9]{8,128}")
_NUMBER = re.compile(r"[1-9][0-9]{0,18}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class SignInMessage:
    """The fields of EIP-4361. Times stay as they were written (RFC 3339), since they are signed as text."""

    domain: str
    account: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: str
    statement: str | None = None
    expiration_time: str | None = None
    not_before: str | None = None
    request_id: str | None = None
    resources: tuple[str, ...] = ()
    scheme: str | None = None

    def text(self) -> str:
        """What the wallet shows and signs."""
        origin = f"{self.scheme}://{self.domain}" if self.scheme else self.domain
        lines = [f"{origin} wants you to sign in with your Ethereum account:", self.account, ""]
        # Without a statement there are two empty lines; with one, it stands between two.
        lines += [self.statement, ""] if self.statement is not None else [""]
        lines += [f"URI: {self.uri}", "Version: 1", f"Chain ID: {self.chain_id}", f"Nonce: {self.nonce}"]
        lines.append(f"Issued At: {self.issued_at}")
        if self.expiration_time is not None:
            lines.append(f"Expiration Time: {self.expiration_time}")
        if self.not_before is not None:
            lines.append(f"Not Before: {self.not_before}")
        if self.request_id is not None:
            lines.append(f"Request ID: {self.request_id}")
        if self.resources:
            lines += ["Resources:", *(f"- {each}" for each in self.resources)]
        return "\n".join(lines)


def build_sign_in(message: SignInMessage) -> str:
    """The text of a message, checked to read back as that message. Raises SignInError naming what is wrong."""
    text = message.text()
    if parse_sign_in(text) != message:
        raise SignInError("format")
    return text


def parse_sign_in(text: str) -> SignInMessage:
    """Read a text of at most 4,096 characters. Raises SignInError with the field that is wrong, or "format".

    Strict: what is read gives exactly the same text again, so nothing hides between the fields.
    """
    if len(text) > TEXT_CHARACTERS:
        raise SignInError("format")
    lines = text.split("\n")
    head = _HEAD.fullmatch(lines[0])
    if head is None:
        raise SignInError("domain")
    if len(lines) < 9 or lines[2] != "":
        raise SignInError("format")
    try:
        account = checksummed(lines[1])
    except ValueError:
        raise SignInError("address") from None
    statement, rest = (None, lines[4:]) if lines[3] == "" else (lines[3], lines[5:])
    fields, resources = _fields(rest)
    if fields.get("Version") != "1":
        raise SignInError("version")
    message = SignInMessage(
        domain=head["domain"],
        account=account,
        uri=_matching(_PRINTABLE, fields.get("URI"), "uri"),
        chain_id=int(_matching(_NUMBER, fields.get("Chain ID"), "chain id")),
        nonce=_matching(_NONCE, fields.get("Nonce"), "nonce"),
        issued_at=_matching(_TIME, fields.get("Issued At"), "issued at"),
        statement=statement,
        expiration_time=fields.get("Expiration Time"),
        not_before=fields.get("Not Before"),
        request_id=fields.get("Request ID"),
        resources=resources,
        scheme=head["scheme"],
    )
    for name, written in (("expiration time", message.expiration_time), ("not before", message.not_before)):
        if written is not None:
            _time_ms(written, name)
    _time_ms(message.issued_at, "issued at")
    # Order, repetition, a missing empty line, another spelling of the address: all show here.
    if message.text() != text or (statement is not None and not statement.isprintable()):
        raise SignInError("format")
    return message


async def verify_sign_in(
    chain: Chain | None, text: str, signature: bytes, *, domain: str, uri: str, nonce: str, now_ms: int
) -> tuple[SignInMessage, Verification]:
    """Find out who signed in.

    Args:
        chain: the chain the text must name, asked if the account is a contract. None: only an account's own key
            counts, the text may name any chain, and nobody is asked.
        text: what was signed, exactly.
        signature: what the wallet gave.
        domain: this server's host, and port if it is not the scheme's own.
        uri: the address the text must name.
        nonce: the one handed out for this sign-in, which is to be used once.
        now_ms: the time, in milliseconds since the epoch, UTC.

    Raises:
        SignInError: with the field that is wrong.
        ChainError: the account may be a contract, and the chain could not be asked.
    """
    message = parse_sign_in(text)
    expected = (
        ("domain", message.domain, domain),
        ("uri", message.uri, uri),
        ("nonce", message.nonce, nonce),
    )
    for name, written, wanted in expected:
        if written != wanted:
            raise SignInError(name)
    # A contract answers for its own chain only. A key is the same on all, and its wallet may be on any.
    if chain is not None and message.chain_id != chain.chain_id:
        raise SignInError("chain id")
    if _time_ms(message.issued_at, "issued at") > now_ms + SKEW_MS:
        raise SignInError("issued at")
    if message.expiration_time and _time_ms(message.expiration_time, "expiration time") <= now_ms:
        raise SignInError("expiration time")
    if message.not_before and _time_ms(message.not_before, "not before") > now_ms + SKEW_MS:
        raise SignInError("not before")
    try:
        verification = await _verify(chain, message.account, text_digest(text), signature)
    except ValueError:
        raise SignInError("signature") from None
    if not verification.valid:
        raise SignInError("signature")
    return message, verification


async def _verify(chain: Chain | None, account: str, digest: bytes, signature: bytes) -> Verification:
    if chain is not None:
        return await verify_signature(chain, account, digest, signature)
    if len(signature) == SIGNATURE_BYTES and recover_digest_signer(digest, signature) == account:
        return Verification(SignedBy.KEY)
    return Verification(SignedBy.NOBODY)


def _fields(lines: list[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The named lines, and the resources below them."""
    resources: tuple[str, ...] = ()
    if "Resources:" in lines:
        start = lines.index("Resources:")
        if not 0 < len(lines) - start - 1 <= RESOURCES:
            raise SignInError("resources")
        if any(not re.fullmatch(r"- [\x21-\x7e]+", line) for line in lines[start + 1 :]):
            raise SignInError("resources")
        resources = tuple(line[2:] for line in lines[start + 1 :])
        lines = lines[:start]
    fields = {}
    for line in lines:
        name, separator, value = line.partition(": ")
        if not separator or name in fields or not value.isprintable():
            raise SignInError("format")
        fields[name] = value
    return fields, resources


def _matching(pattern: re.Pattern[str], value: str | None, name: str) -> str:
    if value is None or not pattern.fullmatch(value):
        raise SignInError(name)
    return value


def _time_ms(written: str, name: str) -> int:
    """RFC 3339 to milliseconds since the epoch, UTC."""
    if not _TIME.fullmatch(written) or not written.isascii():
        raise SignInError(name)
    try:
        return int(datetime.fromisoformat(written.upper()).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise SignInError(name) from None
