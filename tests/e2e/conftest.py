"""Fixtures of the end-to-end tests: the store, the program, the proxy, the clips."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support import clips as clip_maker  # noqa: E402
from support import store as store_module  # noqa: E402
from support.proxy import Proxy  # noqa: E402
from support.runner import Runner  # noqa: E402


# A script that runs the tests in its background has them ignore it, and with them the program.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def store() -> Iterator[store_module.Store]:
    with store_module.serving() as serving:
        yield serving


@pytest.fixture
def s3reel(store: store_module.Store, tmp_path: Path) -> Runner:
    """Runs the program against the store, without the proxy."""
    return Runner(env=store.environment(), folder=tmp_path, secrets=[store.secret_key])


@pytest.fixture
def proxy(store: store_module.Store, tmp_path: Path) -> Iterator[Proxy]:
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as running:
        yield running


@pytest.fixture
def proxied(s3reel: Runner, proxy: Proxy) -> Runner:
    """Runs the program with the proxy between it and the store."""
    s3reel.env["AWS_ENDPOINT_URL_S3"] = proxy.url
    return s3reel


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Clips by name, each made once in a run."""
    folder = tmp_path_factory.mktemp("clips")

    def make(name: str) -> Path:
        path = folder / name
        return path if path.exists() else clip_maker.make(name, path)

    return make
