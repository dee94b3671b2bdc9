"""The matrix: its options, its jobs and its table at the end of the run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from jobs import Jobs  # noqa: E402
from support.fixtures import clip, s3reel, store  # noqa: E402, F401
from support.store import Store  # noqa: E402
from table import Table  # noqa: E402

TABLE = Table()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--every-cell", action="store_true", help="all cells, not the quick ones")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for line in TABLE.lines():
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def table() -> Table:
    return TABLE


@pytest.fixture(scope="session")
def jobs(store: Store, clip: Callable[[str], Path]) -> Jobs:  # noqa: F811
    return Jobs(store, clip)
