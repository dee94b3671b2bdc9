"""redact: what is covered, in which range, when, and what a file of regions may not say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support import pictures, probe
from support.pictures import Clip
from support.runner import Runner
from test_built_ins import FORMATS, SIZES, process

PLACE = {"x": 31, "y": 17, "w": 40, "h": 25}
WORDS = ",".join(f"{key}={value}" for key, value in PLACE.items())


def grown(first: int, length: int, grid: int, most: int) -> slice:
    return slice(first // grid * grid, min(-(-(first + length) // grid) * grid, most))


def box_of(clip: Clip, plane: int) -> tuple[slice, slice]:
    """PLACE in samples of one plane, grown to whole samples of chroma."""
    grid_x, grid_y = clip.grid
    step_x, step_y = clip.grid if plane else (1, 1)
    columns = grown(PLACE["x"], PLACE["w"], grid_x, clip.width)
    rows = grown(PLACE["y"], PLACE["h"], grid_y, clip.height)
    return (
        slice(rows.start // step_y, -(-rows.stop // step_y)),
        slice(columns.start // step_x, -(-columns.stop // step_x)),
    )


def blurred(samples: np.ndarray, radius_x: int, radius_y: int) -> np.ndarray:
    """A mean of each line, then of each column, three times."""
    for _ in range(3):
        for radius, axis in ((radius_x, 1), (radius_y, 0)):
            edges = [(0, 0), (0, 0)]
            edges[axis] = (radius, radius)
            wide = np.lib.stride_tricks.sliding_window_view(
                np.pad(samples, edges, mode="edge"), 2 * radius + 1, axis
            )
            samples = np.floor(wide.mean(axis=-1) + 0.5)
    return samples


def check_blur(after: np.ndarray, sample: np.ndarray, clip: Clip, plane: int, radius: int) -> None:
    box = box_of(clip, plane)
    step_x, step_y = clip.grid if plane else (1, 1)
    smooth = blurred(sample[box], max(1, radius // step_x), max(1, radius // step_y))
    assert np.abs(after[box] - smooth).max() <= 2


def check_outside(after: np.ndarray, sample: np.ndarray, clip: Clip, plane: int) -> None:
    outside = np.ones(sample.shape, bool)
    outside[box_of(clip, plane)] = False
    assert (after[outside] == sample[outside]).all()


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("mode", ["fill", "blur"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_redact_covers_its_rectangle_and_nothing_else(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str, mode: str, range_: str
) -> None:
    source = clip(format, size, range_)
    result = process(s3reel, source, f"redact:{WORDS},mode={mode},from=0.2,to=0.4")
    found = pictures.planes(pictures.raw(result, format=format), source)
    wanted = pictures.planes(pictures.raw(source.path, format=format), source)
    unit = 2 ** (source.depth - 8)
    black = 16 * unit if range_ == "tv" else 0
    assert len(found) == len(wanted) == pictures.FRAMES
    for number, (now, before) in enumerate(zip(found, wanted)):
        for plane, (after, sample) in enumerate(zip(now, before)):
            if not 0.2 <= number / 10 < 0.4:
                assert (after == sample).all()
                continue
            check_outside(after, sample, source, plane)
            if mode == "fill":
                assert (after[box_of(source, plane)] == (128 * unit if plane else black)).all()
            else:
                check_blur(after, sample, source, plane, max(PLACE["w"], PLACE["h"]) // 4 + 1)


@pytest.mark.parametrize(
    ("color", "samples"),
    # White and black of the whole range, and red by the matrix of JPEG (BT.601).
    [("black", (0, 128, 128)), ("white", (255, 128, 128)), ("red", (76, 85, 255))],
)
def test_fills_of_a_full_range_that_is_part_of_the_formats_name(
    s3reel: Runner, color: str, samples: tuple[int, int, int], tmp_path: Path
) -> None:
    """yuvj420p, as cameras write it."""
    camera = tmp_path / "camera.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=0.6"),
        *("-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-q:v", "2", camera),
    )
    source = Clip(camera, "yuv420p", 96, 64)
    result = process(s3reel, source, f"redact:{WORDS},color={color}")
    assert Clip(result, "yuv420p", 96, 64).full_range
    found = pictures.planes(pictures.raw(result), source)
    wanted = pictures.planes(pictures.raw(camera), source)
    assert len(found) == len(wanted) == pictures.FRAMES
    for now, before in zip(found, wanted):
        for plane, (after, sample) in enumerate(zip(now, before)):
            check_outside(after, sample, source, plane)
            assert np.abs(after[box_of(source, plane)] - samples[plane]).max() <= 1


def test_a_blur_may_be_wider_than_its_rectangle(s3reel: Runner, clip: Callable[..., Clip]) -> None:
    source = clip("yuv420p")
    result = process(s3reel, source, f"redact:{WORDS},mode=blur,radius=200")
    found = pictures.planes(pictures.raw(result, format="yuv420p"), source)
    wanted = pictures.planes(pictures.raw(source.path, format="yuv420p"), source)
    for now, before in zip(found, wanted):
        for plane, (after, sample) in enumerate(zip(now, before)):
            check_blur(after, sample, source, plane, 200)


def regions_file(s3reel: Runner, text: str) -> Path:
    path = s3reel.folder / "regions.json"
    path.write_text(text, encoding="utf-8")
    return path


def test_redact_takes_regions_and_times_from_a_file(
    s3reel: Runner, clip: Callable[..., Clip]
) -> None:
    source = clip("yuv420p")
    early = {"x": 0, "y": 0, "w": 16, "h": 16, "to": 0.3}
    late = {"x": 80, "y": 48, "w": 16, "h": 16, "from": 0.3, "color": "white"}
    regions = regions_file(s3reel, json.dumps({"regions": [early, late]}))
    result = process(s3reel, source, f"redact:file={regions}")
    found = pictures.planes(pictures.raw(result, format="yuv420p"), source)
    for number, frame in enumerate(found):
        assert (frame[0][:16, :16] == 16).all() == (number < 3)
        assert (frame[0][48:, 80:] == 235).all() == (number >= 3)


def test_regions_that_do_not_say_how_are_as_the_op_says(
    s3reel: Runner, clip: Callable[..., Clip]
) -> None:
    source = clip("yuv420p")
    regions = regions_file(s3reel, json.dumps({"regions": [PLACE, PLACE | {"mode": "fill"}]}))
    one = process(s3reel, source, f"redact:file={regions},mode=blur,radius=3,color=white")
    found = pictures.planes(pictures.raw(one, format="yuv420p"), source)
    assert all((frame[0][box_of(source, 0)] == 235).all() for frame in found)
    one.unlink()
    regions_file(s3reel, json.dumps({"regions": [PLACE]}))
    blur = process(s3reel, source, f"redact:file={regions},mode=blur,radius=3")
    found = pictures.planes(pictures.raw(blur, format="yuv420p"), source)
    wanted = pictures.planes(pictures.raw(source.path, format="yuv420p"), source)
    for now, before in zip(found, wanted):
        check_blur(now[0], before[0], source, 0, 3)


def test_a_rectangle_outside_covers_nothing(s3reel: Runner, clip: Callable[..., Clip]) -> None:
    """One file may be for videos of several sizes."""
    source = clip("yuv420p", "97x65")
    outside = [{"x": 97, "y": 0, "w": 9, "h": 9}, {"x": 0, "y": 6000, "w": 65535, "h": 65535}]
    regions = regions_file(s3reel, json.dumps({"regions": outside}))
    result = process(s3reel, source, f"redact:file={regions}")
    assert pictures.raw(result) == pictures.raw(source.path)


def region(**fields: object) -> str:
    return json.dumps({"regions": [PLACE, PLACE | fields]})


WRONG = {
    "not JSON": ('{"regions": [', "it is not JSON"),
    "blank": (" ", "it is not JSON"),
    "a list": ("[]", "it has no list of regions"),
    "no list": ('{"regions": {}}', "it has no list of regions"),
    "two lists": ('{"regions": [], "region": []}', "it has other fields than 'regions'"),
    "a field twice": ('{"regions": [{"x": 1, "x": 2}]}', "a field is there twice"),
    "no object": ('{"regions": [4]}', "region 1 is no object"),
    "no place": ('{"regions": [{}]}', "region 1: 'x' must be a whole number from 0 to 65535"),
    "misspelt": (region(too=4), "region 2 has an unknown field 'too'"),
    "left of it": (region(x=-1), "region 2: 'x' must be a whole number from 0 to 65535"),
    "no width": (region(w=0), "region 2: 'w' must be a whole number from 1 to 65535"),
    "too large": (region(h=2**64 - 1), "region 2: 'h' must be a whole number from 1 to 65535"),
    "half a pixel": (region(y=0.5), "region 2: 'y' must be a whole number from 0 to 65535"),
    "text": (region(x="3"), "region 2: 'x' must be a whole number from 0 to 65535"),
    "negative time": (region(**{"from": -1}), "region 2: 'from' must be seconds"),
    "text for a time": (region(to="1:30"), "region 2: 'to' must be seconds"),
    "reversed": (region(**{"from": 3, "to": 2}), "region 2: it ends before it begins"),
    "a moment": (region(**{"from": 3, "to": 3}), "region 2: it ends before it begins"),
    "mode": (region(mode="hide"), "region 2: 'mode' is fill or blur"),
    "colour": (region(color="blurple"), "region 2: 'blurple' is not a colour"),
    "chance": (region(color="random"), "region 2: 'random' is not a colour"),
    "radius": (region(radius=0), "region 2: 'radius' must be a whole number from 1 to 65535"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_of_regions_is_refused_with_the_reason(
    s3reel: Runner, clip: Callable[..., Clip], case: str
) -> None:
    text, words = WRONG[case]
    regions, result = regions_file(s3reel, text), s3reel.folder / "result.mkv"
    done = s3reel.run(
        *("process", str(clip("yuv420p").path), str(result), "--op", f"redact:file={regions}")
    )
    assert done.code == 2, done
    assert words in done.stderr and "regions.json" in done.stderr, done
    assert not result.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("x=1,y=1,w=4", "a rectangle needs it"),
        ("x=1,y=1,w=4,h=4,from=3,to=2", "it ends before it begins"),
        ("x=1,y=1,w=4,h=4,from=3,to=3", "it ends before it begins"),
        ("x=1,y=1,w=4,h=4,from=-1", "out of range"),
        ("x=-1,y=1,w=4,h=4", "out of range"),
        ("x=1,y=1,w=4,h=4,color=random", "not a colour"),
        ("file=regions.json,x=1", "the file says that already"),
        ("file=regions.json,to=1", "the file says that already"),
    ],
)
def test_a_wrong_rectangle_is_refused_with_the_reason(
    s3reel: Runner, clip: Callable[..., Clip], options: str, words: str
) -> None:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run(
        "process", str(clip("yuv420p").path), str(result), "--op", f"redact:{options}"
    )
    assert done.code == 2, done
    assert "op redact" in done.stderr and words in done.stderr, done
    assert not result.exists()


def test_regions_that_are_not_there_are_named(s3reel: Runner, clip: Callable[..., Clip]) -> None:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run(
        *("process", str(clip("yuv420p").path), str(result), "--op", "redact:file=nowhere.json")
    )
    assert done.code == 4 and "nowhere.json" in done.stderr, done
    assert not result.exists()


def test_a_region_begins_and_ends_at_the_very_frame(s3reel: Runner) -> None:
    """At 40 frames a second 0.925 and 1.85 s are times of frames, and no sums of halves."""
    source, result = s3reel.folder / "in.mp4", s3reel.folder / "out.mkv"
    gray = "color=gray:size=32x32:rate=40:duration=2"
    probe.ffmpeg("-f", "lavfi", "-i", gray, "-c:v", "libx264", "-video_track_timescale", "15360", source)
    region = "redact:x=0,y=0,w=32,h=32,from=0.925,to=1.85"
    done = s3reel.run("process", str(source), str(result), "--op", region, *pictures.LOSSLESS)
    assert done.code == 0, done
    frames = np.frombuffer(pictures.raw(result, format="gray"), np.uint8).reshape(80, -1)
    covered = [number for number, frame in enumerate(frames) if frame.max() < 40]
    assert covered == list(range(37, 74))
