"""The product: what a person can do with Parley, as plain steps over loaded data.

Nothing here reads a clock, draws randomness or touches a file or a socket: a step takes what was loaded, the
input, the time and entropy, and returns one `Commit`. Of the reusable rooms only their `api` modules are seen.
"""
