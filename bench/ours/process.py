"""The grayscale job with a numpy callable in the Python module.

  process.py s3://bucket/in.mp4 s3://bucket/out.mp4 PRESET CRF rgb|planes

`rgb` is the function of the peer's script, on RGB arrays, with the word that lets it run on several frames
at once. `planes` is what the module offers beside it: the callable writes into the video's own samples.
"""

from __future__ import annotations

import sys
from pathlib import Path

import s3reel

sys.path.append(str(Path(__file__).resolve().parents[1] / "peers"))
from grayscale import usual  # noqa: E402


@s3reel.op(format="yuv420p", inplace=True, changes_size=False)
def planes(frame: s3reel.Frame) -> None:
    frame.plane(1)[:] = 128
    frame.plane(2)[:] = 128


def main() -> None:
    source, destination, preset, crf, variant = sys.argv[1:]
    rgb = s3reel.op(contract="stateless")(usual)
    grayscale = {"rgb": rgb, "planes": planes}[variant]
    s3reel.process(source, destination, [grayscale], preset=preset, crf=int(crf))


if __name__ == "__main__":
    main()
