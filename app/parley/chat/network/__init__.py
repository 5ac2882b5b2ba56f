"""Peers of the network that are remembered, so that a start finds it again without being told."""
