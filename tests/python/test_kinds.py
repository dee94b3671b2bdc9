"""Callables, alone and among other kinds of ops, on real files: nothing but their purpose changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import judge, media

LOSSLESS = {"video_codec": "libx264", "encoder_opt": {"qp": 0}, "preset": "ultrafast"}
PLANAR = "yuv420p,yuv422p,yuv444p,yuvj420p"
NATIVE = ",".join([PLANAR, *(f"{name}10le" for name in PLANAR.split(",")[:3])])


@s3reel.op(format=NATIVE)
def hands_on(frame: s3reel.Frame) -> s3reel.Frame:
    return frame


@s3reel.op(format=NATIVE, inplace=True, stateless=True)
def writes_what_is_there(frame: s3reel.Frame) -> None:
    for plane in frame.planes:
        plane += 1
        plane -= 1


@s3reel.op(format=NATIVE)
def makes_another(frame: s3reel.Frame) -> s3reel.Frame:
    copy = frame.new()
    for mine, theirs in zip(copy.planes, frame.planes, strict=True):
        mine[:] = theirs
    return copy


NOTHING = {
    "hands on": [hands_on],
    "another": [makes_another],
    "mix": ["null", "contrast:value=1", writes_what_is_there, "split[a][b];[b]nullsink;[a]copy"],
}
SHORT = ["vp9-odd-161x121.webm", "mov-prores-422-hq.mov", "h264-sar-128x117.mp4"]


def kept_by(name: str, tmp_path: Path, ops: list[object]) -> tuple[judge.Pair, list[str]]:
    source, result = media.file(name), tmp_path / "result.mp4"
    s3reel.process(source, result, ops, **LOSSLESS)
    pair = judge.Pair.of(source, result)
    problems = judge.frame_count(pair, len(pair.source_frames.ticks)) + judge.time_base(pair)
    return pair, problems + judge.times(pair) + judge.picture(pair)


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, "mix") for name in media.UNUSUAL]
    + [(name, kind) for name in SHORT for kind in ("hands on", "another")],
)
def test_a_callable_that_does_nothing_changes_nothing(
    tmp_path: Path, name: str, kind: str
) -> None:
    pair, problems = kept_by(name, tmp_path, NOTHING[kind])
    problems += judge.luma(pair) + judge.same_chroma(pair)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", media.UNUSUAL)
def test_rgb_keeps_times_and_colours(tmp_path: Path, name: str) -> None:
    def same(frame: np.ndarray) -> np.ndarray:
        assert frame.dtype == np.uint8 and frame.shape[2] == 3
        return frame

    _, problems = kept_by(name, tmp_path, [same])
    assert not problems, "\n".join(problems)
