"""A frame for every so many seconds with the Python module.

  sample.py s3://bucket/in.mp4 STEP

Prints what peers/pyav_sample.py prints.
"""

from __future__ import annotations

import sys

import s3reel


def main() -> None:
    source, step = sys.argv[1], int(sys.argv[2])
    with s3reel.open(source) as video:
        for frame in video.frames(step=step):
            print(f"frame {frame.time:.3f} {frame.array.mean():.2f}")


if __name__ == "__main__":
    main()
