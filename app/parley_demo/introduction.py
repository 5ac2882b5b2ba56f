"""Introduce people to each other the way people do it: one's contact record is put into the other's page."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from parley_demo.errors import IntroductionFailedError

_TIMEOUT_S = 20


def introduce(names: Sequence[str], entrances: Sequence[tuple[str, str]]) -> None:
    """Add everybody to everybody else's contacts. Blocks: run it in a thread.

    Adding twice renews.

    Args:
        entrances: for each name the address of their page and a launch link, which is used up.

    Raises:
        IntroductionFailedError: a page refused.
        OSError: a page does not answer.
    """
    with ExitStack() as stack:
        pages = [stack.enter_context(signed_in(*each)) for each in zip(names, entrances, strict=True)]
        for page in pages:
            for other in pages:
                if other is not page:
                    page.add_contact(other.contact_record(), other.name)


class Page:
    """A person's page, for whoever is signed in."""

    def __init__(self, name: str, url: str) -> None:
        self.name = name
        self._url = url
        # A proxy that the environment names is for other machines: these pages are on this one.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor()
        )

    def contact_record(self) -> bytes:
        """The own contact record."""
        return self.request("contact-record")

    def add_contact(self, record: bytes, nickname: str) -> None:
        """Put another's contact record in."""
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
        self.request("contacts", body, f"multipart/form-data; boundary={boundary}")

    def request(self, path: str, body: bytes | None = None, content_type: str = "") -> bytes:
        """What an address of this page answers. Blocks."""
        # The address is a person's own page on localhost, as their process printed it.
        request = urllib.request.Request(self._url + path, data=body)  # noqa: S310
        if body is not None:
            request.add_header("Content-Type", content_type)
            request.add_header("Origin", self._url.rstrip("/"))
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError as error:
            raise IntroductionFailedError(self.name, error.code) from error


@contextmanager
def signed_in(name: str, entrance: tuple[str, str]) -> Iterator[Page]:
    """Sign in by a person's launch link, and out again at the end. Blocks."""
    url, launch = entrance
    page = Page(name, url)
    page.request(launch.removeprefix(url))
    yield page
    try:
        page.request("sign-out", b"", "application/x-www-form-urlencoded")
    except IntroductionFailedError as error:
        # The answer leads to the first page, which asks to sign in: that is what was wanted.
        if error.status != 401:
            raise
