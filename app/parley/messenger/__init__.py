"""The life of one opened profile: database, node, inbox, outbox and writer under one nursery.

`open_messenger` opens them and closes them again; there are no globals, so a test opens ten in one process.
"""

from parley.messenger.errors import (
    FolderNotEmptyError,
    NoProfileError,
    ProfileClosedError,
    ProfileExistsError,
    WrongPassphraseError,
)
from parley.messenger.keeper import Keeper
from parley.messenger.opened import Messenger, Status, open_messenger
from parley.messenger.profile import make_profile
from parley.messenger.system import System, real_system

__all__ = [
    "FolderNotEmptyError",
    "Keeper",
    "Messenger",
    "NoProfileError",
    "ProfileClosedError",
    "ProfileExistsError",
    "Status",
    "System",
    "WrongPassphraseError",
    "make_profile",
    "open_messenger",
    "real_system",
]
