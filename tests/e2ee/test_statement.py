"""What a device signs for other rooms."""

import pytest

from e2ee.e2ee_people import Person
from parley.e2ee import api as e2ee

PURPOSE, STATEMENT = b"invite", b"come in"


def test_a_statement_is_one_devices_words_for_one_purpose() -> None:
    """Nothing of it can be exchanged."""
    alice, bob = Person("alice"), Person("bob")
    signature = e2ee.sign_statement(alice.device, PURPOSE, STATEMENT)

    assert e2ee.statement_fits(alice.device_id, PURPOSE, STATEMENT, signature)
    assert not e2ee.statement_fits(bob.device_id, PURPOSE, STATEMENT, signature)
    assert not e2ee.statement_fits(alice.device_id, b"other", STATEMENT, signature)
    assert not e2ee.statement_fits(alice.device_id, PURPOSE, b"go away", signature)
    assert not e2ee.statement_fits(alice.device_id, PURPOSE + STATEMENT[:1], STATEMENT[1:], signature)


@pytest.mark.parametrize(
    ("device", "signature"), [(b"", bytes(64)), (bytes(32), b""), (b"\xff" * 32, b"x" * 65)]
)
def test_what_is_no_key_or_signature_fits_nothing(device: bytes, signature: bytes) -> None:
    """Whatever somebody put into a link."""
    assert not e2ee.statement_fits(device, PURPOSE, STATEMENT, signature)
