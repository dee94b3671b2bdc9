"""Every built-in op against ffmpeg's own filters or numpy, sample for sample, on clips without loss."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from support import media, pictures, probe
from support.pictures import Clip
from support.runner import Runner

FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le"]
SIZES = ["96x64", "97x65"]
SCALE = "flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"


def process(s3reel: Runner, clip: Clip, *ops: str) -> Path:
    result = s3reel.folder / "result.mkv"
    options = [part for op in ops for part in ("--op", op)]
    done = s3reel.run("process", str(clip.path), str(result), *options, *pictures.LOSSLESS)
    assert done.code == 0, done
    return result


# There and back by way of 4:4:4: each sample of chroma twice, the mean of two.
FINER = f"scale={SCALE.replace('bicubic', 'neighbor')},format=yuv444p"
COARSER = f"scale={SCALE.replace('bicubic', 'area')},format=yuv422p"


@dataclass(frozen=True)
class Same:
    """An op, and the filters of ffmpeg that do the same."""

    op: str
    filters: str


# What libavfilter has is told from it by the whole picture, not by the name.
FILTERS = [
    Same("blur:sigma=2.5", "gblur=sigma=2.5"),
    Same("scale:w=48", f"scale=48:-2:{SCALE}"),
    Same("scale:w=130,h=50,method=lanczos", f"scale=130:50:{SCALE.replace('bicubic', 'lanczos')}"),
    Same("rotate:angle=90", "transpose=clock"),
    Same("rotate:angle=180", "hflip,vflip"),
    Same("rotate:angle=-90", "transpose=cclock"),
    Same("rotate:angle=20", "rotate=20*PI/180"),
    Same("flip", "hflip"),
    Same("flip:axis=vertical", "vflip"),
    Same("fps:rate=4", "fps=4"),
    Same("fps:rate=25", "fps=25"),
    Same(
        "text:text=a b\\,c 50%{n},at=top-left,margin=4,size=20,color=yellow",
        "drawtext=text='a b,c 50%{n}':expansion=none:x=4:y=4:fontsize=20:fontcolor=yellow:font=Sans",
    ),
    Same(
        "timecode:at=center,size=14,box=black@0.5",
        "drawtext=text='%{pts\\:hms}':x=(w-text_w)/2:y=(h-text_h)/2:fontsize=14:fontcolor=white"
        ":font=Sans:box=1:boxcolor=black@0.5:boxborderw=6",
    ),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("case", FILTERS, ids=lambda case: case.op)
def test_ops_that_libavfilter_has_do_what_it_does(
    s3reel: Runner, clip: Callable[..., Clip], case: Same, format: str, size: str
) -> None:
    source = clip(format, size)
    result = process(s3reel, source, case.op)
    if format == "yuv422p" and case.op.startswith("rotate") and "180" not in case.op:
        case = Same(case.op, f"{FINER},{case.filters},{COARSER}")  # turned chroma has another shape
    found = pictures.raw(result, format=format)
    wanted = pictures.raw(source.path, case.filters, format=format)
    if "area" in case.filters and size == "97x65":
        # swscale, asked by ffmpeg, spreads 49 samples over 97 columns; ours are two columns wide.
        made = probe.media(result).video.raw
        shape = Clip(result, format, made["width"], made["height"])
        pairs = zip(pictures.planes(found, shape), pictures.planes(wanted, shape), strict=True)
        assert all((now[0] == then[0]).all() for now, then in pairs)
    else:
        assert found == wanted


# Y, Cb and Cr by BT.709 (ITU-R BT.709-6, 3.2 to 3.5), and whether x and y are given.
BORDERS = {
    "pad:w=128,h=100": ((0.0, 0.0, 0.0), None),
    "pad:w=129,h=101,x=3,y=5,color=red": ((0.2126, -0.2126 / 1.8556, 0.5), (3, 5)),
    "pad:w=128,h=100,color=white": ((1.0, 0.0, 0.0), None),
}


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("op", BORDERS)
def test_a_border_has_its_colour_in_the_frames_own_matrix_and_range(
    s3reel: Runner, clip: Callable[..., Clip], op: str, format: str, size: str, range_: str
) -> None:
    source = clip(format, size, range_)
    result = process(s3reel, source, op)
    made = probe.media(result).video.raw
    outer = Clip(result, format, made["width"], made["height"])
    colour, place = BORDERS[op]
    left, top = place or ((outer.width - source.width) // 2, (outer.height - source.height) // 2)
    inner = pictures.planes(pictures.raw(source.path), source)
    found = pictures.planes(pictures.raw(result), outer)
    assert len(found) == pictures.FRAMES
    for now, before in zip(found, inner, strict=True):
        for number, (plane, picture) in enumerate(zip(now, before)):
            step_x, step_y = source.grid if number else (1, 1)
            x, y = left // source.grid[0] * source.grid[0], top // source.grid[1] * source.grid[1]
            wanted = np.full(plane.shape, sample_of(colour[number], number > 0, source.depth, range_))
            rows = slice(y // step_y, y // step_y + picture.shape[0])
            wanted[rows, x // step_x : x // step_x + picture.shape[1]] = picture
            assert (plane == wanted).all(), (number, np.argwhere(plane != wanted)[:3])


def sample_of(value: float, chroma: bool, depth: int, range_: str) -> int:
    """ITU-T H.273, 8.3."""
    most, unit = 2**depth - 1, 2 ** (depth - 8)
    if range_ == "pc":
        sample = value * most + (128 * unit if chroma else 0)
    else:
        sample = value * (224 if chroma else 219) * unit + (128 if chroma else 16) * unit
    return min(int(sample + 0.5), most)


def test_a_picture_that_does_not_fit_into_its_border_is_an_error(
    s3reel: Runner, clip: Callable[..., Clip]
) -> None:
    result = s3reel.folder / "result.mkv"
    for size in ("w=95,h=64", "w=96,h=64,x=2"):
        done = s3reel.run("process", str(clip().path), str(result), "--op", f"pad:{size}")
        assert done.code == 2 and "does not fit" in done.stderr, done
        assert not result.exists()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("place", [(40, 30, 8, 4), (41, 31, 7, 5), (40, 30, None, None)])
def test_crop_moves_no_sample(
    s3reel: Runner,
    clip: Callable[..., Clip],
    place: tuple[int, int, int | None, int | None],
    format: str,
    size: str,
) -> None:
    source = clip(format, size)
    width, height, x, y = place
    edges = f",x={x},y={y}" if x is not None else ""
    result = process(s3reel, source, f"crop:w={width},h={height}{edges}")
    grid_x, grid_y = source.grid
    left = (x if x is not None else (source.width - width) // 2) // grid_x * grid_x
    top = (y if y is not None else (source.height - height) // 2) // grid_y * grid_y
    cropped = Clip(result, format, width, height)
    found = pictures.planes(pictures.raw(result, format=format), cropped)
    wanted = pictures.planes(pictures.raw(source.path, format=format), source)
    assert len(found) == len(wanted) == pictures.FRAMES
    for now, before in zip(found, wanted):
        for plane, sample in enumerate(before):
            step_x, step_y = source.grid if plane else (1, 1)
            rows = slice(top // step_y, top // step_y + -(-height // step_y))
            columns = slice(left // step_x, left // step_x + -(-width // step_x))
            assert (now[plane] == sample[rows, columns]).all()


# Light from 0 (black) to 1 (white); chroma around 0.
CURVES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "grayscale": lambda light: light,
    "invert": lambda light: 1 - light,
    "brightness:value=0.15": lambda light: light + 0.15,
    "brightness:value=-0.4": lambda light: light - 0.4,
    "contrast:value=1.7": lambda light: (light - 0.5) * 1.7 + 0.5,
    "contrast:value=0": lambda light: light * 0 + 0.5,
    "gamma:value=2.2": lambda light: np.where(light > 0, np.abs(light) ** (1 / 2.2), light),
}
COLOURS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "grayscale": lambda chroma: chroma * 0,
    "invert": lambda chroma: -chroma,
}


def mapped(samples: np.ndarray, zero: float, one: float, depth: int, curve: Callable) -> np.ndarray:
    values = curve((samples - zero) / one) * one + zero
    return np.floor(np.clip(values, 0, 2**depth - 1) + 0.5).astype(np.int64)


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("op", CURVES)
def test_ops_of_light_are_their_formula(
    s3reel: Runner, clip: Callable[..., Clip], op: str, format: str, size: str, range_: str
) -> None:
    source = clip(format, size, range_)
    result = process(s3reel, source, op)
    unit, most = 2 ** (source.depth - 8), 2**source.depth - 1
    light = (16 * unit, 219 * unit) if range_ == "tv" else (0, most)
    chroma = (128 * unit, 224 * unit if range_ == "tv" else most)
    found = pictures.planes(pictures.raw(result, format=format), source)
    wanted = pictures.planes(pictures.raw(source.path, format=format), source)
    assert len(found) == len(wanted) == pictures.FRAMES
    for now, before in zip(found, wanted):
        # A half is rounded by either side as its floating point happens to say.
        assert np.abs(now[0] - mapped(before[0], *light, source.depth, CURVES[op])).max() <= (
            0 if op in COLOURS else 1
        )
        for plane in (1, 2):
            curve = COLOURS.get(op, lambda value: value)
            assert (now[plane] == mapped(before[plane], *chroma, source.depth, curve)).all()


def test_sepia_is_the_usual_mixture_of_rgb(s3reel: Runner, clip: Callable[..., Clip]) -> None:
    source = clip("bgr0")
    result = process(s3reel, source, "sepia")
    weights = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8).reshape(-1, 3)
    now = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8).reshape(-1, 3)
    assert len(now) == len(before)
    wanted = np.clip(before.astype(float) @ weights.T, 0, 255)
    # colorchannelmixer rounds each product by itself.
    assert np.abs(now - wanted).max() <= 1.6


def test_watermark_is_blended_by_its_transparency(
    s3reel: Runner, clip: Callable[..., Clip]
) -> None:
    """In RGB without a matrix between: sample * (1 - a) + colour * a."""
    source = clip("bgr0")
    logo = s3reel.folder / "logo.png"
    ramp = "nullsrc=s=31x17,format=rgba,geq=r=255*X/W:g=255*Y/H:b=40:a=255*X/W"
    probe.ffmpeg("-f", "lavfi", "-i", ramp, "-frames:v", "1", logo)
    pixels = np.frombuffer(pictures.raw(logo, format="rgba"), np.uint8).reshape(17, 31, 4)
    result = process(s3reel, source, f"watermark:file={logo},at=top-right,margin=5,opacity=0.5")
    shape = (pictures.FRAMES, source.height, source.width, 3)
    before = np.frombuffer(pictures.raw(source.path, format="rgb24"), np.uint8).reshape(shape)
    now = np.frombuffer(pictures.raw(result, format="rgb24"), np.uint8).reshape(shape)
    wanted = before.astype(float)
    box = (slice(None), slice(5, 22), slice(source.width - 5 - 31, source.width - 5))
    alpha = pixels[..., 3:] / 255 * 0.5
    wanted[box] = wanted[box] * (1 - alpha) + pixels[..., :3] * alpha
    assert np.abs(now - wanted).max() <= 0.51


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_an_opaque_watermark_hides_what_is_under_it(
    s3reel: Runner, clip: Callable[..., Clip], format: str, size: str
) -> None:
    source = clip(format, size)
    logo = s3reel.folder / "logo.png"
    probe.ffmpeg("-f", "lavfi", "-i", "color=white:s=4096x4096", "-frames:v", "1", logo)
    result = process(s3reel, source, f"watermark:file={logo},at=top-left,margin=0")
    unit = 2 ** (source.depth - 8)
    for frame in pictures.planes(pictures.raw(result, format=format), source):
        assert (frame[0] == 235 * unit).all()
        assert (frame[1] == 128 * unit).all() and (frame[2] == 128 * unit).all()


@pytest.mark.parametrize("interp", ["tetrahedral", "trilinear", "nearest"])
def test_lut_is_ffmpegs(s3reel: Runner, clip: Callable[..., Clip], interp: str) -> None:
    source = clip("bgr0")
    cube = s3reel.folder / "look.cube"
    points = [(r, g, b) for b in range(3) for g in range(3) for r in range(3)]
    rows = [f"{1 - r / 2:.3f} {(g / 2) ** 2:.3f} {(b + r) / 4:.3f}" for r, g, b in points]
    cube.write_text("LUT_3D_SIZE 3\n" + "\n".join(rows) + "\n", encoding="utf-8")
    result = process(s3reel, source, f"lut:file={cube},interp={interp}")
    assert pictures.raw(result, format="rgb24") == pictures.raw(
        source.path, f"lut3d=file={cube}:interp={interp}", format="rgb24"
    )


def clock(time: Fraction, rate: Fraction) -> str:
    """HH:MM:SS:FF; half a millisecond more, as containers round times to whole ones."""
    time += Fraction(1, 2000)
    seconds = int(time)
    frame = int((time - seconds) * rate)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame:02}"


def written(path: Path, texts: list[str], format: str) -> bytes:
    """The clip with one of the texts on each of its frames, by drawtext without any expansion."""
    where = "x=4:y=4:fontsize=14:fontcolor=white:font=Sans:expansion=none"
    drawn = []
    for number, text in enumerate(texts):
        colons = text.replace(":", r"\\:")
        drawn.append(f"drawtext=text={colons}:{where}:enable='eq(n,{number})'")
    return pictures.raw(path, *drawn, format=format)


@pytest.mark.parametrize(
    ("fps", "rate", "start"),
    [
        ("10", "25", "0"),
        ("10", "29.97", "0"),
        ("10", "24", "3599.75"),
        ("30000/1001", "29.97", "0.5"),
        ("30000/1001", "60", "59.5"),
    ],
)
def test_timecode_of_another_rate_counts_from_the_time(
    s3reel: Runner, tmp_path: Path, fps: str, rate: str, start: str
) -> None:
    path = tmp_path / "clip.mkv"
    picture = f"testsrc2=size=160x48:rate={fps}:duration=1.2,format=yuv420p"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", path)
    op = f"timecode:rate={rate},start={start},at=top-left,margin=4,size=14"
    result = process(s3reel, Clip(path, "yuv420p", 160, 48), op)
    shown = probe.frames(path, probe.media(path).video).times
    texts = [clock(time + Fraction(start), Fraction(rate)) for time in shown]
    assert pictures.raw(result) == written(path, texts, "yuv420p")


WRONG = {
    "grayscale:strength=2": "strength",
    "invert:x=1": "x",
    "brightness:value=2": "value=2",
    "contrast:value=-1": "value=-1",
    "gamma:value=0": "value=0",
    "sepia:tone=1": "tone",
    "blur:sigma=wide": "sigma=wide",
    "lut:file=/etc/hostname": "LUT_3D_SIZE",
    "watermark:file=/etc/hostname": "PNG",
    "crop:w=0,h=4": "w=0",
    "scale:method=magic,w=4": "method=magic",
    "pad:w=10": "h",
    "rotate:angle=400": "angle=400",
    "flip:axis=diagonal": "axis=diagonal",
    "fps:rate=0": "rate=0",
    "text:at=top": "text",
    "timecode:at=nowhere": "at=nowhere",
    "redact:x=1,y=1,w=0,h=1": "w=0",
}


@pytest.mark.parametrize("op", WRONG)
def test_a_wrong_parameter_is_refused_by_its_name(
    s3reel: Runner, clip: Callable[..., Clip], op: str
) -> None:
    result = s3reel.folder / "result.mkv"
    done = s3reel.run("process", str(clip("yuv420p").path), str(result), "--op", op)
    assert done.code == 2, done
    assert op.split(":")[0] in done.stderr and WRONG[op] in done.stderr, done
    assert not result.exists()


def catalogue(s3reel: Runner) -> list[dict]:
    return json.loads(s3reel.run("ops", "--json").stdout)


def test_every_op_is_held_to_its_parameters(s3reel: Runner) -> None:
    assert {op.split(":")[0] for op in WRONG} == {op["name"] for op in catalogue(s3reel)}


def test_the_list_of_ops_shows_parameters_and_examples(s3reel: Runner) -> None:
    shown = s3reel.run("ops").stdout
    for op in catalogue(s3reel):
        [entry] = [part for part in shown.split("\n\n") if part.startswith(f"{op['name']}: ")]
        assert op["summary"] in entry and f"--op {op['example']}" in entry
        assert all(f"    {one['name']}=" in entry for one in op["parameters"])


@pytest.mark.parametrize("op", sorted({op.split(":")[0] for op in WRONG} - {"lut", "watermark"}))
def test_the_example_of_an_op_works(s3reel: Runner, clip: Callable[..., Clip], op: str) -> None:
    """Those of lut and watermark name files that are not there."""
    [example] = [one["example"] for one in catalogue(s3reel) if one["name"] == op]
    source = clip("yuv420p", "1300x400") if op == "crop" else clip("yuv420p")
    done = s3reel.run("process", str(source.path), str(s3reel.folder / "r.mkv"), "--op", example)
    assert done.code == 0, done


@pytest.mark.parametrize("range_", ["tv", "pc"])
@pytest.mark.parametrize("op", ["invert", "brightness:value=0.1", "contrast:value=1.3", "gamma:value=1.4"])
def test_light_in_rgb_has_the_full_range(
    s3reel: Runner, clip: Callable[..., Clip], op: str, range_: str
) -> None:
    """RGB that was made of YUV, whichever range that had."""
    source, result = clip("yuv444p", "96x64", range_), s3reel.folder / "result.mkv"
    options = ("--filter", "format=rgb24", "--op", op, "--filter", "format=gbrp")
    done = s3reel.run("process", str(source.path), str(result), *options, *pictures.LOSSLESS)
    assert done.code == 0, done
    before = np.frombuffer(pictures.raw(source.path, "format=rgb24", format="gbrp"), np.uint8) / 255
    curve = {
        "invert": 1 - before,
        "brightness:value=0.1": before + 0.1,
        "contrast:value=1.3": (before - 0.5) * 1.3 + 0.5,
        "gamma:value=1.4": before ** (1 / 1.4),
    }[op]
    now = np.frombuffer(pictures.raw(result, format="gbrp"), np.uint8)
    assert np.abs(now - 255 * np.clip(curve, 0, 1)).max() <= 0.51


def test_colours_of_a_palette_say_their_matrix_once_they_are_yuv(s3reel: Runner) -> None:
    source, result = s3reel.folder / "in.mkv", s3reel.folder / "out.mkv"
    picture = "testsrc2=size=96x64:rate=10:duration=0.3,format=pal8"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "png", source)
    options = ("--op", "sepia", "--video-codec", "libx264", "--crf", "18")
    done = s3reel.run("process", str(source), str(result), *options)
    assert done.code == 0, done
    assert probe.media(result).video.raw.get("color_space") == "bt709"


def test_rates_are_for_films_that_begin_before_their_time_too(s3reel: Runner) -> None:
    """24 a second have no picture at -0.08 s, but at -0.083."""
    source, result = s3reel.folder / "in.mkv", s3reel.folder / "out.mkv"
    whole = media.file("mov-mpeg2-1080i-sar-4x3-opengop.mov")
    probe.ffmpeg("-ss", "0.3", "-i", whole, "-c", "copy", source)
    assert probe.frames(source, probe.media(source).video).times[0] == Fraction(-8, 100)
    done = s3reel.run("process", str(source), str(result), "--op", "fps:rate=24")
    assert done.code == 0, done
