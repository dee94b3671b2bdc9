"""Callables that fail, and ops that do not keep what they promise."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.pictures import Clip

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}


def run(clip: Clip, tmp_path: Path, ops: object, **options: object) -> Path:
    result = tmp_path / "result.mkv"
    s3reel.process(clip.path, result, ops, **LOSSLESS, **options)
    return result


def twice(frame: s3reel.Frame) -> list[s3reel.Frame]:
    return [frame, frame.new()]


def later(frame: s3reel.Frame) -> s3reel.Frame:
    frame.pts += 1
    return frame


UNDECLARED = {
    "size": (
        {"format": "yuv420p", "changes_size": False},
        lambda frame: frame.new(width=48, height=32),
        "96x64 became 48x32.*changes_size",
    ),
    "size of an array": (
        {"changes_size": False},
        lambda frame: frame[:32, :48],
        "96x64 became 48x32.*changes_size",
    ),
    "format": (
        {"format": "yuv420p"},
        lambda frame: frame.new(format="gray"),
        "yuv420p became gray.*changes_format",
    ),
    "count": ({"format": "yuv420p", "contract": "stateless"}, twice, "several frames.*changes_rate"),
    "time": ({"format": "yuv420p", "contract": "stateless"}, later, "time.*changes_rate"),
}


@pytest.mark.parametrize("action", ["fail", "skip-op", "drop-frame"])
@pytest.mark.parametrize("what", UNDECLARED)
def test_what_was_not_declared_ends_the_job(
    clip: Callable[..., Clip], tmp_path: Path, what: str, action: str
) -> None:
    promises, change, words = UNDECLARED[what]
    calls = iter(range(pictures.FRAMES))

    def culprit(frame: Any) -> Any:
        return change(frame) if next(calls) == 2 else frame

    wrong = s3reel.op(culprit, **promises)
    with pytest.raises(s3reel.OpError, match=words) as caught:
        run(clip(), tmp_path, wrong, on_op_error=action, op_threads=1)
    assert (caught.value.operation, caught.value.subject) == ("op culprit", "frame at 0.200 s")
    assert not (tmp_path / "result.mkv").exists()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("action", ["fail", "drop-frame"])
def test_frames_of_one_size_stay_frames_of_one_size(
    clip: Callable[..., Clip], tmp_path: Path, action: str, workers: int
) -> None:
    calls = iter(range(pictures.FRAMES))

    def crops(frame: np.ndarray) -> np.ndarray:
        return frame[: 32 if next(calls) < 2 else 16]

    wrong = s3reel.op(crops, contract="stateless")
    with pytest.raises(s3reel.OpError, match="frames of one size.*96x32.*96x16|96x16.*96x32") as caught:
        run(clip(), tmp_path, wrong, on_op_error=action, op_threads=workers)
    assert caught.value.operation == "op crops"
    assert not (tmp_path / "result.mkv").exists()


@pytest.mark.parametrize("which", [0, 2])
def test_a_frame_cannot_skip_an_op_that_makes_another_size(
    clip: Callable[..., Clip], tmp_path: Path, which: int
) -> None:
    def crops(frame: np.ndarray) -> np.ndarray:
        if next(calls) == which:
            raise LookupError("no such face")
        return frame[:32]

    calls = iter(range(pictures.FRAMES))
    with pytest.raises(s3reel.OpError, match="cannot go on without it") as caught:
        run(clip(), tmp_path, crops, on_op_error="skip-op")
    assert caught.value.operation == "op crops"
    if which > 0:
        assert "no such face" in caught.value.reason and "drop-frame" in caught.value.hint
    assert not (tmp_path / "result.mkv").exists()
    calls = iter(range(pictures.FRAMES))
    result = run(clip(), tmp_path, crops, on_op_error="drop-frame")
    assert len(probe.frames(result, probe.media(result).video).times) == pictures.FRAMES - 1


def test_an_exception_ends_the_job_and_is_its_cause(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    def fails(frame: np.ndarray) -> np.ndarray:
        raise LookupError("no such face")

    with pytest.raises(s3reel.OpError, match="LookupError: no such face") as caught:
        run(clip(), tmp_path, fails)
    assert isinstance(caught.value.__cause__, LookupError)
    assert caught.value.exit_code == 6 and "fails" in str(caught.value)
    assert not (tmp_path / "result.mkv").exists()


def test_failures_may_be_borne(clip: Callable[..., Clip], tmp_path: Path) -> None:
    calls = iter(range(100))

    def fails_once(frame: np.ndarray) -> np.ndarray:
        if next(calls) == 2:
            raise LookupError("once")
        return frame

    report = s3reel.process(
        clip().path, tmp_path / "r.mkv", fails_once, on_op_error="skip-op", **LOSSLESS
    )
    assert [one["reason"] for one in report["op_failures"]] == ["LookupError: once"]
    assert report["frames"]["muxed"] == pictures.FRAMES


def test_the_cause_is_what_ended_the_job(clip: Callable[..., Clip], tmp_path: Path) -> None:
    names = iter(["Anna", "Bert", "Clara"])

    def fails(frame: np.ndarray) -> np.ndarray:
        raise LookupError(next(names))

    with pytest.raises(s3reel.OpError, match="Clara") as caught:
        run(clip(), tmp_path, fails, on_op_error="skip-op", max_op_errors=2)
    assert str(caught.value.__cause__) == "Clara"


def test_exceptions_that_are_borne_hold_no_pictures(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    pictures_seen: list[weakref.ref] = []
    alive = []

    def fails(frame: np.ndarray) -> np.ndarray:
        pictures_seen.append(weakref.ref(frame))
        alive.append(sum(one() is not None for one in pictures_seen))
        raise LookupError("no such face")

    run(clip(), tmp_path, fails, on_op_error="skip-op")
    assert len(alive) == pictures.FRAMES and max(alive) <= 2


def test_an_error_shows_no_signature(clip: Callable[..., Clip], tmp_path: Path) -> None:
    regions = tmp_path / "regions.json?X-Amz-Signature=0123456789abcdef"
    regions.write_text("{}")
    with pytest.raises(s3reel.UsageError) as caught:
        run(clip(), tmp_path, f"redact:file={regions}")
    assert "regions.json" in str(caught.value) and "no list of regions" in caught.value.reason
    assert "0123456789abcdef" not in f"{caught.value} {vars(caught.value)}"


@pytest.mark.parametrize(
    ("ops", "error", "words"),
    [
        (["blur:sigma=x"], s3reel.UsageError, "sigma=x"),
        (["nosuchfilter"], s3reel.UsageError, "nosuchfilter"),
        ([s3reel.plugin("./nosuch.so")], s3reel.UsageError, "nosuch.so"),
        ([7], TypeError, "7"),
    ],
)
def test_what_is_no_op_is_refused(
    clip: Callable[..., Clip],
    tmp_path: Path,
    ops: list[object],
    error: type[Exception],
    words: str,
) -> None:
    with pytest.raises(error, match=words):
        run(clip(), tmp_path, ops)


@pytest.mark.parametrize("tags", [("-colorspace", "smpte170m", "-color_range", "tv"), ()])
@pytest.mark.parametrize("which", [0, 1])
def test_frames_that_skip_an_op_look_like_the_others(
    tmp_path: Path, which: int, tags: tuple[str, ...]
) -> None:
    """A callable that changes nothing, on RGB, and fails on every third frame."""
    source = tmp_path / "in.mkv"
    dull = "testsrc2=size=96x64:rate=10:duration=0.6,eq=saturation=0.4:contrast=0.5"
    probe.ffmpeg("-f", "lavfi", "-i", dull, "-pix_fmt", "yuv420p", "-c:v", "ffv1", *tags, source)
    calls = iter(range(pictures.FRAMES))

    def fails(frame: np.ndarray) -> np.ndarray:
        if next(calls) % 3 == which:
            raise LookupError("no such face")
        return frame

    result = tmp_path / "out.mkv"
    report = s3reel.process(source, result, fails, on_op_error="skip-op", **LOSSLESS)
    assert [loss[:3] for loss in report["losses"]] == ["ops"], report["losses"]
    before, now = (np.frombuffer(pictures.raw(path), np.uint8) for path in (source, result))
    assert abs(now.astype(int) - before).max() <= 1
    was, made = probe.media(source).video.raw, probe.media(result).video.raw
    assert made["pix_fmt"] == "yuv420p"
    assert made.get("color_space") == was.get("color_space")


@pytest.mark.parametrize("how", ["drops", "fails"])
def test_a_chain_that_leaves_no_frame_is_to_blame_itself(
    clip: Callable[..., Clip], tmp_path: Path, how: str
) -> None:
    @s3reel.op(changes_rate=True)
    def strict(frame: np.ndarray) -> None:
        if how == "fails":
            raise LookupError("no such face")

    with pytest.raises(s3reel.OpError, match=f"none of {pictures.FRAMES} frames") as caught:
        run(clip(), tmp_path, strict, on_op_error="drop-frame")
    assert ("no such face" in caught.value.hint) == (how == "fails")
