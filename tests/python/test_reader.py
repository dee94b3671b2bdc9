"""Frames to look at: those that ffmpeg decodes, from any place on, and little more is read."""

from __future__ import annotations

import bisect
import itertools
import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.colours import exact_rgb
from support.pictures import Clip
from support.proxy import Proxy
from support.store import Store

SECONDS = 12
CONTAINERS = ("mp4", "mkv", "ts", "fragmented.mp4")
X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


@dataclass(frozen=True)
class Film:
    """What ffmpeg and ffprobe say of a clip."""

    path: Path
    times: list[Fraction]  #: of its frames, from zero
    pictures: np.ndarray  #: (frames, bytes)

    def shown_at(self, time: float) -> int:
        exact = Fraction(time) + Fraction(1, 10**6)
        return max(0, bisect.bisect_right(self.times, exact) - 1)


def film_of(path: Path) -> Film:
    found = probe.media(path)
    times = [time - found.start for time in probe.frames(path, found.video).times]
    data = np.frombuffer(pictures.raw(path), np.uint8)
    return Film(path, times, data.reshape(len(times), -1))


def make_film(path: Path, *options: str, filters: str = "null") -> Film:
    source = f"testsrc2=size=96x64:rate=25:duration={SECONDS},{filters}"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", source, "-f", "lavfi", "-i", f"sine=duration={SECONDS}"),
        *(*options, "-c:a", "aac", "-fps_mode", "passthrough", path),
    )
    return film_of(path)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Film]:
    folder = tmp_path_factory.mktemp("films")
    made: dict[str, Film] = {}
    gops = ("-g", "25", "-bf", "2", "-sc_threshold", "0")
    rest: dict[str, tuple[str, ...]] = {
        "fragmented.mp4": ("-movflags", "frag_keyframe+empty_moov"),
        "open.ts": ("-c:v", "mpeg2video", "-g", "15", "-bf", "2", "-q:v", "2"),
        "open.mp4": (*X264, "-x264-params", "open-gop=1", "-bf", "2", "-g", "25"),
        "messages.mp4": (*X264, "-x264-params", "open-gop=1", "-bf", "2", "-g", "25")
        + ("-bsf:v", "filter_units=remove_types=6"),
        "open4.mkv": ("-c:v", "mpeg4", "-bf", "2", "-g", "12", "-q:v", "3"),
        "hevc.mp4": ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"),
        "vfr.mp4": ("-video_track_timescale", "90000"),
    }

    def make(name: str) -> Film:
        if name not in made:
            options = rest.get(name, ())
            coded = options if "-c:v" in options else (*X264, *gops, *options)
            drops = "select='not(between(mod(n,40),11,29))'" if "vfr" in name else "null"
            path = folder / (name if "." in name else f"film.{name}")
            made[name] = make_film(path, *coded, filters=drops)
        return made[name]

    return make


def luma(frame: s3reel.Frame) -> bytes:
    return b"".join(plane.tobytes() for plane in frame.planes)


def assert_is(frame: s3reel.Frame, film: Film, index: int) -> None:
    assert frame.time == pytest.approx(float(film.times[index]), abs=1e-6)
    assert luma(frame) == film.pictures[index].tobytes(), f"frame {index}"


ALL = [*CONTAINERS, "open.ts", "open.mp4", "messages.mp4", "open4.mkv", "hevc.mp4", "vfr.mp4", "vfr.mkv"]


@pytest.mark.parametrize("name", ALL)
def test_all_frames_are_those_that_ffmpeg_decodes(film: Callable[[str], Film], name: str) -> None:
    wanted = film(name)
    with s3reel.open(wanted.path) as video:
        frames = list(video.frames(format=None))
    assert len(frames) == len(wanted.times)
    for index, frame in enumerate(frames):
        assert_is(frame, wanted, index)


@pytest.mark.parametrize("name", ALL)
def test_a_window_has_the_frames_that_begin_in_it(
    film: Callable[[str], Film], name: str
) -> None:
    wanted = film(name)
    windows = [(0.0, 0.5), (3.0, 3.04), (3.02, 5.3), (0.99, 1.01), (11.5, None), (7.0, 7.0)]
    with s3reel.open(wanted.path) as video:
        for start, end in windows:
            found = list(video.frames(format=None, start=start, end=end))
            first, last = Fraction(str(start)), Fraction(str(end or 99))
            indices = [i for i, time in enumerate(wanted.times) if first <= time < last]
            assert len(found) == len(indices), (start, end)
            for index, frame in zip(indices, found):
                assert_is(frame, wanted, index)


@pytest.mark.parametrize("name", ALL)
def test_any_frame_can_be_asked_for_in_any_order(
    film: Callable[[str], Film], name: str
) -> None:
    wanted = film(name)
    chance = random.Random(7)
    times = [chance.uniform(0, SECONDS - 0.5) for _ in range(25)] + [0.0, 0.96, 1.0, 1.04]
    with s3reel.open(wanted.path) as video:
        for time in times:
            assert_is(video.frame_at(time, format=None), wanted, wanted.shown_at(time))


@pytest.mark.parametrize("step", [0.03, 0.2, 1.0, 2.5])
@pytest.mark.parametrize("name", ["mp4", "ts", "open.mp4", "vfr.mp4"])
def test_steps_give_the_frames_shown_then(
    film: Callable[[str], Film], name: str, step: float
) -> None:
    wanted = film(name)
    with s3reel.open(wanted.path) as video:
        found = list(video.frames(format=None, start=0.5, end=9.0, step=step))
    times = [0.5 + i * step for i in range(len(found) + 1)]
    assert times[-2] < 9.0 <= times[-1] + 1e-6
    for time, frame in zip(times, found):
        assert_is(frame, wanted, wanted.shown_at(time))


def test_steps_end_with_the_film(film: Callable[[str], Film]) -> None:
    with s3reel.open(film("mp4").path) as video:
        times = [frame.time for frame in video.frames(step=5.0)]
    assert times == pytest.approx([0.0, 5.0, 10.0])


def test_steps_do_not_believe_a_duration_that_is_too_short(
    film: Callable[[str], Film], tmp_path: Path
) -> None:
    data = bytearray(film("mp4").path.read_bytes())
    head = data.index(b"mdhd")  # the picture's; version and flags, two times, time scale, duration
    scale, duration = (int.from_bytes(data[head + at : head + at + 4], "big") for at in (16, 20))
    assert duration == SECONDS * scale
    data[head + 20 : head + 24] = (3 * scale).to_bytes(4, "big")
    (tmp_path / "short.mp4").write_bytes(data)
    with s3reel.open(tmp_path / "short.mp4") as video:
        times = [frame.time for frame in video.frames(step=2.0)]
    assert times == pytest.approx([0.0, 2.0, 4.0, 6.0, 8.0, 10.0])


def test_what_is_known_of_a_video(film: Callable[[str], Film]) -> None:
    with s3reel.open(film("mp4").path) as video:
        assert video.size == (96, 64) and video.format == "yuv420p"
        assert video.frame_rate == 25 and video.duration == pytest.approx(SECONDS, abs=0.1)
        assert [stream["type"] for stream in video.streams] == ["video", "audio"]


def test_rgb_is_the_default_and_belongs_to_the_caller(clip: Callable[..., Clip]) -> None:
    source = clip("bgr0", "97x65")
    wanted = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8)
    wanted = wanted.reshape(pictures.FRAMES, 65, 97, 3)
    with s3reel.open(source.path) as video:
        for index, frame in enumerate(video):
            array = np.asarray(frame)
            assert (array == wanted[index]).all()
            array[:] = 0
            assert (frame.array == 0).all() and np.shares_memory(array, frame.array)


@pytest.mark.parametrize("size", ["96x64", "97x65"])
@pytest.mark.parametrize("format", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"])
def test_rgb_is_that_of_the_standard_in_frames_and_callables(
    clip: Callable[..., Clip], tmp_path: Path, format: str, size: str
) -> None:
    source = clip(format, size)
    frames = pictures.planes(pictures.raw(source.path), source)
    wanted = [exact_rgb(frame, source) for frame in frames]
    given: list[np.ndarray] = []

    def keep(rgb: np.ndarray) -> np.ndarray:
        given.append(rgb.copy())
        return rgb

    s3reel.process(source.path, tmp_path / "out.mkv", keep, video_codec="ffv1")
    with s3reel.open(source.path) as video:
        found = [frame.array for frame in video]
        assert (video.frame_at(0.0).array == found[0]).all()
    most = 0.65  # half of one for the whole number; the rest is what fixed point strays by
    for exact, looked_at, processed in zip(wanted, found, given, strict=True):
        assert (looked_at == processed).all()
        assert abs(looked_at - exact).max() <= most


def test_arrays_outlive_everything(clip: Callable[..., Clip]) -> None:
    source = clip("bgr0")
    with s3reel.open(source.path) as video:
        arrays = [frame.array for frame in video]
    wanted = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8)
    assert (np.stack(arrays).reshape(-1) == wanted).all()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"start": -1.0}, "start"),
        ({"start": 2.0, "end": 1.0}, "end"),
        ({"step": -0.1}, "step"),
        ({"format": "nosuch"}, "nosuch"),
        ({"size": (10, 0)}, "10x0"),
        ({"start": float("nan")}, "nan"),
    ],
)
def test_selections_that_make_no_sense_are_refused(
    clip: Callable[..., Clip], wrong: dict[str, object], words: str
) -> None:
    with s3reel.open(clip().path) as video, pytest.raises(s3reel.UsageError, match=words):
        video.frames(**wrong)


def test_there_is_no_frame_behind_the_end(film: Callable[[str], Film]) -> None:
    with s3reel.open(film("mp4").path) as video:
        assert video.frame_at(SECONDS - 0.001).time == pytest.approx(SECONDS - 0.04)
        with pytest.raises(s3reel.UsageError, match="ended"):
            video.frame_at(SECONDS + 0.5)
        assert video.frame_at(1.0).time == pytest.approx(1.0)


def test_a_closed_video_says_so(clip: Callable[..., Clip]) -> None:
    video = s3reel.open(clip().path)
    frames = video.frames()
    video.close()
    assert len(list(frames)) == pictures.FRAMES
    with pytest.raises(ValueError, match="closed"):
        video.frames()


def test_a_film_that_lacks_its_end_is_no_short_film(
    film: Callable[[str], Film], tmp_path: Path
) -> None:
    cut = tmp_path / "cut.mkv"
    data = film("mkv").path.read_bytes()
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(s3reel.InputError):
        for _ in s3reel.open(cut).frames():
            pass


def test_iterators_are_independent(film: Callable[[str], Film]) -> None:
    wanted = film("mp4")
    with s3reel.open(wanted.path) as video:
        pairs = zip(video.frames(format=None), video.frames(format=None, start=4.0))
        for index, (early, late) in enumerate(pairs):
            assert_is(early, wanted, index)
            assert_is(late, wanted, index + 100)
            if index == 50:
                break
        assert_is(video.frame_at(2.0, format=None), wanted, 50)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of 8 Mbit/s with a key frame a second."""
    path = tmp_path_factory.mktemp("large") / "large.mp4"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=60,noise=alls=30:allf=t"),
        *(*X264, "-g", "25", "-b:v", "8M", "-movflags", "+faststart", path),
    )
    return path


def bytes_read(proxy: Proxy) -> int:
    return sum(exchange.response_bytes for exchange in proxy.seen("GetObject"))


def test_sampling_reads_what_it_needs(
    s3: Store, proxy: Proxy, large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    with s3reel.open(s3.url(s3.put(large))) as video:
        times = [frame.time for frame in video.frames(start=0.5, step=10.0, size=(64, 36))]
    assert times == pytest.approx([0.48, 10.48, 20.48, 30.48, 40.48, 50.48])
    assert 0 < bytes_read(proxy) <= 0.3 * large.stat().st_size


def test_a_step_behind_the_end_decodes_nothing(large: Path, tmp_path: Path) -> None:
    """All but one of the pictures of the last group are damaged: whoever decodes them fails."""
    data = bytearray(large.read_bytes())
    for time, place, size in probe.packet_places(large, probe.media(large).video):
        if time > 59:
            data[place : place + size] = b"\xff" * size
    (tmp_path / "damaged.mp4").write_bytes(data)
    with s3reel.open(tmp_path / "damaged.mp4") as video:
        assert len(list(video.frames(step=10.0, format=None))) == 6
        with pytest.raises(s3reel.InputError):
            list(video.frames(start=59.0))


@pytest.mark.parametrize("claimed", [1.0, 2.04, 7.0])
def test_steps_reach_a_last_picture_that_is_shown_long_after_it_is_decoded(
    tmp_path: Path, claimed: float
) -> None:
    """With pictures out of order no index says when the last one is shown, nor does the duration."""
    path = tmp_path / "late.mp4"
    late = make_film(
        path, *X264, "-bf", "2", filters="trim=end_frame=50,setpts='PTS+5/TB*eq(N,49)'"
    )
    assert late.times[-1] - late.times[-2] > 5
    data = bytearray(path.read_bytes())
    head = data.index(b"mdhd")
    scale = int.from_bytes(data[head + 16 : head + 20], "big")
    data[head + 20 : head + 24] = round(claimed * scale).to_bytes(4, "big")
    path.write_bytes(data)
    with s3reel.open(path) as video:
        found = [frame.time for frame in video.frames(step=0.58, format=None)]
        assert video.frame_at(6.97).time == pytest.approx(float(late.times[-1]), abs=1e-6)
    shown = [late.times[late.shown_at(0.58 * i)] for i in range(len(found))]
    assert found == pytest.approx([float(time) for time in shown], abs=1e-6)
    assert found[-1] == pytest.approx(float(late.times[-1]), abs=1e-6)


def test_a_replaced_object_is_not_mixed_in(s3: Store, large: Path) -> None:
    key = s3.put(large)
    with s3reel.open(s3.url(key)) as video:
        next(video.frames(start=1.0))
        s3.put_bytes(large.read_bytes() + b"\0" * 8, key)
        with pytest.raises(s3reel.StoreRefused):
            list(video.frames(start=50.0))


def test_a_video_may_be_closed_while_others_look(film: Callable[[str], Film]) -> None:
    wanted = film("mp4")
    video = s3reel.open(wanted.path)

    def look_until_closed() -> bool:
        with pytest.raises(ValueError, match="closed"):
            for number in itertools.cycle(range(20)):
                time = number / 2
                assert_is(video.frame_at(time, format=None), wanted, wanted.shown_at(time))
                seen.release()
        return True

    seen = threading.Semaphore(0)
    with ThreadPoolExecutor(4) as pool:
        looking = [pool.submit(look_until_closed) for _ in range(4)]
        for _ in range(8):
            assert seen.acquire(timeout=60)
        next(video.frames(start=5.0))
        video.close()
        assert all(one.result(timeout=60) for one in looking)


def test_consumers_may_share_an_iterator(film: Callable[[str], Film]) -> None:
    wanted = film("mp4")
    with s3reel.open(wanted.path) as video, ThreadPoolExecutor(3) as pool:
        frames = video.frames(size=(8, 8))
        parts = pool.map(lambda _: [frame.time for frame in frames], range(3))
    times = sorted(time for part in parts for time in part)
    assert times == pytest.approx([float(time) for time in wanted.times])
