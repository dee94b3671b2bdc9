"""ffprobe and ffmpeg as independent judges: what is really in a file."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

TIMEOUT_S = 600
FRAME_HASH = ("-f", "framehash", "-hash", "murmur3")  # a quarter of the time that MD5 takes


def _run(args: list[str]) -> str:
    done = subprocess.run(args, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(args)} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


def ffmpeg(*args: str | Path) -> None:
    """Runs ffmpeg quietly; raises with its messages when it fails."""
    _run(["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", *map(str, args)])


@dataclass
class Stream:
    raw: dict[str, Any]

    @property
    def index(self) -> int:
        return int(self.raw["index"])

    @property
    def type(self) -> str:
        return str(self.raw.get("codec_type", "unknown"))

    @property
    def codec(self) -> str:
        return str(self.raw.get("codec_name", "unknown"))

    @property
    def time_base(self) -> Fraction:
        return Fraction(self.raw["time_base"])

    @property
    def start(self) -> Fraction | None:
        pts = self.raw.get("start_pts")
        return None if pts is None else int(pts) * self.time_base

    @property
    def is_cover(self) -> bool:
        return bool(self.raw.get("disposition", {}).get("attached_pic"))

    @property
    def sample_aspect(self) -> str:
        """Unknown counts as square, as players take it."""
        value = self.raw.get("sample_aspect_ratio", "N/A")
        return "1:1" if value in ("N/A", "0:1") else value

    @property
    def rotation(self) -> int:
        for item in self.raw.get("side_data_list", []):
            if "rotation" in item:
                return int(item["rotation"])
        return 0

    @property
    def tags(self) -> dict[str, str]:
        return dict(self.raw.get("tags", {}))


@dataclass
class Media:
    path: Path
    format: dict[str, Any]
    streams: list[Stream]

    def of_type(self, kind: str) -> list[Stream]:
        return [s for s in self.streams if s.type == kind and not s.is_cover]

    @property
    def video(self) -> Stream:
        return self.of_type("video")[0]

    @property
    def start(self) -> Fraction:
        """The earliest start of a picture or sound stream."""
        starts = [s.start for s in self.of_type("video") + self.of_type("audio")]
        return min(s for s in starts if s is not None)


def described(path: Path) -> dict[str, Any]:
    """What ffprobe says of container, streams and chapters, in its own words."""
    shown = ["-show_format", "-show_streams", "-show_chapters", "-of", "json"]
    return json.loads(_run(["ffprobe", "-v", "error", *shown, str(path)]))


def media(path: Path) -> Media:
    found = described(path)
    return Media(path, found["format"], [Stream(raw) for raw in found["streams"]])


@dataclass
class Frames:
    """The frames of one stream as -show_frames lists them."""

    time_base: Fraction
    ticks: list[int] = field(default_factory=list)  # best_effort_timestamp
    first: dict[str, Any] = field(default_factory=dict)

    @property
    def times(self) -> list[Fraction]:
        return [tick * self.time_base for tick in self.ticks]


NO_TIME = -(2**63)  # a frame of a source without pts, as libav marks it
FRAME_ENTRIES = (
    "best_effort_timestamp,pix_fmt,color_range,color_space,color_primaries,color_transfer,"
    "chroma_location"
)


def frames(path: Path, stream: Stream) -> Frames:
    args = ["ffprobe", "-v", "error", "-threads", "2", "-select_streams", str(stream.index)]
    args += ["-show_frames", "-show_entries", f"frame={FRAME_ENTRIES}", "-of", "json", str(path)]
    listed = json.loads(_run(args))["frames"]
    ticks = [int(f.get("best_effort_timestamp", NO_TIME)) for f in listed]
    return Frames(stream.time_base, ticks, listed[0] if listed else {})


def frame_count(path: Path) -> int:
    return len(frames(path, media(path).video).ticks)


def first_sound(path: Path, stream: Stream) -> Fraction:
    """When the first decoded samples are heard, priming already skipped."""
    args = ["ffprobe", "-v", "error", "-select_streams", str(stream.index), "-show_frames"]
    args += ["-read_intervals", "%+#5", "-show_entries", "frame=best_effort_timestamp"]
    listed = json.loads(_run([*args, "-of", "json", str(path)]))["frames"]
    return int(listed[0]["best_effort_timestamp"]) * stream.time_base


def sample_count(path: Path, stream: Stream) -> int:
    """Decoded samples per channel, at the stream's own rate."""
    args = ["ffprobe", "-v", "error", "-select_streams", str(stream.index), "-show_frames"]
    args += ["-show_entries", "frame=nb_samples", "-of", "csv=p=0", str(path)]
    return sum(int(line.split(",")[0]) for line in _run(args).split())


def stream_hash(path: Path, audio_number: int, bsf: str = "") -> str:
    """MD5 over the packets of one audio stream as a copy takes them."""
    args = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-map", f"0:a:{audio_number}"]
    args += ["-c", "copy", *(["-bsf:a", bsf] if bsf else [])]
    return _run([*args, "-f", "streamhash", "-hash", "md5", "-"]).strip()


def packet_times(path: Path, audio_number: int, bsf: str = "") -> dict[str, Fraction]:
    """When each packet of an audio stream is due, by the MD5 of what it holds."""
    args = ["ffmpeg", "-nostdin", "-v", "error", "-copyts", "-i", str(path)]
    args += ["-map", f"0:a:{audio_number}", "-c", "copy", *(["-bsf:a", bsf] if bsf else [])]
    base, times = Fraction(1), {}
    for line in _run([*args, "-f", "framemd5", "-"]).splitlines():
        if line.startswith("#tb"):
            base = Fraction(line.split()[-1])
        elif line and not line.startswith("#"):
            fields = [word.strip() for word in line.split(",")]
            times.setdefault(fields[-1], int(fields[2]) * base)
    return times


def packet_places(path: Path, stream: Stream) -> list[tuple[float, int, int]]:
    """Of each packet its time, its place in the file and its size."""
    args = ["ffprobe", "-v", "error", "-select_streams", str(stream.index), "-of", "json"]
    found = json.loads(_run([*args, "-show_entries", "packet=pts_time,pos,size", str(path)]))
    return [(float(p["pts_time"]), int(p["pos"]), int(p["size"])) for p in found["packets"]]


def plane_hashes(path: Path, stream: Stream, planes: str) -> list[tuple[str, ...]]:
    """Hashes of the named planes of every frame as it is decoded: not rotated, scaled or re-timed."""
    with tempfile.TemporaryDirectory(prefix="planes-") as folder:
        files = {name: Path(folder) / name for name in planes}
        pads = "".join(f"[{name}]" for name in planes)
        args: list[str | Path] = ["-noautorotate", "-threads", "2", "-i", path]
        args += ["-filter_complex", f"[0:{stream.index}]extractplanes={'+'.join(planes)}{pads}"]
        for name, target in files.items():
            args += ["-map", f"[{name}]", "-fps_mode", "passthrough", *FRAME_HASH, target]
        ffmpeg(*args)
        return list(zip(*map(_frame_hashes, files.values()), strict=True))


def chroma_extremes(path: Path, stream: Stream) -> tuple[int, int]:
    """The smallest and largest chroma sample of all frames."""
    args = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(path), "-map", f"0:{stream.index}"]
    printed = _run([*args, "-vf", "signalstats,metadata=print:file=-", "-f", "null", "-"])
    found = re.findall(r"signalstats\.[UV](MIN|MAX)=(\d+)", printed)
    return (
        min(int(value) for name, value in found if name == "MIN"),
        max(int(value) for name, value in found if name == "MAX"),
    )


def _frame_hashes(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.rsplit(",", 1)[1].strip() for line in lines if line and not line.startswith("#")]


def pixel_format(name: str) -> tuple[str, int]:
    """Chroma format and depth of a planar YUV format: yuv422p10le -> ("422", 10)."""
    body = name.replace("yuvj", "yuv").removesuffix("le")
    chroma, _, depth = body.removeprefix("yuv").partition("p")
    if not body.startswith("yuv") or chroma not in ("420", "422", "444"):
        raise ValueError(f"{name} is not planar YUV")
    return chroma, int(depth or 8)


def neutral_plane_hash(stream: Stream) -> str:
    """As plane_hashes(), of a chroma plane of this stream in which all is exactly neutral."""
    chroma, depth = pixel_format(stream.raw["pix_fmt"])
    width, height = int(stream.raw["width"]), int(stream.raw["height"])
    if chroma in ("420", "422"):
        width = (width + 1) // 2
    if chroma == "420":
        height = (height + 1) // 2
    sample = (128 << (depth - 8)).to_bytes(2 if depth > 8 else 1, "little")
    with tempfile.TemporaryDirectory(prefix="plane-") as folder:
        plane, hashes = Path(folder) / "plane", Path(folder) / "hashes"
        plane.write_bytes(sample * (width * height))
        gray = f"gray{depth}le" if depth > 8 else "gray"
        raw = ["-f", "rawvideo", "-pix_fmt", gray, "-video_size", f"{width}x{height}"]
        ffmpeg(*raw, "-i", plane, *FRAME_HASH, hashes)
        return _frame_hashes(hashes)[0]
