"""The network room beside stock py-libp2p: CPU per message, what is lost, start and memory."""
