"""Callables as ops: what they get, what they may return, who runs them."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
import time
from collections.abc import Callable
from fractions import Fraction
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


def test_a_plain_function_gets_rgb_and_returns_it(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    source, seen = clip("bgr0", "97x65"), []

    def negative(frame: np.ndarray) -> np.ndarray:
        seen.append((frame.shape, frame.dtype))
        return 255 - frame

    result = run(source, tmp_path, negative)
    assert seen == [((65, 97, 3), np.dtype(np.uint8))] * pictures.FRAMES
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8)
    now = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8)
    assert (now == 255 - before).all()


@pytest.mark.parametrize(
    ("change", "size"),
    [
        (lambda frame: frame[::-1], (65, 97)),
        (lambda frame: frame[:, ::-1, :], (65, 97)),
        (lambda frame: frame[:32, :48].copy(), (32, 48)),
        (lambda frame: frame[..., ::-1], (65, 97)),
    ],
)
def test_any_view_of_the_picture_may_be_returned(
    clip: Callable[..., Clip],
    tmp_path: Path,
    change: Callable[[np.ndarray], np.ndarray],
    size: tuple[int, int],
) -> None:
    source = clip("bgr0", "97x65")
    result = run(source, tmp_path, change)
    shape = (pictures.FRAMES, 65, 97, 3)
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8).reshape(shape)
    now = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8)
    wanted = np.stack([change(frame) for frame in before])
    assert (now.reshape(pictures.FRAMES, *size, 3) == wanted).all()


def test_a_plain_function_may_write_into_what_it_gets(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    def blackened(frame: np.ndarray) -> np.ndarray:
        frame[:8] = 0
        return frame

    source = clip("bgr0", "97x65")
    shape = (pictures.FRAMES, 65, 97, 3)
    result = run(source, tmp_path, blackened)
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8).reshape(shape)
    now = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8).reshape(shape)
    assert not now[:, :8].any() and (now[:, 8:] == before[:, 8:]).all()


@pytest.mark.parametrize(("format", "dtype"), [("yuv420p", np.uint8), ("yuv420p10le", np.uint16)])
def test_native_planes_are_views_that_may_be_written(
    clip: Callable[..., Clip], tmp_path: Path, format: str, dtype: type
) -> None:
    source, facts = clip(format, "97x65"), []

    @s3reel.op(format=format, inplace=True)
    def darker(frame: s3reel.Frame) -> None:
        luma, *chroma = frame.planes
        facts.append((frame.time, frame.size, frame.format, luma.shape, chroma[0].shape))
        assert luma.dtype == dtype and frame.color.range == "tv"
        assert frame.pts * frame.time_base == Fraction(len(facts) - 1, 10)
        luma //= 2

    result = run(source, tmp_path, darker)
    assert facts[3] == (pytest.approx(0.3), (97, 65), format, (65, 97), (33, 49))
    before = pictures.planes(pictures.raw(source.path), source)
    for now, was in zip(pictures.planes(pictures.raw(result), source), before, strict=True):
        assert (now[0] == was[0] // 2).all()
        assert (now[1] == was[1]).all() and (now[2] == was[2]).all()


def test_planes_of_an_op_that_only_reads_cannot_be_written(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    @s3reel.op(format="yuv420p")
    def writes(frame: s3reel.Frame) -> s3reel.Frame:
        frame.plane(0)[:] = 0
        return frame

    with pytest.raises(s3reel.OpError, match="read-only") as caught:
        run(clip(), tmp_path, writes)
    assert isinstance(caught.value.__cause__, ValueError)


def test_views_that_outlive_the_call_do_not_reach_the_result(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    source, kept = clip(), []

    @s3reel.op(format="yuv420p", inplace=True)
    def hoards(frame: s3reel.Frame) -> None:
        for old in kept:
            old[:] = 0
        kept.append(frame.plane(0))

    result = run(source, tmp_path, hoards)
    assert pictures.raw(result) == pictures.raw(source.path)
    assert len(kept) == pictures.FRAMES and (kept[0] == 0).all()


def test_frames_may_be_left_out_and_doubled(clip: Callable[..., Clip], tmp_path: Path) -> None:
    source = clip()

    @s3reel.op(format="yuv420p", changes_rate=True)
    def every_third(frame: s3reel.Frame) -> s3reel.Frame | None:
        return frame if round(frame.time * 10) % 3 == 0 else None

    assert len(pictures.planes(pictures.raw(run(source, tmp_path, every_third)), source)) == 2


def test_kinds_mix_in_the_order_given(clip: Callable[..., Clip], tmp_path: Path) -> None:
    source = clip("bgr0")
    sizes: dict[str, list[tuple[int, ...]]] = {"before": [], "behind": []}

    def look(place: str) -> Callable[[np.ndarray], np.ndarray]:
        return lambda frame: (sizes[place].append(frame.shape), frame)[1]

    run(source, tmp_path, ["crop:w=40,h=30", look("before"), "pad=60:50", look("behind"), "hflip"])
    assert sizes == {
        "before": [(30, 40, 3)] * pictures.FRAMES,
        "behind": [(50, 60, 3)] * pictures.FRAMES,
    }


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returned None"),
        (7, "int"),
        (np.zeros((4, 4), np.uint8), r"\(4, 4\)"),
        (np.zeros((4, 4, 3), np.float32), "float32"),
        (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
    ],
)
def test_what_is_no_picture_is_refused_in_words(
    clip: Callable[..., Clip], tmp_path: Path, returned: object, words: str
) -> None:
    with pytest.raises(s3reel.OpError, match=words):
        run(clip(), tmp_path, lambda frame: returned)
    assert not (tmp_path / "result.mkv").exists()


def test_a_format_that_was_declared_is_that_of_the_result(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    @s3reel.op(format="yuv420p", changes_format=True)
    def light(frame: s3reel.Frame) -> s3reel.Frame:
        gray = frame.new(format="gray")
        gray.array[:] = frame.plane(0)
        return gray

    source = clip("yuv420p", "97x65")
    result = run(source, tmp_path, light)
    assert probe.media(result).video.raw["pix_fmt"] == "gray"
    luma = [frame[0] for frame in pictures.planes(pictures.raw(source.path), source)]
    assert pictures.raw(result) == np.stack(luma).astype(np.uint8).tobytes()


def test_stateless_callables_run_at_the_same_time(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    lock, inside, most = threading.Lock(), 0, 0
    all_three = threading.Event()

    def waits(frame: np.ndarray) -> np.ndarray:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == 3:
                all_three.set()
        all_three.wait(together_within)
        with lock:
            inside -= 1
        return frame

    together_within = 60.0
    run(clip(), tmp_path, s3reel.op(waits, contract="stateless"), op_threads=3)
    assert most == 3
    most, together_within = 0, 0.1
    all_three.clear()
    run(clip(), tmp_path, waits, op_threads=3)
    assert most == 1


def test_progress_is_told_on_the_calling_thread_and_may_stop_the_job(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    threads = set()

    def slow(frame: np.ndarray) -> np.ndarray:
        time.sleep(0.3)
        return frame

    def told(progress: s3reel.Progress) -> None:
        threads.add(threading.get_ident())
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        s3reel.process(clip().path, tmp_path / "r.mkv", slow, progress=told, **LOSSLESS)
    assert threads == {threading.get_ident()}
    assert not (tmp_path / "r.mkv").exists()


def test_no_thread_of_a_job_needs_the_gil(tmp_path: Path) -> None:
    """It ends, and its result appears, while the calling thread keeps the GIL to itself."""
    source, result = tmp_path / "in.mkv", tmp_path / "out.mkv"
    picture = "testsrc2=size=640x480:rate=25:duration=4"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "libx264", "-preset", "ultrafast", source)
    libc = ctypes.PyDLL(None)  # its calls keep the GIL
    appeared = []

    def hold(progress: s3reel.Progress) -> None:
        end = time.monotonic() + 120
        while libc.access(str(result).encode(), os.F_OK) != 0 and time.monotonic() < end:
            pass
        appeared.append(libc.access(str(result).encode(), os.F_OK) == 0)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(3600)
    try:
        s3reel.process(source, result, ["grayscale", "hflip"], progress=hold, preset="slow")
    finally:
        sys.setswitchinterval(interval)
    assert appeared and all(appeared)


def test_options_are_the_commands(clip: Callable[..., Clip], tmp_path: Path) -> None:
    with pytest.raises(s3reel.UsageError, match="--crf"):
        s3reel.process(clip().path, tmp_path / "r.mkv", crf="x")
    with pytest.raises(s3reel.UsageError, match="--no-such-option"):
        s3reel.process(clip().path, tmp_path / "r.mkv", no_such_option=1)
    with pytest.raises(s3reel.InputError):
        s3reel.process(Path(__file__), tmp_path / "r.mkv")


@pytest.mark.parametrize("size", ["96:64", "97:65"])
@pytest.mark.parametrize("format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("matrix", ["bt709", "bt470bg"])
def test_rgb_and_back_is_within_one(
    tmp_path: Path, format: str, range_: str, matrix: str, size: str
) -> None:
    """Colours that RGB has; chroma divides one of the sizes."""
    source, result = tmp_path / "in.mkv", tmp_path / "out.mkv"
    shape = f"scale={size}:out_range={range_}:out_color_matrix={matrix.replace('470bg', '601')}"
    dull = "testsrc2=size=192x128:rate=10:duration=0.6,eq=saturation=0.4:contrast=0.5"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", dull, "-vf", f"{shape},format={format}", "-c:v", "ffv1"),
        *("-color_range", range_, "-colorspace", matrix, source),
    )
    s3reel.process(source, result, lambda frame: frame, **LOSSLESS)
    depth = np.uint16 if "10" in format else np.uint8
    before = np.frombuffer(pictures.raw(source), depth).astype(int)
    now = np.frombuffer(pictures.raw(result), depth).astype(int)
    unit = 4 if "10" in format else 1  # rgb24 has eight bits
    assert abs(now - before).max() <= unit, (abs(now - before).max(), format)
    was, made = probe.media(source).video.raw, probe.media(result).video.raw
    assert all(made.get(tag) == was.get(tag) for tag in ("color_range", "color_space", "pix_fmt"))


def test_what_a_video_does_not_say_of_its_colours_stays_unsaid(tmp_path: Path) -> None:
    source, result = tmp_path / "in.mkv", tmp_path / "out.mkv"
    picture = "testsrc2=size=96x64:rate=10:duration=0.6"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p", "-c:v", "ffv1", source)
    s3reel.process(source, result, [lambda frame: frame, "grayscale"], **LOSSLESS)
    tags = ("color_space", "color_primaries", "color_transfer")
    assert [probe.media(path).video.raw.get(tag) for path in (source, result) for tag in tags] == [
        None
    ] * 6


def test_what_a_conversion_loses_is_among_the_losses(tmp_path: Path) -> None:
    source, result = tmp_path / "in.mkv", tmp_path / "out.mkv"
    picture = "testsrc2=size=96x64:rate=10:duration=0.6"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-pix_fmt", "yuv420p10", "-c:v", "ffv1", source)

    def look(frame: np.ndarray) -> np.ndarray:
        return frame

    report = s3reel.process(source, result, look, **LOSSLESS)
    assert report["losses"] == ["op look: yuv420p10le becomes rgb24: bit depth is reduced"]


class Dimmer:
    by = 3

    @s3reel.op(contract="stateless", changes_size=False)
    def dim(self, frame: np.ndarray) -> np.ndarray:
        return frame // self.by

    @staticmethod
    @s3reel.op
    def flip(frame: np.ndarray) -> np.ndarray:
        return frame[::-1].copy()


def test_a_method_is_an_op_of_its_object(clip: Callable[..., Clip], tmp_path: Path) -> None:
    dimmer, picture = Dimmer(), np.full((64, 96, 3), 200, np.uint8)
    dimmer.by = 4
    assert isinstance(dimmer.dim, s3reel.Op) and dimmer.dim.contract == "stateless"
    assert dimmer.dim.name == Dimmer.dim.name == "dim"
    assert dimmer.dim(picture)[0, 0, 0] == Dimmer.dim(dimmer, picture)[0, 0, 0] == 50
    assert run(clip(), tmp_path, [dimmer.dim, Dimmer.flip, dimmer.flip]).exists()


def test_an_op_is_declared_once() -> None:
    made = s3reel.op(lambda frame: frame, format="gray", name="looks")
    with pytest.raises(TypeError, match="looks is an op already"):
        s3reel.op(made, contract="stateless")
    with pytest.raises(TypeError, match="looks is an op already"):
        s3reel.op(contract="stateless")(made)
