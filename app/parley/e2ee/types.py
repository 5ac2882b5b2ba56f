"""The kinds of bytes that must not be confused with each other.

Secret kinds are real subclasses of bytes, so that a log line, a traceback with locals or a debugger shows their
size and nothing else. Guarded by tests/e2ee/test_redaction.py ::test_secret_bytes_never_show_their_content.
"""

from typing import NewType


class SecretBytes(bytes):
    """Bytes whose text form is redacted. Best effort: slices and copies by libraries are plain bytes."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {len(self)} bytes>"

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return repr(self)


class DeviceState(SecretBytes):
    """All private keys of one device: a versioned `state.proto` DeviceState."""


class SessionState(SecretBytes):
    """Everything one own device knows about its sessions with one peer device: a versioned SessionState."""


class PlainText(SecretBytes):
    """What was said, after decryption and unpadding."""


DeviceId = NewType("DeviceId", bytes)
"""32 bytes: the Ed25519 public key of a device."""

Bundle = NewType("Bundle", bytes)
"""A device's public keys, signed by the device. Public."""

Envelope = NewType("Envelope", bytes)
"""Sealed bytes on the network. Names neither sender nor recipient."""
