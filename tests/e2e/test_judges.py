"""The judges themselves: they accept what ffmpeg does right and name each single fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support import judge, probe

COPY_AND_GRAY = ("-map", "0", "-c:a", "copy", "-c:v", "libx264", "-qp", "0")
FAST = ("-preset", "ultrafast", "-bf", "2")
KEEP_TIMES = ("-fps_mode", "passthrough", "-enc_time_base", "-1", "-movflags", "+faststart")


def gray(source: Path, target: Path, filters: str = "hue=s=0", *more: str) -> judge.Pair:
    probe.ffmpeg("-i", source, *COPY_AND_GRAY, *FAST, "-vf", filters, *KEEP_TIMES, *more, target)
    return judge.Pair.of(source, target)


def problems(pair: judge.Pair) -> dict[str, list[str]]:
    found = {
        "count": judge.frame_count(pair, 100),
        "times": judge.time_base(pair) + judge.times(pair),
        "sync": judge.sync(pair),
        "chroma": judge.chroma(pair),
        "luma": judge.luma(pair),
        "picture": judge.picture(pair),
        "audio": judge.audio(pair, ["copy"]),
        "order": judge.fast_start(pair.result.path),
    }
    return {name: said for name, said in found.items() if said}


def test_a_faithful_gray_copy_is_accepted(clip: Callable[[str], Path], tmp_path: Path) -> None:
    assert problems(gray(clip("small.mp4"), tmp_path / "out.mp4")) == {}


@pytest.mark.parametrize(
    ("filters", "more", "named"),
    [
        ("hue=s=0,select=not(eq(n\\,57))", (), "count"),
        ("hue=s=0,setpts=PTS+eq(N\\,40)*0.01/TB", (), "times"),
        ("null", (), "chroma"),
        ("hue=s=0:b=0.1", (), "luma"),
        ("hue=s=0,setsar=4/3", (), "picture"),
        ("hue=s=0", ("-pix_fmt", "yuv444p"), "picture"),
        ("hue=s=0", ("-c:a", "aac", "-b:a", "64k"), "audio"),
        ("hue=s=0", ("-movflags", "-faststart"), "order"),
        ("hue=s=0", ("-movflags", "-faststart+frag_keyframe+delay_moov"), "order"),
    ],
)
def test_a_single_fault_is_named(
    filters: str, more: tuple[str, ...], named: str, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    assert named in problems(gray(clip("small.mp4"), tmp_path / "out.mp4", filters, *more))


def test_a_shift_between_picture_and_sound_is_named(
    clip: Callable[[str], Path], tmp_path: Path
) -> None:
    shifted = gray(clip("small.mp4"), tmp_path / "out.mp4", "hue=s=0,setpts=PTS+0.02/TB")
    assert {"times", "sync"} <= set(problems(shifted))
