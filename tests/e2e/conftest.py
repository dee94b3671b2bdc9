"""Fixtures of the end-to-end tests: the store, the program, the proxy, the clips."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.fixtures import clip, s3reel, store  # noqa: E402, F401
from support.proxy import Proxy  # noqa: E402
from support.runner import Runner  # noqa: E402
from support.store import Store  # noqa: E402


# A script that runs the tests in its background has them ignore it, and with them the program.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def proxy(store: Store, tmp_path: Path) -> Iterator[Proxy]:
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as running:
        yield running


@pytest.fixture
def proxied(s3reel: Runner, proxy: Proxy) -> Runner:
    """Runs the program with the proxy between it and the store."""
    s3reel.env["AWS_ENDPOINT_URL_S3"] = proxy.url
    return s3reel
