"""What ffprobe and ffmpeg say about a file: judges that know nothing of s3reel."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

DEPTH = re.compile(r"p(9|10|12|14|16)(le|be)$")


def _output(*command: str) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()[-500:]}")
    return done.stdout


@dataclass(frozen=True)
class MediaFile:
    path: Path

    @cached_property
    def facts(self) -> dict:
        entries = ["-show_format", "-show_streams", "-of", "json"]
        return json.loads(_output("ffprobe", "-v", "error", *entries, str(self.path)))

    def streams(self, kind: str) -> list[dict]:
        """Cover art is a picture, not a stream of the film."""
        return [
            stream
            for stream in self.facts["streams"]
            if stream["codec_type"] == kind and not stream["disposition"]["attached_pic"]
        ]

    @property
    def video(self) -> dict:
        return self.streams("video")[0]

    @property
    def duration(self) -> float:
        return float(self.facts["format"].get("duration", 0))

    @cached_property
    def frame_times(self) -> list[float]:
        """Presentation time of every frame, counted from the first one."""
        text = _output(
            *["ffprobe", "-v", "error", "-select_streams", str(self.video["index"])],
            *["-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0"],
            str(self.path),
        )
        times = [float(value) for value in re.findall(r"-?\d+\.\d+", text)]
        return [time - times[0] for time in times]

    def audio_hash(self) -> str:
        """Of the packets, not of the sound."""
        command = ["ffmpeg", "-v", "error", "-i", str(self.path), "-map", "0:a", "-c", "copy"]
        return _output(*command, "-f", "streamhash", "-")

    def chroma_extremes(self) -> set[int]:
        """The values found in the chroma planes: minima and maxima over all frames."""
        index = self.video["index"]
        text = _output(
            *["ffmpeg", "-v", "error", "-i", str(self.path), "-map", f"0:{index}"],
            *["-vf", "signalstats,metadata=print:file=-", "-f", "null", "-"],
        )
        return {int(v) for v in re.findall(r"signalstats\.[UV](?:MIN|MAX)=(\d+)", text)}

    def neutral_chroma(self) -> int | None:
        """The value of no colour in this pixel format; None where there is no chroma."""
        pixel_format = self.video["pix_fmt"]
        if pixel_format.startswith("gray"):
            return None
        depth = DEPTH.search(pixel_format)
        return 1 << (int(depth.group(1)) if depth else 8) - 1

    def box_names(self) -> list[str]:
        """The top-level boxes of an MP4 file, in order."""
        names, size = [], self.path.stat().st_size
        with self.path.open("rb") as file:
            place = 0
            while place < size:
                file.seek(place)
                head = file.read(16)
                length = int.from_bytes(head[:4], "big")
                names.append(head[4:8].decode("latin-1"))
                if length == 1:
                    length = int.from_bytes(head[8:16], "big")
                place = place + length if length >= 8 else size
        return names
