"""Arrays stay where they are, whatever becomes of their frame."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.pictures import Clip

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}
LARGE = (1600, 1200)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "film.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=1"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", path),
    )
    return path


@pytest.mark.parametrize("format", ["rgb24", "yuv420p"], ids=["converted", "as it is"])
def test_an_array_stays_where_it_is_while_its_frame_is_written(
    film: Path, tmp_path: Path, format: str
) -> None:
    """Another thread writes the frame, without the GIL for most of the time."""
    with s3reel.open(film) as video:
        frame = video.frame_at(0.0, format=format, size=LARGE)
    array = frame.array
    place, moved, ended = array.ctypes.data, [0], threading.Event()

    def write() -> None:
        with s3reel.create(tmp_path / "r.mkv", film, size=LARGE, preset="ultrafast") as out:
            for number in range(20):
                out.write(frame, time=number / 10)
        ended.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not ended.wait(0.0005):
        moved.append(frame.array.ctypes.data - place)
    writer.join()
    assert not any(moved)  # else nobody knows whose pixels those of the array are
    array[:] = 7
    assert (frame.array == 7).all()


@pytest.mark.parametrize("format", ["rgb24", "yuv420p"])
def test_what_is_written_afterwards_is_not_in_the_result(
    clip: Callable[..., Clip], tmp_path: Path, format: str
) -> None:
    """Frames without an array are shared with the writer until Python wants to write them."""
    source, kept = clip(), []
    with s3reel.open(source.path) as video:
        for name in ("early", "late"):
            with s3reel.create(tmp_path / f"{name}.mkv", video, **LOSSLESS) as out:
                for frame in video.frames(format=format):
                    arrays = frame.planes if name == "early" else []
                    out.write(frame)
                    for plane in arrays or frame.planes:
                        plane[:] = 0
                    kept.append(frame)
        with s3reel.create(tmp_path / "never.mkv", video, **LOSSLESS) as out:
            for frame in video.frames(format=format):
                out.write(frame)
    assert all(not plane.any() for frame in kept for plane in frame.planes)
    wanted = pictures.raw(tmp_path / "never.mkv")
    assert pictures.raw(tmp_path / "early.mkv") == pictures.raw(tmp_path / "late.mkv") == wanted


def test_a_frame_that_a_callable_keeps_is_its_own(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    """It is written into only when it was handed on."""
    source, kept, places = clip(), [], []

    @s3reel.op(format="yuv420p", inplace=True)
    def hoards(frame: s3reel.Frame) -> None:
        for old in kept:
            plane = old.plane(0)
            places.append((old, plane, plane.ctypes.data))
            plane[:] = 0
        kept.append(frame)

    s3reel.process(source.path, tmp_path / "r.mkv", hoards, **LOSSLESS)
    assert pictures.raw(tmp_path / "r.mkv") == pictures.raw(source.path)
    assert all(frame.plane(0).ctypes.data == place for frame, _, place in places)
    assert all(not array.any() for _, array, _ in places)
    assert np.shares_memory(places[0][1], kept[0].plane(0))
