"""A frame for every so many seconds as it is usually done in Python: PyAV and smart_open.

  pyav_sample.py s3://bucket/in.mp4 STEP

A peer of the benchmarks: seeks to the key frame before each time and decodes from there, with threads
in the decoder. Of each frame it prints time and average, so that the harness sees that it was there.
"""

from __future__ import annotations

import sys

import av
from smart_open import open as smart_open


def main() -> None:
    source, step = sys.argv[1], int(sys.argv[2])
    with smart_open(source, "rb") as reader, av.open(reader) as container:
        video = container.streams.video[0]
        video.thread_type = "AUTO"
        for second in range(0, int(video.duration * video.time_base), step):
            wanted = video.start_time + round(second / video.time_base)
            container.seek(wanted, stream=video)
            frame = next(f for f in container.decode(video) if f.pts >= wanted)
            rgb = frame.to_ndarray(format="rgb24")
            print(f"frame {frame.time:.3f} {rgb.mean():.2f}")


if __name__ == "__main__":
    main()
