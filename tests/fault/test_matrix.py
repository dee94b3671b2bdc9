"""Every operation against every fault: the same bytes, or one exit code and nothing published."""

from __future__ import annotations

import collections
from pathlib import Path

import pytest

from cells import COUNTS, OPERATIONS, Cell, read
from jobs import FAST, Jobs
from support.faults import StallAnswer
from support.proxy import Proxy, Rule
from support.runner import Runner
from support.store import Store
from table import Table

QUICK = 60


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cell" in metafunc.fixturenames:
        every = metafunc.config.getoption("--every-cell")
        chosen = [cell for cell in read() if cell.expected != "n/a" and (every or cell.quick)]
        metafunc.parametrize("cell", [pytest.param(cell, id=cell.name) for cell in chosen])


def test_the_quick_cells_are_sixty_and_meet_every_operation_and_fault() -> None:
    cells = read()
    quick = [cell for cell in cells if cell.quick]
    assert len(quick) == QUICK
    assert "n/a" not in {cell.expected for cell in quick}
    makes_sense = [cell for cell in cells if cell.expected != "n/a"]
    for part in ("operation", "fault", "count"):
        met = collections.Counter(getattr(cell, part) for cell in quick)
        assert set(met) == {getattr(cell, part) for cell in makes_sense}, part


def test_the_cells_wait_a_twentieth(s3reel: Runner, store: Store) -> None:
    """Told from the limit that the message names, 20 s where nothing scales it."""
    with Proxy(store.endpoint) as proxy:
        proxy.add(Rule(StallAnswer(0), operation="GetObject"))
        env = {"S3REEL_TIME_SCALE": FAST, "AWS_ENDPOINT_URL_S3": proxy.url}
        source = store.url(store.put_bytes(b"anything", store.key("in.mp4")))
        result = s3reel.run("probe", source, "--retry-attempts", "1", env=env)
    assert result.code == 5, str(result)
    assert "no progress for 1.0 s" in result.stderr, str(result)


def test_cell(
    cell: Cell, jobs: Jobs, s3reel: Runner, store: Store, table: Table, tmp_path: Path
) -> None:
    operation = OPERATIONS[cell.operation]
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as proxy:
        rule = cell.rule()
        outcome = jobs.run(operation.job, s3reel, proxy, rule)
        met = [e for e in proxy.seen(operation.name, rule.key) if e.fault]
    table.note(cell, outcome.text)
    assert outcome.text == cell.expected, str(outcome.result)
    assert outcome.unnamed == [], str(outcome.result)
    assert met, f"the fault never came: {outcome.result}"
    times = COUNTS[cell.count]
    if times and outcome.text == "same":
        assert len(met) == times, f"{[e.fault for e in met]}: {outcome.result}"
