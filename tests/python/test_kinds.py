"""Callables, alone and among other kinds of ops, on real files: nothing but their purpose changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import judge, media, pictures, probe
from support.pictures import Clip
from support.plugins import build

LOSSLESS = {"video_codec": "libx264", "encoder_opt": {"qp": 0}, "preset": "ultrafast"}
PLANAR = "yuv420p,yuv422p,yuv444p,yuvj420p"
NATIVE = ",".join([PLANAR, *(f"{name}10le" for name in PLANAR.split(",")[:3])])


@s3reel.op(format=NATIVE)
def hands_on(frame: s3reel.Frame) -> s3reel.Frame:
    return frame


@s3reel.op(format=NATIVE, inplace=True, contract="stateless")
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


@s3reel.op(format="yuv420p", inplace=True)
def every_third_column_inverted(frame: s3reel.Frame) -> None:
    frame.plane(0)[:, ::3] ^= 255


def first_row_dark(luma: np.ndarray, *chroma: np.ndarray) -> list[np.ndarray]:
    return [np.concatenate((np.full_like(luma[:1], 16), luma[1:])), *chroma]


def columns_inverted(luma: np.ndarray, *chroma: np.ndarray) -> list[np.ndarray]:
    return [np.where(np.arange(luma.shape[1]) % 3 == 0, 255 - luma, luma), *chroma]


# What each step does to Y, U and V.
MIXED: dict[str, Callable[..., list[np.ndarray]]] = {
    "built-in": lambda luma, *rest: [luma[:40, 8:65], *(one[:20, 4:33] for one in rest)],
    "graph": lambda *planes: [np.rot90(plane, -1) for plane in planes],
    "plugin": first_row_dark,
    "callable": columns_inverted,
}


def in_order(order: tuple[str, ...], planes: list[np.ndarray]) -> list[np.ndarray]:
    for name in order:
        planes = MIXED[name](*planes)
    return planes


@pytest.mark.parametrize(
    "order",
    [
        ("built-in", "graph", "plugin", "callable"),
        ("callable", "plugin", "graph", "built-in"),
        ("plugin", "callable", "built-in", "graph"),
    ],
    ids=" ".join,
)
def test_all_kinds_in_one_job_act_in_the_order_given(
    clip: Callable[..., Clip], tmp_path: Path, order: tuple[str, ...]
) -> None:
    steps = {
        "built-in": "crop:w=57,h=40,x=8,y=0",
        "graph": "transpose=clock",
        "plugin": s3reel.plugin(str(build(tmp_path)), do="write"),
        "callable": every_third_column_inverted,
    }
    source, result = clip("yuv420p", "97x65"), tmp_path / "result.mkv"
    s3reel.process(
        source.path, result, [steps[name] for name in order], video_codec="ffv1", format="mkv"
    )
    before = pictures.planes(pictures.raw(source.path), source)
    wanted = [in_order(order, frame) for frame in before]
    height, width = wanted[0][0].shape
    found = pictures.planes(pictures.raw(result), Clip(result, "yuv420p", width, height))
    for now, then in zip(found, wanted, strict=True):
        assert all((a == b).all() for a, b in zip(now, then, strict=True))
    for place in range(len(order) - 1):  # any two of them in the other order are another picture
        swapped = [*order[:place], order[place + 1], order[place], *order[place + 2 :]]
        other = in_order(tuple(swapped), before[0])
        assert any(not np.array_equal(a, b) for a, b in zip(other, wanted[0]))


@s3reel.op(format="yuv420p", inplace=True, name="tears")
def writes_and_tears(frame: s3reel.Frame) -> None:
    frame.plane(0)[0] = 16
    if round(frame.time * 10) in TORN:
        raise LookupError("torn")


TORN = (2, 4)
POLICIES = {"skip-op": [0, 1, 2, 3, 4, 5], "drop-frame": [0, 1, 3, 5]}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", ["callable", "plugin"])
def test_a_frame_that_an_op_failed_on_stays_as_it_was_or_is_left_out(
    clip: Callable[..., Clip], tmp_path: Path, kind: str, policy: str
) -> None:
    """The op had written into it already when it failed."""
    source, result = clip("yuv420p", "97x65"), tmp_path / "result.mkv"
    plugin = s3reel.plugin(build(tmp_path), do="tear")
    report = s3reel.process(
        source.path,
        result,
        writes_and_tears if kind == "callable" else plugin,
        on_op_error=policy,
        video_codec="ffv1",
        format="mkv",
    )
    tenths = POLICIES[policy]
    shown = probe.frames(result, probe.media(result).video).times
    assert [round(float(time) * 1000) for time in shown] == [tenth * 100 for tenth in tenths]
    before = pictures.planes(pictures.raw(source.path), source)
    found = pictures.planes(pictures.raw(result), source)
    for tenth, now in zip(tenths, found, strict=True):
        wanted = before[tenth] if tenth in TORN else first_row_dark(*before[tenth])
        assert all((a == b).all() for a, b in zip(now, wanted, strict=True)), tenth
    failures = report["op_failures"]
    assert [round(one["seconds"] * 10) for one in failures] == list(TORN)
    assert all("torn" in one["reason"] for one in failures)
