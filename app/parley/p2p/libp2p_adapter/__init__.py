"""The only place that imports py-libp2p, and where its sharp edges are filed off.

Importing any module of this package loads libp2p (about two seconds and 65 MiB), so `parley.p2p.node` does it
on first use and nothing else does. libp2p's types do not leave this package.
"""
