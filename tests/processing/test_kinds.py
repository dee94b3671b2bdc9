"""Kinds of ops and mixes of them on real files: nothing but their purpose changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import judge, media
from support.plugins import build
from support.runner import Runner

LOSSLESS = ("--video-codec", "libx264", "--encoder-opt", "qp=0", "--preset", "ultrafast")
NOTHING = {
    "filter": ["--filter", "null"],
    "stateless filter": ["--filter", "crop=iw:ih:exact=1"],
    "built-in": ["--op", "brightness:value=0"],
    "plugin": ["--plugin", "TRIAL:do=nothing"],
    "mix": [
        *("--filter", "null", "--op", "contrast:value=1", "--plugin", "TRIAL:do=delay"),
        *("--op", "gamma:value=1", "--filter", "split[a][b];[b]nullsink;[a]copy"),
    ],
}


@pytest.fixture(scope="session")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("plugins"))


@pytest.mark.parametrize("kind", NOTHING)
@pytest.mark.parametrize("name", media.UNUSUAL)
def test_what_does_nothing_changes_nothing(
    s3reel: Runner, trial: Path, name: str, kind: str
) -> None:
    source, result = media.file(name), s3reel.folder / "result.mp4"
    options = [word.replace("TRIAL", str(trial)) for word in NOTHING[kind]]
    done = s3reel.run("process", str(source), str(result), *options, *LOSSLESS)
    assert done.code == 0, done
    pair = judge.Pair.of(source, result)
    problems = judge.frame_count(pair, len(pair.source_frames.ticks)) + judge.time_base(pair)
    problems += judge.times(pair) + judge.picture(pair) + judge.luma(pair)
    problems += judge.same_chroma(pair)
    assert not problems, "\n".join(problems)
