"""Where things are: the repository, the program under test, the shared folder of test media."""

from __future__ import annotations

import os
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]


class SharedFolderMissing(Exception):
    """No shared folder on this machine: the only reason for which a test may be skipped."""


def binary() -> Path:
    """The program under test: $S3REEL_BIN, else the release build."""
    path = Path(os.environ.get("S3REEL_BIN") or REPO / "build" / "release" / "s3reel")
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"no program at {path}; build it with `make` or set S3REEL_BIN")
    return path.resolve()


def shared_folder() -> Path:
    """S3REEL_SHARED, else <repo>/shared, else <repo>/../shared; never by the working directory."""
    named = os.environ.get("S3REEL_SHARED")
    if named:
        if not Path(named).is_dir():
            raise FileNotFoundError(f"S3REEL_SHARED names {named}, which is no folder")
        return Path(named)
    for candidate in (REPO / "shared", REPO.parent / "shared"):
        if candidate.is_dir():
            return candidate
    raise SharedFolderMissing("no shared folder beside or inside the repository")


def media_folder() -> Path:
    """The folder of test videos: S3REEL_TEST_MEDIA, else `media` in the shared folder."""
    named = os.environ.get("S3REEL_TEST_MEDIA")
    folder = Path(named) if named else shared_folder() / "media"
    if not folder.is_dir():
        raise FileNotFoundError(f"no folder of test media at {folder}")
    return folder
