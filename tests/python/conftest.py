"""Fixtures of the module's tests; the module itself is installed in the venv that runs them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.fixtures import store  # noqa: E402, F401
from support.pictures import Clip, make_clip  # noqa: E402
from support.proxy import Proxy  # noqa: E402
from support.store import Store  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--frames", type=int, default=30_000, help="through a callable, to look for leaks"
    )


@pytest.fixture
def s3(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:  # noqa: F811
    """A store that this process finds in its environment."""
    for name, value in store.environment().items():
        monkeypatch.setenv(name, value)
    return store


@pytest.fixture
def proxy(store: Store, tmp_path: Path) -> Iterator[Proxy]:  # noqa: F811
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as running:
        yield running


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Clip]:
    folder = tmp_path_factory.mktemp("clips")
    made: dict[tuple[str, str], Clip] = {}

    def make(format: str = "yuv420p", size: str = "96x64") -> Clip:
        if (format, size) not in made:
            path = folder / f"{format}-{size}.mkv"
            made[format, size] = make_clip(path, format, size, "tv")
        return made[format, size]

    return make
