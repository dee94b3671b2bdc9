"""Pictures as numbers: clips without loss, and what is in them, by ffmpeg and numpy alone."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import probe

FRAMES = 6
LOSSLESS = ("--video-codec", "ffv1", "--format", "mkv")


@dataclass(frozen=True)
class Clip:
    path: Path
    format: str
    width: int
    height: int

    @property
    def depth(self) -> int:
        return 10 if "10" in self.format else 8

    @property
    def grid(self) -> tuple[int, int]:
        """Luma samples to one of chroma, across and down."""
        return {"420": (2, 2), "422": (2, 1), "444": (1, 1)}[self.format[3:6]]

    @property
    def full_range(self) -> bool:
        return probe.media(self.path).video.raw.get("color_range") == "pc"


def make_clip(path: Path, format: str, size: str, range_: str) -> Clip:
    """Edges, ramps and noise: every value somewhere."""
    width, height = map(int, size.split("x"))
    source = f"testsrc2=size=192x128:rate=10:duration={FRAMES / 10},noise=alls=40:allf=t"
    shape = f"scale={width}:{height}:out_range={range_}:out_color_matrix=bt709,format={format}"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", source, "-vf", shape),
        *("-c:v", "ffv1", "-color_range", range_, "-colorspace", "bt709"),
        *("-color_primaries", "bt709", "-color_trc", "bt709", path),
    )
    return Clip(path, format, width, height)


def raw(path: Path, *filters: str, format: str | None = None) -> bytes:
    """All samples of all frames, as ffmpeg decodes and filters them."""
    chain = ",".join(filters)
    args = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-i", str(path)]
    args += ["-vf", chain] if chain else []
    args += ["-fps_mode", "passthrough", "-f", "rawvideo"]
    args += ["-pix_fmt", format] if format else []
    return subprocess.run([*args, "-"], capture_output=True, check=True, timeout=60).stdout


def planes(data: bytes, clip: Clip) -> list[list[np.ndarray]]:
    """Y, U and V of each frame of a clip of planar YUV of the same size and format."""
    grid_x, grid_y = clip.grid
    chroma = (-(-clip.height // grid_y), -(-clip.width // grid_x))  # rounded up
    shapes = [(clip.height, clip.width), chroma, chroma]
    samples = np.frombuffer(data, np.uint16 if clip.depth > 8 else np.uint8).astype(np.int64)
    frames, at = [], 0
    while at < len(samples):
        frame = []
        for shape in shapes:
            count = shape[0] * shape[1]
            frame.append(samples[at : at + count].reshape(shape))
            at += count
        frames.append(frame)
    return frames
