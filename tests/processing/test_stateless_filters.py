"""Every filter that runs on several frames at once looks at one alone: what came before changes nothing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from support import paths, pictures, probe
from support.pictures import LOSSLESS
from support.runner import Runner

OPTIONS = {
    "chromakey": "green:0.3:0.1",
    "chromahold": "green:0.3:0.1",
    "colorhold": "green:0.3:0.1",
    "colorkey": "green:0.3:0.1",
    "colorchannelmixer": ".3:.4:.3:0:.3:.4:.3:0:.3:.4:.3",
    "colormatrix": "bt709:bt601",
    "convolution": "0 -1 0 -1 5 -1 0 -1 0:0 -1 0 -1 5 -1 0 -1 0:0 -1 0 -1 5 -1 0 -1 0",
    "colorbalance": "rs=0.3",
    "colorcontrast": "rc=0.4:rcw=0.5",
    "colorcorrect": "analyze=average",
    "colorlevels": "rimin=-1:gimin=-1:bimin=-1:rimax=-1:gimax=-1:bimax=-1",
    "crop": "w=32:h=32:x=t*20",
    "curves": "preset=vintage",
    "despill": "green",
    "drawbox": "x=4:y=4:w=20:h=20:c=red@0.5",
    "eq": "contrast=1.2:gamma=1+t:eval=frame",
    "exposure": "exposure=1",
    "fillborders": "left=4:right=4:mode=mirror",
    "format": "pix_fmts=yuv444p",
    "hue": "h=30*t",
    "lut": "y=negval",
    "lut3d": "LUT",
    "lutrgb": "r=negval",
    "lutyuv": "y=negval",
    "pad": "100:80:2:2",
    "rgbashift": "rh=3",
    "rotate": "a=t",
    "scale": "48:32",
    "transpose": "1",
    "vibrance": "intensity=1",
}
LUT = "LUT_3D_SIZE 2\n" + "\n".join(
    f"{r * 0.8} {g} {1 - b}" for b in (0, 1) for g in (0, 1) for r in (0, 1)
)


def listed() -> list[str]:
    text = (paths.REPO / "src" / "ops" / "filter_op.cpp").read_text()
    found = re.search(r"kStateless\{([^}]*)\}", text)
    assert found
    return re.findall(r'"(\w+)"', found[1])


@pytest.fixture(scope="module")
def whole_and_tail(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Ten frames, each another picture, and the last five of them."""
    folder = tmp_path_factory.mktemp("clips")
    whole, tail = folder / "whole.mkv", folder / "tail.mkv"
    picture = "testsrc2=size=64x48:rate=10:duration=1,noise=alls=30:allf=t:all_seed=7,format=yuv420p"
    probe.ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", whole)
    probe.ffmpeg("-i", whole, "-vf", "select='gte(n,5)'", "-fps_mode", "passthrough", "-c:v", "ffv1", tail)
    return whole, tail


def test_the_list_was_found() -> None:
    assert len(listed()) > 40 and not set(OPTIONS) - set(listed())


@pytest.mark.parametrize("name", listed())
def test_frames_before_change_nothing(
    s3reel: Runner, whole_and_tail: tuple[Path, Path], name: str
) -> None:
    """The tail's first frame is the first that its filter sees, at the time that it has in the whole."""
    (s3reel.folder / "look.cube").write_text(LUT)
    option = OPTIONS.get(name, "").replace("LUT", str(s3reel.folder / "look.cube"))
    made = []
    for source, shift in zip(whole_and_tail, ("0", "0.5"), strict=True):
        result = s3reel.folder / f"{source.stem}-made.mkv"
        graph = f"setpts=PTS+{shift}/TB,{name}" + (f"={option}" if option else "")
        done = s3reel.run("process", str(source), str(result), "--filter", graph, *LOSSLESS)
        assert done.code == 0, done
        made.append(np.frombuffer(pictures.raw(result), np.uint8))
    whole, tail = made
    assert len(tail) and (whole[-len(tail) :] == tail).all()
