"""Fixtures that several folders of tests share; a conftest.py takes the ones it wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from . import clips as clip_maker
from . import store as store_module
from .runner import Runner


@pytest.fixture(scope="session")
def store() -> Iterator[store_module.Store]:
    with store_module.serving() as serving:
        yield serving


@pytest.fixture
def s3reel(store: store_module.Store, tmp_path: Path) -> Runner:
    """Runs the program against the store, without a proxy."""
    return Runner(env=store.environment(), folder=tmp_path, secrets=[store.secret_key])


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Clips by name, each made once in a run."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name: str) -> Path:
        path = folder / name
        return path if path.exists() else clip_maker.make(name, path)

    return make
