"""The folder of test media and the table that says what each file must give."""

from __future__ import annotations

import csv
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import pytest

from . import paths

# VFR, 10 bits, rotation, odd sizes, other chroma, other pixels than square.
UNUSUAL = [
    "h264-vfr-screen-recording-noaudio.mp4",
    "hevc10-pq-hdr10-phone.mp4",
    "hevc10-hlg-dolbyvision-editlist-opengop-rotate.mp4",
    "h264-phone-portrait-rotate.mp4",
    "vp9-odd-161x121.webm",
    "mkv-chapters-six-subtitles-vp9-444-10bit.mkv",
    "h264-sar-128x117.mp4",
    "mov-prores-422-hq.mov",
]

NO_MEDIA = {".md", ".txt"}  # notes that lie beside the videos


@dataclass(frozen=True)
class Expectation:
    """One row of media.csv, written from the folder's README and ffprobe."""

    file: str
    exit_code: int
    frames: int  # that the result must hold; 0 for a file that is refused
    times: str  # "pts": one by one; "grid": the source has no pts, so differences only
    encoder: str  # chosen by default
    audio: str  # fate of each audio stream in order: copy or aac, joined by "+"
    words: str  # that the error must say, joined by "|"


def read_expectations(table: Path) -> dict[str, Expectation]:
    rows: dict[str, Expectation] = {}
    with table.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            if row["file"] in rows:
                raise ValueError(f"{table}: {row['file']} has two rows")
            rows[row["file"]] = Expectation(
                file=row["file"],
                exit_code=int(row["exit"]),
                frames=int(row["frames"] or 0),
                times=row["times"],
                encoder=row["encoder"],
                audio=row["audio"],
                words=row["words"],
            )
    return rows


def discover() -> list[Path]:
    """Every media file of the folder; an empty folder is an error."""
    found = sorted(
        entry
        for entry in paths.media_folder().iterdir()
        if entry.is_file() and entry.suffix and entry.suffix not in NO_MEDIA
    )
    if not found:
        raise FileNotFoundError(f"no media in {paths.media_folder()}")
    return found


def parameters(slow: Collection[str] = ()) -> list[object]:
    """The files as pytest parameters; one skipped case when there is no shared folder."""
    try:
        return [
            pytest.param(
                path, id=path.name, marks=[pytest.mark.slow] if path.name in slow else []
            )
            for path in discover()
        ]
    except paths.SharedFolderMissing as missing:
        if os.environ.get("S3REEL_REQUIRE_SHARED") == "1":
            raise
        return [pytest.param(None, id="no-shared-folder", marks=pytest.mark.skip(str(missing)))]


def file(name: str) -> Path:
    """One file of the folder by name, or a skipped test when there is no shared folder."""
    try:
        path = paths.media_folder() / name
    except paths.SharedFolderMissing as missing:
        if os.environ.get("S3REEL_REQUIRE_SHARED") == "1":
            raise
        pytest.skip(str(missing))
    if not path.is_file():
        raise FileNotFoundError(path)
    return path
