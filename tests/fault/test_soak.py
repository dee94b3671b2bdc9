"""What no table foresees: seeded mixtures of faults, and kills at any moment. Run by `make soak`.

Whatever comes together, an object is the undisturbed one or absent, and what is left behind is named.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from cells import FAULTS, OPERATIONS, Cell, read
from jobs import REAL, Jobs
from support.proxy import Proxy
from support.runner import Runner, Running
from support.store import Store
from table import Table

pytestmark = pytest.mark.soak

MIXTURES = 200
KILLS = 50
MOST_AT_ONCE = 4
PASSING = ("once", "three")  # counts of faults that pass
KILLED = 128 + 9


def of_job(job: str) -> list[Cell]:
    return [
        cell for cell in read() if OPERATIONS[cell.operation].job == job and cell.expected != "n/a"
    ]


def mixture(draw: random.Random, job: str) -> list[Cell]:
    """One fault for each of a few operations; a third of the mixtures may hold some that end a job."""
    choice = of_job(job)
    if draw.random() < 2 / 3:
        choice = [c for c in choice if c.count in PASSING and c.expected == "same"]
    operations = sorted({cell.operation for cell in choice})
    chosen = draw.sample(operations, draw.randint(1, min(MOST_AT_ONCE, len(operations))))
    return [draw.choice([c for c in choice if c.operation == name]) for name in chosen]


def met(proxy: Proxy, cell: Cell) -> bool:
    rule = cell.rule()
    return any(e.fault for e in proxy.seen(rule.operation, rule.key))


@pytest.mark.parametrize("seed", range(MIXTURES))
def test_mixture(
    seed: int, jobs: Jobs, s3reel: Runner, store: Store, table: Table, tmp_path: Path
) -> None:
    draw = random.Random(seed)
    job = draw.choice(["parts", "parts", "small"])
    cells = mixture(draw, job)
    names = ", ".join(cell.name for cell in cells)
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl", seed=seed) as proxy:
        outcome = jobs.run(job, s3reel, proxy, *[cell.rule() for cell in cells])
        unmet = [cell.name for cell in cells if not met(proxy, cell)]
    table.say(f"seed {seed}: {names}: {outcome.text}")
    said = f"seed {seed}: {names}: {outcome.text}: {outcome.result}"
    if all(cell.expected == "same" for cell in cells):
        assert (outcome.text, unmet) == ("same", []), said
    words = outcome.text.split()
    assert words[0] == "same" or words[1] in ("4", "5"), said
    assert "wrong" not in words and "no" not in words, said
    if "and" in words:  # an object, although the job could not say so: then it says just that
        assert "unknown whether the object was published" in outcome.result.stderr, said
    assert outcome.unnamed == [], said
    assert "upload" not in words or "record" in words, said


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_with_the_real_waits(
    fault: str, jobs: Jobs, s3reel: Runner, store: Store, table: Table, tmp_path: Path
) -> None:
    """Once, at the first operation for which the table has it."""
    cell = next(c for c in read() if (c.fault, c.count) == (fault, "once") and c.expected != "n/a")
    operation = OPERATIONS[cell.operation]
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl") as proxy:
        outcome = jobs.run(operation.job, s3reel, proxy, cell.rule(), time_scale=REAL)
        came = met(proxy, cell)
    table.say(f"{cell.name}, real waits: {outcome.text}, {outcome.result.seconds:.1f} s")
    assert outcome.text == cell.expected, str(outcome.result)
    assert came, str(outcome.result)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_kill_at_any_moment(
    seed: int, jobs: Jobs, s3reel: Runner, store: Store, table: Table, tmp_path: Path
) -> None:
    draw = random.Random(seed)
    with Proxy(store.endpoint, log=tmp_path / "proxy.jsonl", seed=seed) as proxy:
        request, later_s = draw.randint(1, 22), draw.uniform(0, 0.05)

        def moment(running: Running) -> None:
            """A little after some request, or at the job's end where it makes fewer."""
            while len(proxy.seen()) < request and running.process.poll() is None:
                time.sleep(0.001)
            time.sleep(later_s)

        outcome = jobs.run_until("parts", s3reel, proxy, moment)
    table.say(f"seed {seed}: killed at request {request} and {later_s * 1000:.0f} ms: {outcome.text}")
    words = outcome.text.split()
    assert "wrong" not in words and "no" not in words, f"seed {seed}: {outcome.text}: {outcome.result}"
    assert outcome.result.code in (0, KILLED), f"seed {seed}: {outcome.result}"
    assert "upload" not in words or "record" in words, f"seed {seed}: an upload that no record names"
    assert outcome.left_after_clean == [], f"seed {seed}: {outcome.text}"
