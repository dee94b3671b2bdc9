"""What a run left behind, seen by ffprobe, ffmpeg and boto3; not part of the measured time."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

import contestants
from support.store import Store

URL_LIFE_S = 24 * 3600
# Of a gray picture after lossy coding; the clips have more than 40 on average.
MOST_SATURATION = 4.0


@dataclass(frozen=True)
class Found:
    frames: int  # 0 where the result is not what was asked for
    size: int  # bytes
    note: str = ""


def presigned(store: Store, key: str) -> str:
    place = {"Bucket": store.bucket, "Key": key}
    return store.client.generate_presigned_url("get_object", place, ExpiresIn=URL_LIFE_S)


def result(command: str, task: contestants.Task, store: Store, key: str, printed: str) -> Found:
    """Of a command that makes a video, or that prints a line for each frame that it looks at."""
    if command in contestants.PRINTS_FRAMES:
        return Found(len(re.findall(r"^frame \d", printed, re.MULTILINE)), 0)
    where, size = str(task.local_result), 0
    if command in contestants.WRITES_LOCALLY:
        size = task.local_result.stat().st_size if task.local_result.exists() else 0
    else:
        head = store.head(key)
        size = head["ContentLength"] if head else 0
        where = presigned(store, key)
    if not size:
        return Found(0, 0, "no result")
    found = _counted(where, size)
    if found.frames and command in contestants.MAKES_GRAY and not _is_gray(where):
        return Found(0, size, "the pictures are not gray")
    return found


def without_queries(text: str) -> str:
    """The end of what a program said, without the signatures of presigned URLs: it is published."""
    return re.sub(r"\?\S+", "?…", text)[-300:]


def _counted(where: str, size: int) -> Found:
    count = ["-count_packets", "-show_entries", "stream=nb_read_packets", "-of", "csv=p=0"]
    done = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", *count, where],
        capture_output=True,
        text=True,
        check=False,
    )
    found = done.stdout.strip().rstrip(",")
    return Found(int(found), size) if found.isdigit() else Found(0, size, without_queries(done.stderr))


def _is_gray(where: str) -> bool:
    """At every key frame; decoding all would take as long as the run."""
    saturation = "signalstats,metadata=print:key=lavfi.signalstats.SATAVG:file=-"
    decode = ["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-skip_frame", "nokey", "-i", where]
    done = subprocess.run(
        [*decode, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", saturation, "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = [float(value) for value in re.findall(r"SATAVG=([\d.]+)", done.stdout)]
    return bool(found) and max(found) <= MOST_SATURATION
