"""Videos made of arrays: frames and times as they were given, everything else like the model."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import judge, pictures, probe
from support.pictures import Clip
from support.store import Store

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}
EXACT = {"video_codec": "libx264", "preset": "ultrafast", "encoder_opt": {"qp": 0}}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Picture, sound, a title, a rotation."""
    folder = tmp_path_factory.mktemp("film")
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=30000/1001:duration=4"),
        *("-f", "lavfi", "-i", "sine=duration=4", "-metadata", "title=Harbour"),
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-color_range", "tv", "-colorspace", "bt709"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", "-c:a", "aac", folder / "plain.mp4"),
    )
    probe.ffmpeg(
        *("-i", folder / "plain.mp4", "-c", "copy"),
        *("-metadata:s:v", "rotate=90", folder / "film.mp4"),
    )
    return folder / "film.mp4"


def test_frames_written_back_are_the_video_again(film: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    with s3reel.open(film) as video, s3reel.create(result, like=video, crf=12) as out:
        for frame in video.frames(format=None):
            out.write(frame)
    pair = judge.Pair.of(film, result)
    assert judge.times(pair) == []
    assert pair.result.video.rotation == pair.source.video.rotation != 0
    for tag in judge.COLOR_TAGS:
        assert pair.result.video.raw.get(tag) == pair.source.video.raw.get(tag)
    assert probe.stream_hash(result, 0) == probe.stream_hash(film, 0)
    assert pair.result.format["tags"]["title"] == "Harbour"
    assert out.report["frames"]["muxed"] == len(pair.source_frames.ticks)


def test_arrays_follow_each_other_at_the_models_rate(film: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    with s3reel.create(result, film, **EXACT) as out:
        assert out.size == (96, 64) and out.frame_rate == Fraction(30000, 1001)
        for value in range(60):
            out.write(np.full((64, 96, 3), value * 4, np.uint8))
    media = probe.media(result)
    times = probe.frames(result, media.video).times
    steps = [float(time - media.start) for time in times]
    assert steps == pytest.approx([i * 1001 / 30000 for i in range(60)], abs=0.001)
    luma = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8).reshape(60, -1)
    for value, picture in enumerate(luma):
        assert abs(int(picture.mean()) - value * 4) <= 1 and np.ptp(picture) <= 2


def test_times_may_be_given(film: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    picture = np.zeros((64, 96, 3), np.uint8)
    with s3reel.create(result, film, **EXACT) as out:
        out.write(picture, pts=round(0.5 / out.time_base))
        out.write(picture, time=0.75)
        out.write(picture)
        out.write(picture, time=2.0)
    media = probe.media(result)
    found = [time - media.start for time in probe.frames(result, media.video).times]
    wanted = [0.5, 0.75, 0.75 + 1001 / 30000, 2.0]
    assert [float(time) for time in found] == pytest.approx(wanted, abs=0.002)


def test_a_size_of_its_own(film: Path, tmp_path: Path) -> None:
    result = tmp_path / "result.mp4"
    with s3reel.create(result, film, size=(48, 32)) as out:
        for _ in range(10):
            out.write(np.zeros((32, 48, 3), np.uint8))
        with pytest.raises(s3reel.UsageError, match="96x64.*48x32"):
            out.write(np.zeros((64, 96, 3), np.uint8))
    video = probe.media(result).video
    assert (video.raw["width"], video.raw["height"]) == (48, 32)


@pytest.mark.parametrize(
    ("frame", "how", "error", "words"),
    [
        (np.zeros((64, 96, 3), np.float32), {}, TypeError, "float32"),
        (np.zeros((64, 96, 3), np.uint8), {"pts": 1, "time": 1.0}, TypeError, "not both"),
        (np.zeros((64, 96, 3), np.uint8), {"time": 0.0}, s3reel.UsageError, "come after"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(
    film: Path,
    tmp_path: Path,
    frame: np.ndarray,
    how: dict[str, object],
    error: type[Exception],
    words: str,
) -> None:
    with s3reel.create(tmp_path / "r.mp4", film) as out:
        out.write(np.zeros((64, 96, 3), np.uint8))
        with pytest.raises(error, match=words):
            out.write(frame, **how)
        out.abort()
    assert not (tmp_path / "r.mp4").exists()


def test_a_result_without_frames_is_no_video(film: Path, tmp_path: Path) -> None:
    with pytest.raises(s3reel.UsageError, match="no frame"):
        s3reel.create(tmp_path / "r.mp4", film).close()
    assert not (tmp_path / "r.mp4").exists()


def test_nothing_appears_but_by_close(s3: Store, film: Path) -> None:
    key = s3.key("made.mp4")
    picture = np.zeros((64, 96, 3), np.uint8)
    with pytest.raises(RuntimeError, match="mine"), s3reel.create(s3.url(key), film) as out:
        out.write(picture)
        raise RuntimeError("mine")
    assert s3.left_behind(key) == []
    out = s3reel.create(s3.url(key), film)
    out.write(picture)
    del out
    gc.collect()
    assert s3.left_behind(key) == []
    with s3reel.create(s3.url(key), film) as out:
        out.write(picture)
        assert s3.head(key) is None
    assert s3.head(key)["ContentType"] == "video/mp4"


def test_what_ends_the_job_is_raised(s3: Store, film: Path, tmp_path: Path) -> None:
    with s3reel.create(f"s3://no-such-bucket-{s3.bucket}/r.mp4", film, crf=0) as out:
        noise = np.random.default_rng(1)
        with pytest.raises(s3reel.StoreRefused):
            for _ in range(4000):
                out.write(noise.integers(0, 256, (64, 96, 3), np.uint8))
            out.close()
        out.abort()


def test_written_frames_may_be_changed_afterwards(
    clip: Callable[..., Clip], tmp_path: Path
) -> None:
    """Identity, though every frame is blackened once it was written."""
    source, result = clip(), tmp_path / "result.mkv"
    with s3reel.open(source.path) as video, s3reel.create(result, video, **LOSSLESS) as out:
        for frame in video.frames(format="yuv420p"):
            own = frame.new()
            for to, plane in zip(own.planes, frame.planes):
                to[:] = plane
            out.write(own)
            for plane in own.planes:
                plane[:] = 0
    assert pictures.raw(result) == pictures.raw(source.path)


def test_abort_ends_what_another_thread_writes(film: Path, tmp_path: Path) -> None:
    out = s3reel.create(tmp_path / "r.mp4", film)
    begun = threading.Event()

    def write() -> None:
        noise = np.random.default_rng(1)
        while True:
            out.write(noise.integers(0, 256, (64, 96, 3), np.uint8))
            begun.set()

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert begun.wait(30)
        out.abort()
        with pytest.raises((s3reel.Interrupted, ValueError)):
            writing.result(30)
    assert not (tmp_path / "r.mp4").exists()


def times_of(path: Path) -> list[float]:
    media = probe.media(path)
    return [float(time - media.start) for time in probe.frames(path, media.video).times]


def test_a_refused_frame_takes_no_time(film: Path, tmp_path: Path) -> None:
    result, picture = tmp_path / "r.mp4", np.zeros((64, 96, 3), np.uint8)
    with s3reel.create(result, film, **EXACT) as out:
        out.write(picture)
        for _ in range(5):
            with pytest.raises(s3reel.UsageError, match="96x50"):
                out.write(picture[:50])
        out.write(picture)
        with pytest.raises(s3reel.UsageError, match="come after"):
            out.write(picture, pts=0)
        with pytest.raises(s3reel.UsageError, match="96x50"):
            out.write(picture[:50], time=3.0)
        out.write(picture)
    assert times_of(result) == pytest.approx([i * 1001 / 30000 for i in range(3)], abs=0.001)


def test_frames_of_several_threads_follow_each_other(film: Path, tmp_path: Path) -> None:
    result, picture = tmp_path / "r.mp4", np.zeros((64, 96, 3), np.uint8)
    with s3reel.create(result, film, **EXACT) as out:

        def write(_: int) -> None:
            for _ in range(25):
                out.write(picture)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(write, range(8)))
    assert times_of(result) == pytest.approx([i * 1001 / 30000 for i in range(200)], abs=0.001)
