"""Ops of colour on YUV whose chroma divides its size or not, against the formula in numpy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from support import pictures, probe
from support.colours import exact_rgb, exact_yuv, full_yuv, means
from support.pictures import Clip
from support.runner import Runner

FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"]
SIZES = ["96x64", "97x65"]
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
# A table that is a straight line between its points, so that every interpolation is the same.
MIX = np.array([[0.5, 0.3, 0.0], [0.0, 0.6, 0.1], [0.2, 0.0, 0.7]])
LIFT = np.array([0.1, 0.2, 0.0])
# RGB has whole numbers, before the op and behind it, and colorchannelmixer rounds each product.
MOST = 2.0


def process(s3reel: Runner, clip: Clip, op: str) -> list[list[np.ndarray]]:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run("process", str(clip.path), str(result), "--op", op, *pictures.LOSSLESS)
    assert done.code == 0, done
    return pictures.planes(pictures.raw(result, format=clip.format), clip)


def strayed(found: list[list[np.ndarray]], wanted: list[list[np.ndarray]], clip: Clip) -> list[float]:
    """How far Y, U and V are off at most, in steps of eight bits."""
    assert len(found) == len(wanted) == pictures.FRAMES
    unit = 1 << (clip.depth - 8)
    return [
        max(abs(now[plane] - then[plane]).max() for now, then in zip(found, wanted)) / unit
        for plane in range(3)
    ]


def through_rgb(clip: Clip, change: Callable[[np.ndarray], np.ndarray]) -> list[list[np.ndarray]]:
    frames = pictures.planes(pictures.raw(clip.path), clip)
    return [exact_yuv(np.clip(change(exact_rgb(one, clip)), 0, 255), clip) for one in frames]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_sepia_is_that_of_each_pixels_rgb(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str
) -> None:
    source = clip(format, size)
    wanted = through_rgb(source, lambda rgb: rgb @ SEPIA.T)
    assert max(strayed(process(s3reel, source, "sepia"), wanted, source)) <= MOST


@pytest.mark.parametrize("interp", ["tetrahedral", "trilinear"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_table_of_three_dimensions_is_read_in_rgb(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str, interp: str
) -> None:
    source, cube = clip(format, size), s3reel.folder / "look.cube"
    corners = [np.array((r, g, b)) for b in (0, 1) for g in (0, 1) for r in (0, 1)]
    rows = [" ".join(f"{value:.4f}" for value in MIX @ corner + LIFT) for corner in corners]
    cube.write_text("LUT_3D_SIZE 2\n" + "\n".join(rows) + "\n", encoding="utf-8")
    wanted = through_rgb(source, lambda rgb: rgb @ MIX.T + LIFT * 255)
    found = process(s3reel, source, f"lut:file={cube},interp={interp}")
    assert max(strayed(found, wanted, source)) <= MOST


CURVE = (0.0, 0.05, 0.3, 0.8, 0.9)


def one_dimensional(folder: Path) -> Path:
    cube = folder / "curve.cube"
    rows = [f"{value} {value**2} {1 - value}" for value in CURVE]
    cube.write_text("\n".join(['TITLE "curve"', f"LUT_1D_SIZE {len(rows)}", *rows, ""]), "utf-8")
    return cube


@pytest.mark.parametrize(("interp", "theirs"), [("tetrahedral", "linear"), ("nearest", "nearest")])
def test_a_table_of_one_dimension_is_ffmpegs_lut1d(
    s3reel: Runner, clip: Callable[..., Clip], interp: str, theirs: str
) -> None:
    source, cube = clip("bgr0", "97x65"), one_dimensional(s3reel.folder)
    result = s3reel.folder / "result.mkv"
    op = ("--op", f"lut:file={cube},interp={interp}")
    done = s3reel.run("process", str(source.path), str(result), *op, *pictures.LOSSLESS)
    assert done.code == 0, done
    assert pictures.raw(result, format="rgb24") == pictures.raw(
        source.path, f"lut1d=file={cube}:interp={theirs}", format="rgb24"
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_table_of_one_dimension_is_read_for_each_of_rgb(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str
) -> None:
    source, cube = clip(format, size), one_dimensional(s3reel.folder)
    at, rows = np.linspace(0, 255, len(CURVE)), np.array([(v, v**2, 1 - v) for v in CURVE])

    def curves(rgb: np.ndarray) -> np.ndarray:
        each = [np.interp(rgb[..., i], at, rows[:, i] * 255) for i in range(3)]
        return np.stack(each, axis=-1)

    found = process(s3reel, source, f"lut:file={cube}")
    assert max(strayed(found, through_rgb(source, curves), source)) <= MOST


@pytest.mark.parametrize("margin", [0, 3])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_a_watermark_is_blended_in_the_frames_own_samples(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str, margin: int
) -> None:
    """A sample of chroma takes from each of its pixels as much as that is covered."""
    source, logo = clip(format, size), s3reel.folder / "logo.png"
    ramp = "nullsrc=s=31x17,format=rgba,geq=r=255*X/W:g=255*Y/H:b=40:a=255*X/W"
    probe.ffmpeg("-f", "lavfi", "-i", ramp, "-frames:v", "1", logo)
    pixels = np.frombuffer(pictures.raw(logo, format="rgba"), np.uint8).reshape(17, 31, 4)
    bottom, right = source.height - margin, source.width - margin
    covered = (slice(bottom - 17, bottom), slice(right - 31, right))
    seen = np.zeros((source.height, source.width))
    seen[covered] = pixels[..., 3] / 255 * 0.7
    layers = np.zeros((3, *seen.shape))
    layers[(slice(None), *covered)] = full_yuv(pixels[..., :3], source)
    wanted = []
    for frame in pictures.planes(pictures.raw(source.path), source):
        grids = [(1, 1), source.grid, source.grid]
        wanted.append(
            [
                plane * (1 - means(seen, grid)) + means(seen * layer, grid)
                for plane, layer, grid in zip(frame, layers, grids)
            ]
        )
    op = f"watermark:file={logo},at=bottom-right,margin={margin},opacity=0.7"
    half = 0.51 / (1 << (source.depth - 8))
    assert max(strayed(process(s3reel, source, op), wanted, source)) <= half
