"""Parley: a messenger for people who hold Ethereum wallets. Rooms are imported by their own names."""

__version__ = "0.1.0"
