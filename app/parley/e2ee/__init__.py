"""End-to-end encryption between devices: bytes in, bytes out, no IO and no clock. Use `parley.e2ee.api`."""
