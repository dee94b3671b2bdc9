"""Clips that the benchmarks run on, made by ffmpeg once and kept in build/bench/clips.

testsrc2 with noise, so that the picture moves and the codec has real work, at bit rates of real
video; B-frames, a key frame every two seconds, AAC sound. The same recipe gives the same clip on
the same ffmpeg. A clip that was not finished is never taken for one: it is made beside and renamed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bench" / "clips"
# The proxy, the store and the helpers of the tools are used here as they are.
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools" / "lib")]

from support import interleave  # noqa: E402

RATE = 24
SIZES = {"720p": ("1280x720", "3200k"), "1080p": ("1920x1080", "6M")}
SECONDS = (20, 200)
LARGE = 64 * 1024 * 1024  # bytes; the design's rows on requests speak of files of at least this
SAMPLED_STEP = 10  # seconds from one frame that is looked at to the next
SAMPLED_SECONDS = (30, 200)
TINY_FRAMES = (500_000, 1_000_000)  # both fill every buffer, so only the index differs


@dataclass(frozen=True)
class Clip:
    """A source of the grid."""

    height: str  # a key of SIZES
    seconds: int

    @property
    def name(self) -> str:
        return f"{self.height}-{self.seconds}s.mp4"

    @property
    def frames(self) -> int:
        return self.seconds * RATE


def ffmpeg(*arguments: object) -> None:
    command = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")


def _grid(clip: Clip) -> Callable[[Path], None]:
    size, rate = SIZES[clip.height]

    def make(path: Path) -> None:
        ffmpeg(
            *["-f", "lavfi", "-i", f"testsrc2=size={size}:rate={RATE}:duration={clip.seconds}"],
            *["-f", "lavfi"],
            *["-i", f"sine=frequency=440:sample_rate=48000:duration={clip.seconds}"],
            *["-vf", "noise=alls=6:allf=t,format=yuv420p", "-c:v", "libx264"],
            *["-preset", "veryfast", "-b:v", rate, "-maxrate", rate, "-bufsize", rate],
            *["-bf", "3", "-g", 2 * RATE, "-c:a", "aac", "-b:a", "128k"],
            *["-movflags", "+faststart", path],
        )

    return make


def _layout(*options: str) -> Callable[[Path], None]:
    """The packets of one clip of the grid in another container or order."""

    def make(path: Path) -> None:
        base = get(Clip("720p", 200).name)
        ffmpeg("-i", base, "-map", "0", "-c", "copy", *options, path)

    return make


def _apart(path: Path) -> None:
    """All of the picture, then all of the sound: a reader has to be in two places at once."""
    interleave.set_apart(get("moov-end.mp4"), path)


def sampled_name(seconds: int) -> str:
    return f"sampled-1080p-{seconds}s.mp4"


def _sampled(seconds: int) -> Callable[[Path], None]:
    """20 Mbit/s and a key frame every second, as cameras and editors write."""

    def make(path: Path) -> None:
        ffmpeg(
            *["-f", "lavfi", "-i", f"testsrc2=size=1920x1080:rate={RATE}:duration={seconds}"],
            *["-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={seconds}"],
            *["-vf", "noise=alls=12:allf=t,format=yuv420p", "-c:v", "libx264"],
            *["-preset", "veryfast", "-b:v", "20M", "-maxrate", "20M", "-bufsize", "20M"],
            # Exactly a second: x264 would set key frames at scene cuts too, and then begin again.
            *["-bf", "3", "-g", RATE, "-keyint_min", RATE, "-sc_threshold", 0],
            *["-c:a", "aac", "-b:a", "128k"],
            *["-movflags", "+faststart", path],
        )

    return make


def tiny_name(frames: int) -> str:
    return f"tiny-{frames}.mp4"


def _tiny(frames: int) -> Callable[[Path], None]:
    """Very many samples and hardly a byte: what grows with the samples shows undiluted."""

    def make(path: Path) -> None:
        picture = f"testsrc2=size=64x64:rate={RATE}:duration={frames / RATE}"
        encoder = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-pix_fmt", "yuv420p")
        ffmpeg("-f", "lavfi", "-i", picture, *encoder, "-bf", "2", "-movflags", "+faststart", path)

    return make


FRAGMENTED = "+frag_keyframe+empty_moov+default_base_moof+delay_moov"
LAYOUTS: dict[str, Callable[[Path], None]] = {
    "moov-front.mp4": _layout("-movflags", "+faststart"),
    "moov-end.mp4": _layout(),
    "fragmented.mp4": _layout("-movflags", FRAGMENTED),
    "matroska.mkv": _layout(),
    "transport.ts": _layout(),
    "non-interleaved.mp4": _apart,
}
GRID = [Clip(height, seconds) for height in SIZES for seconds in SECONDS]
RECIPES: dict[str, Callable[[Path], None]] = {
    **{clip.name: _grid(clip) for clip in GRID},
    **LAYOUTS,
    **{tiny_name(frames): _tiny(frames) for frames in TINY_FRAMES},
    **{sampled_name(seconds): _sampled(seconds) for seconds in SAMPLED_SECONDS},
}


def get(name: str) -> Path:
    """The path of a clip, made now if need be."""
    path = FOLDER / name
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        print(f"bench: making {name}", file=sys.stderr, flush=True)
        beside = path.with_name(f"{path.stem}.{os.getpid()}.part{path.suffix}")
        try:
            RECIPES[name](beside)
            if name in LAYOUTS and beside.stat().st_size < LARGE:
                raise RuntimeError(f"{name} has {beside.stat().st_size} bytes, too few for its row")
            beside.rename(path)
        finally:
            beside.unlink(missing_ok=True)
    return path


if __name__ == "__main__":
    for wanted in sys.argv[1:] or RECIPES:
        print(get(wanted))
