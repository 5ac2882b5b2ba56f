"""What `parley doctor` finds, and what it finds on this machine alone."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from parley.commands.data_folder import Contents, contents_of, is_private
from parley.messenger.profile import has_profile
from parley.resources import AssetsMissingError, check_assets
from parley.web.folder import NotRunningError, PageFolder
from parley.web.server import PortInUseError, open_port, origin_of

MIB = 1024 * 1024
ENOUGH_MIB = 500
TOO_LITTLE_MIB = 50


class State(StrEnum):
    """How good a finding is. Only WRONG makes the doctor end with exit status 1."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what it was, in one word; the same word for the same thing, for scripts.
        sentence: what is the case.
        advice: what to do about it, or empty.
    """

    check: str
    state: State
    sentence: str
    advice: str = ""

    def facts(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def on_this_machine(data: Path) -> list[Finding]:
    """Look at the assets, the disk, the data folder and the page's port. Changes nothing."""
    findings = [_assets(), _disk(data)]
    try:
        contents = contents_of(data)
        findings += [_profile(data, contents), _permissions(data, contents), _page(PageFolder(data))]
    except OSError as error:
        advice = "Change its owner or its permissions, or name another folder with --data."
        findings.append(
            Finding("folder", State.WRONG, f"{data} cannot be read ({type(error).__name__}).", advice)
        )
    return findings


def _assets() -> Finding:
    try:
        check_assets()
    except AssetsMissingError as error:
        sentence = f"{len(error.missing)} files that the page needs are missing in {error.directory}."
        return Finding("assets", State.WRONG, sentence, "Run: make setup")
    return Finding("assets", State.OK, "All files that the page needs are there.")


def _disk(data: Path) -> Finding:
    place = next(each for each in (data, *data.parents) if each.exists())
    free = shutil.disk_usage(place).free // MIB
    sentence = f"{free:,} MiB are free on the disk of {place}."
    if free < TOO_LITTLE_MIB:
        return Finding("disk", State.WRONG, sentence, "Make room: without it nothing can be received.")
    if free < ENOUGH_MIB:
        return Finding("disk", State.WARNING, sentence, "Make room before it is full.")
    return Finding("disk", State.OK, sentence)


def _profile(data: Path, contents: Contents) -> Finding:
    if not has_profile(data):
        return Finding(
            "profile", State.UNKNOWN, f"There is no profile in {data}.", "Make one with: parley up"
        )
    missing = [name for name in ("profile.db", "profile.key") if not (data / name).is_file()]
    if missing:
        sentence = f"{missing[0]} is missing in {data}."
        return Finding(
            "profile", State.WRONG, sentence, "Put it back from a copy: without it nothing can be read."
        )
    size = sum(each.lstat().st_size for each in contents.ours)
    return Finding("profile", State.OK, f"There is a profile in {data}, {size // 1024:,} KiB.")


def _permissions(data: Path, contents: Contents) -> Finding:
    if not data.exists():
        return Finding("folder", State.UNKNOWN, f"{data} does not exist yet.")
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        sentence = f"Parley may not write to {data}."
        advice = "Change its owner or its permissions, or name another folder with --data."
        return Finding("folder", State.WRONG, sentence, advice)
    theirs = [each for each in contents.ours if not os.access(each, os.R_OK | os.W_OK)]
    if theirs:
        return Finding(
            "folder", State.WRONG, f"Parley may not read and write {theirs[0]}.", "Change its owner."
        )
    if not is_private(data):
        sentence = f"Others on this machine may look into {data}."
        return Finding("folder", State.WRONG, sentence, f"Run: chmod 700 {data}")
    return Finding("folder", State.OK, f"Only you may look into {data}, and Parley may write to it.")


def _page(folder: PageFolder) -> Finding:
    port = folder.kept_port()
    try:
        folder.running_key()
    except NotRunningError:
        pass
    else:
        return Finding("page", State.OK, f"Parley runs; its page is at {origin_of(port)}/")
    if not port:
        return Finding("page", State.OK, "Parley does not run, and will choose a free port for its page.")
    try:
        open_port(port).close()
    except PortInUseError:
        sentence = f"Another program uses port {port}, which is this folder's."
        advice = "Stop that program, or start Parley with --port and another number."
        return Finding("page", State.WRONG, sentence, advice)
    return Finding("page", State.OK, f"Parley does not run; port {port} is free for its page.")
