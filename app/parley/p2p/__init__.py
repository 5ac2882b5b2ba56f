"""Routing over libp2p: a Waku relay node that carries opaque payloads. See README.md; import from `api`."""
