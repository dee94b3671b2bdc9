"""Arguments of a wrong kind are refused in words that name them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import s3reel

from support import pictures
from support.pictures import Clip

NUL = "a\0b"
PICTURE = np.zeros((64, 96, 3), np.uint8)


@pytest.fixture
def video(clip: Callable[..., Clip]) -> Iterator[s3reel.Video]:
    with s3reel.open(clip().path) as opened:
        yield opened


def refuses(
    error: type[Exception], words: str, call: Callable[..., object], *args: object, **named: object
) -> None:
    with pytest.raises(error, match=words) as caught:
        call(*args, **named)
    assert "Invoked with" not in str(caught.value) and "\0" not in str(caught.value)


@pytest.mark.parametrize("value", ["1", b"1", [1], 1j, object()])
def test_a_time_is_a_number(video: s3reel.Video, value: object) -> None:
    for name in ("start", "end", "step"):
        refuses(TypeError, f"^{name} is a number", video.frames, **{name: value})
        refuses(TypeError, f"^{name} is a number", next, video.batches(PICTURE[None], **{name: value}))
    refuses(TypeError, "^time is a number", video.frame_at, value)


def test_a_number_of_any_kind_is_a_time(video: s3reel.Video) -> None:
    for number in (Fraction(1, 25), np.float32(0.04), np.int64(0), False):
        frame = next(video.frames(start=number, end=Fraction(9), step=np.float64(0.1)))
        assert float(number) - 0.05 <= frame.time <= float(number) + 0.001


@pytest.mark.parametrize("size", [(10,), 10, "10x10", (1.5, 2), ("1", "2"), (1, 2, 3)])
def test_a_size_is_two_whole_numbers(video: s3reel.Video, tmp_path: Path, size: object) -> None:
    words = "^size is two whole numbers .width, height., not"
    refuses(TypeError, words, video.frames, size=size)
    refuses(TypeError, words, video.frame_at, 0.0, size=size)
    refuses(TypeError, words, s3reel.create, tmp_path / "r.mkv", video, size=size)
    refuses(ValueError, "^size is too large", video.frames, size=(1 << 40, 2))


@pytest.mark.parametrize("format", [7, b"gray", ["gray"]])
def test_a_format_is_a_str(video: s3reel.Video, format: object) -> None:
    refuses(TypeError, "^format is a str, not", video.frames, format=format)
    refuses(TypeError, "^format is a str, not", video.frame_at, 0, format=format)


def test_what_a_place_is_opened_with(clip: Callable[..., Clip], tmp_path: Path) -> None:
    path, sink = clip().path, tmp_path / "d.bin"
    refuses(TypeError, "^threads is a whole number", s3reel.open, path, threads="1")
    refuses(ValueError, "^threads are from 0 to 1024", s3reel.open, path, threads=1 << 40)
    refuses(TypeError, "^memory is a str", s3reel.open, path, memory=[])
    refuses(TypeError, "^memory is a str", s3reel.open_source, path, memory=1.5)
    refuses(TypeError, "^content_type is a str", s3reel.open_sink, sink, content_type=5)
    refuses(TypeError, "^no_clobber is True or False", s3reel.open_sink, sink, no_clobber="yes")
    refuses(s3reel.UsageError, "^DESTINATION ''", s3reel.open_sink, "")
    assert os.listdir(tmp_path) == []


def test_a_frame_is_written_at_a_time(video: s3reel.Video, tmp_path: Path) -> None:
    with s3reel.create(tmp_path / "r.mkv", video, video_codec="ffv1", format="mkv") as out:
        for time in (float("inf"), float("nan"), 1e30, -1e30):
            refuses(ValueError, "^time is", out.write, PICTURE, time=time)
        refuses(TypeError, "^time is a number", out.write, PICTURE, time="1")
        refuses(TypeError, "^pts is a whole number", out.write, PICTURE, pts=1.5)
        refuses(ValueError, "^pts is beyond", out.write, PICTURE, pts=1 << 70)
        out.write(PICTURE)
    assert len(pictures.raw(tmp_path / "r.mkv", format="gray")) == 96 * 64


def process(clip: Callable[..., Clip], tmp_path: Path) -> Callable[..., dict]:
    how: dict[str, object] = {"video_codec": "ffv1", "format": "mkv"}
    return lambda ops=(), **options: s3reel.process(
        clip().path, tmp_path / "r.mkv", ops, **(how | options)
    )


def test_options_are_of_their_kind(clip: Callable[..., Clip], tmp_path: Path) -> None:
    job = process(clip, tmp_path)
    refuses(TypeError, "^crf takes a value, not True", job, crf=True)
    refuses(TypeError, "^crf takes one value", job, crf=[1, 2])
    refuses(TypeError, "^crf takes one value", job, crf={"a": 1})
    refuses(TypeError, "^no_clobber is True or False, not 'yes'", job, no_clobber="yes")
    refuses(TypeError, "^no_clobber is True or False, not 1", job, no_clobber=1)
    refuses(TypeError, "^encoder_opt takes a value, not True", job, encoder_opt=True)
    refuses(s3reel.UsageError, "unknown option '--nosuch'", job, nosuch=True)
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("options", [{"slices": 6, "g": 1}, ["slices=6", "g=1"], ("slices=6",)])
def test_an_option_may_be_repeated(
    clip: Callable[..., Clip], tmp_path: Path, options: object
) -> None:
    assert process(clip, tmp_path)(encoder_opt=options)["frames"]["muxed"] == pictures.FRAMES


def test_a_wrong_option_of_a_list_is_named(clip: Callable[..., Clip], tmp_path: Path) -> None:
    words = "encoder option nosuch"
    refuses(s3reel.UsageError, words, process(clip, tmp_path), encoder_opt=["g=1", "nosuch=1"])


def test_a_nul_is_in_no_word(
    clip: Callable[..., Clip], video: s3reel.Video, tmp_path: Path
) -> None:
    job, words = process(clip, tmp_path), "embedded null byte"
    refuses(ValueError, f"^preset: {words}", job, preset=NUL)
    refuses(ValueError, f"^encoder_opt: {words}", job, encoder_opt={"g": NUL})
    refuses(ValueError, f"^graph: {words}", job, "hflip" + NUL)
    refuses(ValueError, f"^graph: {words}", job, s3reel.filter("hflip" + NUL))
    refuses(ValueError, f"^op: {words}", job, "blur:sigma=1" + NUL)
    refuses(ValueError, f"^small: {words}", job, s3reel.filter("[in][small]overlay", small=NUL))
    refuses(ValueError, f"^plugin: {words}", job, s3reel.plugin(NUL))
    refuses(ValueError, f"^mode: {words}", job, s3reel.plugin("x.so", mode=NUL))
    refuses(ValueError, f"^format: {words}", s3reel.op, format=NUL)
    refuses(ValueError, f"^name: {words}", s3reel.op, name=NUL)
    refuses(ValueError, f"^format: {words}", video.frames, format=NUL)
    refuses(ValueError, f"^format: {words}", video.frame_at(0).new, format=NUL)
    refuses(ValueError, f"^memory: {words}", s3reel.open, clip().path, memory=NUL)
    refuses(ValueError, f"^region: {words}", s3reel.open, clip().path, region=NUL)
    refuses(ValueError, f"^content_type: {words}", s3reel.open_sink, tmp_path / "d", content_type=NUL)
    refuses(s3reel.UsageError, r"a\\0b.*byte of 0", s3reel.open, NUL)
    assert os.listdir(tmp_path) == []


def test_a_message_does_not_end_at_a_nul(clip: Callable[..., Clip], tmp_path: Path) -> None:
    def fails(frame: np.ndarray) -> None:
        raise LookupError("before\0behind")

    with pytest.raises(s3reel.OpError, match=r"before\\0behind") as caught:
        process(clip, tmp_path)(fails)
    assert isinstance(caught.value.__cause__, LookupError)


@pytest.mark.parametrize("letter", ["\ud800", "\udcff"])
def test_half_a_letter_is_refused_in_words(
    clip: Callable[..., Clip], video: s3reel.Video, tmp_path: Path, letter: str
) -> None:
    job = process(clip, tmp_path)
    refuses(ValueError, "surrogates|filter", job, letter)
    refuses(ValueError, "surrogates|filter", job, s3reel.filter(letter))
    refuses(ValueError, "^format is no text", s3reel.op, format=letter)
    refuses(ValueError, "^format is no text", video.frames, format=letter)
    refuses(ValueError, "^memory is no text", s3reel.open, clip().path, memory=letter)


def test_ops_are_a_list_or_one(clip: Callable[..., Clip], tmp_path: Path) -> None:
    job = process(clip, tmp_path)
    assert job(None)["frames"]["muxed"] == pictures.FRAMES
    refuses(TypeError, "^ops is a list of ops, or one of them, not 5", job, 5)
    refuses(TypeError, "^ops is a list of ops, or one of them, not b'hflip'", job, b"hflip")
    refuses(TypeError, "^5 is no op", job, [5])
    refuses(TypeError, "^graph is a str, not NoneType", s3reel.filter, None)
