"""Pixels in the hands of numpy: views with padded rows, DLPack, and arrays of the caller's own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.pictures import Clip

ODD = "97x65"
SHAPES = {
    "gray": (65, 97),
    "yuv420p": (65, 97),
    "bgr0": (65, 97, 4),
    "gray16le": (65, 97),
    "yuv420p10le": (65, 97),
}
WITH_RGB = SHAPES | {"rgb48le": (65, 97, 3)}  # of clips that are planar


def first_planes(clip: Clip) -> list[np.ndarray]:
    """The first plane of each frame, as ffmpeg has it."""
    shape, deep = WITH_RGB[clip.format], clip.format.endswith("le")
    frames = np.frombuffer(pictures.raw(clip.path, format=clip.format), np.uint16 if deep else np.uint8)
    frames = frames.reshape(pictures.FRAMES, -1)
    return [one[: np.prod(shape)].reshape(shape) for one in frames]


@pytest.mark.parametrize("format", WITH_RGB)
def test_dlpack_hands_out_the_same_memory(clip: Callable[..., Clip], format: str) -> None:
    source = clip(format, ODD)
    with s3reel.open(source.path) as video:
        frames = list(video.frames(format=format))
    for frame, wanted in zip(frames, first_planes(source), strict=True):
        found = np.from_dlpack(frame)
        row_bytes = wanted[0].nbytes
        assert found.strides[0] > row_bytes and found.strides[1:] == wanted.strides[1:]
        assert found.dtype == wanted.dtype and (found == wanted).all()
        assert frame.__dlpack_device__() == np.zeros(1).__dlpack_device__()
        found[1:, ::2] = 7
        assert np.shares_memory(found, frame.array) and (frame.array[1:, ::2] == 7).all()
        assert (frame.array[:, 1::2] == wanted[:, 1::2]).all()


def test_what_dlpack_hands_out_outlives_its_frame(clip: Callable[..., Clip]) -> None:
    source = clip("rgb48le", ODD)
    with s3reel.open(source.path) as video:
        arrays = [np.from_dlpack(frame) for frame in video.frames(format="rgb48le")]
    assert all((a == b).all() for a, b in zip(arrays, first_planes(source), strict=True))


@pytest.mark.parametrize("format", SHAPES)
def test_the_videos_own_samples_cannot_be_written_by_dlpack(
    clip: Callable[..., Clip], format: str
) -> None:
    source = clip(format, ODD)
    with s3reel.open(source.path) as video:
        frame = video.frame_at(0.1, format=None)
    found = np.from_dlpack(frame)
    assert (found == first_planes(source)[1]).all() and np.shares_memory(found, frame.array)
    with pytest.raises(ValueError, match="read-only"):
        found[:] = 0
    with pytest.raises(BufferError, match="readonly"):
        frame.__dlpack__()  # of a version that cannot say that it is
    copy = np.from_dlpack(frame, copy=True)
    copy[:] = 0
    assert (frame.array == first_planes(source)[1]).all()


AT_THE_END = """
import sys, numpy, s3reel
frame = next(s3reel.open(sys.argv[1]).frames())
kept = numpy.from_dlpack(frame)
"""


def test_an_array_that_is_there_when_python_ends_is_no_news(clip: Callable[..., Clip]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_END, str(clip().path)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(("dtype", "components"), [("uint8", 3), ("uint8", 1), ("uint16", 3)])
def test_batches_fill_the_callers_array(
    clip: Callable[..., Clip], dtype: str, components: int
) -> None:
    batch = np.zeros((4, 32, 48, components), dtype)
    sizes, seen = [], []
    with s3reel.open(clip("bgr0").path) as video:
        for times in video.batches(batch):
            sizes.append(len(times))
            seen += [batch[i].copy() for i in range(len(times))]
        format = {1: "gray", 3: "rgb24" if dtype == "uint8" else "rgb48le"}[components]
        wanted = list(video.frames(format=format, size=(48, 32)))
    assert sizes == [4, 2]
    for found, frame in zip(seen, wanted, strict=True):
        assert (found == frame.array.reshape(found.shape)).all() and found.any()


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.zeros((8, 65, 97, 3), np.uint8)[::2],
        lambda: np.zeros((4, 3, 65, 97), np.uint8).transpose(0, 2, 3, 1),
        lambda: np.zeros((4, 65, 200, 3), np.uint8)[:, ::-1, 50:147],
    ],
    ids=["every second", "channels first", "part of a canvas"],
)
def test_batches_fill_arrays_that_lie_apart(
    clip: Callable[..., Clip], make: Callable[[], np.ndarray]
) -> None:
    source, batch, at = clip("bgr0", ODD), make(), 0
    assert not batch.flags.c_contiguous
    wanted = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8)
    wanted = wanted.reshape(pictures.FRAMES, 65, 97, 3)
    with s3reel.open(source.path) as video:
        for times in video.batches(batch):
            assert (batch[: len(times)] == wanted[at : at + len(times)]).all()
            at += len(times)
    assert at == pictures.FRAMES


@pytest.mark.parametrize(("n", "sizes"), [(4, [4, 2]), (5, [5, 1]), (6, [6]), (7, [6])])
def test_the_last_batch_has_what_is_left(
    clip: Callable[..., Clip], n: int, sizes: list[int]
) -> None:
    source, batch = clip("bgr0", ODD), np.zeros((n, 65, 97, 3), np.uint8)
    shown = probe.frames(source.path, probe.media(source.path).video).times
    given: list[list[float]] = []
    with s3reel.open(source.path) as video:
        for times in video.batches(batch):
            given.append(times)
            assert batch[: len(times)].reshape(len(times), -1).any(axis=1).all()
            assert not batch[len(times) :].any()
            batch[:] = 0
        assert list(video.batches(batch, start=5.0)) == []
    assert [len(times) for times in given] == sizes
    assert sum(given, []) == pytest.approx([float(time - shown[0]) for time in shown])


@pytest.mark.parametrize(
    ("out", "words"),
    [
        (np.zeros((4, 8, 8), np.uint8), r"\(4, 8, 8\)"),
        (np.zeros((4, 8, 8, 2), np.uint8), r"\(4, 8, 8, 2\)"),
        (np.zeros((0, 8, 8, 3), np.uint8), r"\(0, 8, 8, 3\)"),
        (np.zeros((4, 8, 8, 4), np.uint16), "uint16"),
        (np.zeros((4, 8, 8, 3), np.float32), "float32"),
        (np.zeros((4, 8, 8, 3), ">u2"), ">u2"),
        ([1, 2], r"\(\) and dtype None"),
    ],
)
def test_what_cannot_be_filled_is_refused(
    clip: Callable[..., Clip], out: object, words: str
) -> None:
    with s3reel.open(clip().path) as video:
        with pytest.raises(TypeError, match=f"cannot fill .*{words}.*make one"):
            next(video.batches(out))


def test_an_array_that_may_not_be_written_stays_as_it_is(clip: Callable[..., Clip]) -> None:
    batch = np.zeros((4, 8, 8, 3), np.uint8)
    batch.flags.writeable = False
    with s3reel.open(clip().path) as video, pytest.raises(ValueError, match="read-only"):
        next(video.batches(batch))
    assert not batch.any()
