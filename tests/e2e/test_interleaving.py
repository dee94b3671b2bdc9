"""Acceptance 5: no arrangement of streams makes the job wait for itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import judge
from support.runner import Runner
from support.store import Store

LIMIT_S = 120


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("sparse.mp4", 6),  # a picture every ten seconds, with sound
        ("apart.mp4", 1500),  # all sound behind all picture; the demuxer can jump
        ("apart.ts", 270),  # the same, read in file order
        ("late-picture.mp4", 100),  # ten minutes of sound before the first picture
    ],
)
@pytest.mark.parametrize("container", ["mp4", "fmp4", "mkv"])
def test_every_arrangement_comes_through_whole(
    name: str,
    frames: int,
    container: str,
    store: Store,
    s3reel: Runner,
    clip: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    path = clip(name)
    source, destination = store.put(path), store.key("out")
    result = s3reel.process(
        *(store.url(source), store.url(destination), "--format", container),
        *("--preset", "ultrafast"),
        timeout=LIMIT_S,
        report=True,
    )
    pair = judge.Pair.of(path, store.fetch(destination, tmp_path / "out"))
    problems = judge.frame_count(pair, frames) + judge.audio(pair, ["copy"])
    problems += judge.steps(pair) + judge.sync(pair)
    assert not problems, "\n".join([*problems, str(result)])
