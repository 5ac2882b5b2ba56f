"""The outbox: what has not been acknowledged, and when it is sent again."""
