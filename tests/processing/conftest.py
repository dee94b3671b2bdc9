"""Fixtures of the tests of ops: the program on local files, without a store."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

from support.pictures import Clip, make_clip  # noqa: E402
from support.runner import Runner  # noqa: E402


@pytest.fixture
def s3reel(tmp_path: Path) -> Runner:
    return Runner(env={}, folder=tmp_path, secrets=[])


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Clip]:
    """Clips without loss, each made once in a run."""
    folder = tmp_path_factory.mktemp("clips")
    made: dict[tuple[str, str, str], Clip] = {}

    def make(format: str = "yuv420p", size: str = "96x64", range_: str = "tv") -> Clip:
        key = (format, size, range_)
        if key not in made:
            made[key] = make_clip(folder / f"{'-'.join(key)}.mkv", format, size, range_)
        return made[key]

    return make
