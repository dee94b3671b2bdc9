"""Clips made by ffmpeg for cases that the media folder does not hold."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import interleave
from .probe import ffmpeg

FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "96k")


def _picture(seconds: float, rate: str = "25", size: str = "320x240") -> list[str]:
    return ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}:duration={seconds}"]


def _sound(seconds: float) -> list[str]:
    return ["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"]


def _small(path: Path) -> None:
    """A few seconds and about a megabyte, with B-frames and sound, index in front."""
    source = [*_picture(4, size="480x270"), *_sound(4), "-vf", "noise=alls=12:allf=t"]
    video = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-pix_fmt", "yuv420p")
    ffmpeg(*source, *video, *AAC, "-movflags", "+faststart", path)


def _noise(path: Path) -> None:
    """Noise that no encoder can make small: a long result from few frames."""
    source = [*_picture(4, size="640x360"), *_sound(4), "-vf", "noise=alls=60:allf=t"]
    ffmpeg(*source, *FAST, "-crf", "20", "-g", "25", *AAC, "-movflags", "+faststart", path)


def _full_hd(path: Path) -> None:
    """More frames than an encoder looks ahead."""
    source = [*_picture(4, size="1920x1080"), "-vf", "noise=alls=20:allf=t"]
    ffmpeg(*source, *FAST, "-b:v", "12M", path)


def _sparse(path: Path) -> None:
    """A picture every ten seconds, with sound."""
    source = [*_picture(60, rate="1/10"), *_sound(60)]
    ffmpeg(*source, *FAST, *AAC, path)


def _late_picture(path: Path) -> None:
    """Ten minutes of sound before the first picture."""
    ffmpeg("-itsoffset", "600", *_picture(4), *_sound(604), *FAST, *AAC, "-copyts", path)


def _apart(path: Path) -> None:
    """All of the picture, then all of the sound."""
    woven = path.with_suffix(".woven.mp4")
    ffmpeg(*_picture(60), *_sound(60), *FAST, "-b:v", "2M", "-c:a", "aac", "-b:a", "192k", woven)
    interleave.set_apart(woven, path)
    woven.unlink()


def _apart_stream(path: Path) -> None:
    """The same in MPEG-TS, which is read in file order; short, so that probing meets the sound."""
    woven = path.with_suffix(".woven.ts")
    ffmpeg(*_picture(4.5, rate="60"), *_sound(4.5), *FAST, "-b:v", "1M", *AAC, woven)
    interleave.set_packets_apart(woven, path)
    woven.unlink()


def _large(path: Path, *output: str) -> None:
    """More than 64 MiB that decode quickly: made once as MP4, then only repackaged."""
    base = path.parent / "large-base.mkv"
    if not base.exists():
        source = [*_picture(24, size="1280x720"), *_sound(24), "-vf", "noise=alls=40:allf=t"]
        rate = ("-b:v", "26M", "-minrate", "26M", "-maxrate", "26M", "-bufsize", "26M")
        ffmpeg(*source, *FAST, *rate, "-g", "25", *AAC, base)
    ffmpeg("-i", base, "-c", "copy", *output, path)
    if path.stat().st_size < 64 * 1024 * 1024:
        raise RuntimeError(f"{path} has only {path.stat().st_size} bytes")


def _fragmented(path: Path) -> None:
    _large(path, "-movflags", "+frag_keyframe+empty_moov+default_base_moof+delay_moov")


RECIPES: dict[str, Callable[[Path], None]] = {
    "small.mp4": _small,
    "noise.mp4": _noise,
    "full-hd.mp4": _full_hd,
    "sparse.mp4": _sparse,
    "late-picture.mp4": _late_picture,
    "apart.mp4": _apart,
    "apart.ts": _apart_stream,
    "large-moov-front.mp4": lambda path: _large(path, "-movflags", "+faststart"),
    "large-moov-end.mp4": _large,
    "large-fragmented.mp4": _fragmented,
    "large.mkv": _large,
}


def make(name: str, path: Path) -> Path:
    """Writes the clip of that name to `path`; the same name gives the same content in a run."""
    RECIPES[name](path)
    return path
