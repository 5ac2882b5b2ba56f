"""Introduce people to each other the way people do it: one's contact record is put into the other's page."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request

from parley_demo.errors import IntroductionFailedError
from parley_demo.person import Person

_TIMEOUT_S = 20

# A proxy that the environment names is for other machines: these pages are on this one.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def introduce(person: Person, other: Person) -> None:
    """Add `other` to the contacts of `person`. Blocks: run it in a thread. Adding twice renews.

    Raises:
        IntroductionFailedError: a page refused.
    """
    add_contact(person, contact_record(other), other.name)


def contact_record(person: Person) -> bytes:
    """A person's own contact record, from their page. Blocks."""
    return _request(person, "contact-record")


def add_contact(person: Person, record: bytes, nickname: str) -> None:
    """Put a contact record into a person's page. Blocks."""
    boundary = secrets.token_hex(16)
    body = b"".join(
        (
            f"--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="nickname"\r\n\r\n',
            f"{nickname}\r\n--{boundary}\r\n".encode(),
            b'Content-Disposition: form-data; name="record"; filename="record.parley-contact"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n",
            record,
            f"\r\n--{boundary}--\r\n".encode(),
        )
    )
    _request(person, "contacts", body, f"multipart/form-data; boundary={boundary}")


def _request(person: Person, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
    # The address is a person's own page on localhost, as their process printed it.
    request = urllib.request.Request(person.url + path, data=body)  # noqa: S310
    if body is not None:
        request.add_header("Content-Type", content_type)
        request.add_header("Origin", person.url.rstrip("/"))
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        raise IntroductionFailedError(person.name, error.code) from error
