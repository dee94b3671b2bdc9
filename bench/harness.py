"""Benchmarks of s3reel against its peers, on a real S3 server; `make bench` and bench/run start it.

Every run becomes a line of build/bench/results.csv. Entries of one cell run in rounds, in
alternating order; figures are medians over rounds, and a row's figure is its worst cell. See
bench/README.md.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import clips
import commands
import contestants
import machine
import plan
import rows
import table
from execute import BUILD, Bench, Identity, Ours
from plan import Cell
from records import Record, Results
from rounds import program_to_report, rounds_done, rounds_due
from support import store as store_module

RELEASE = clips.ROOT / "build" / "release"
RESULTS = BUILD / "results.csv"
PUBLISHED = Path(__file__).resolve().parent / "results"
NOT_COMPLETE = 3
PAIRS = 5  # fewer give no figure to publish
Options = argparse.Namespace


def parse() -> Options:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    keys = [row.key for row in rows.ROWS]
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"rounds of a cell (default {PAIRS})")
    parser.add_argument("--quick", action="store_true", help="a smoke test: a short clip, 1 pair")
    parser.add_argument("--rows", metavar="LIST", help=f"some rows only: {','.join(keys)}")
    parser.add_argument("--cells", metavar="TEXT", default="", help="only cells named so")
    parser.add_argument("--resume", action="store_true", help="keep the rounds that are done")
    parser.add_argument("--report", action="store_true", help="run nothing, print what is there")
    parser.add_argument(
        "--publish", action="store_true", help="copy all runs to bench/results, and whole figures"
    )
    parser.add_argument("--program", type=Path, default=RELEASE / "s3reel")
    parser.add_argument("--package", type=Path, default=RELEASE / "package")
    parser.add_argument("--plugin", type=Path, default=RELEASE / "bench/identity_plugin.so")
    parser.add_argument("--grayscale-bench", type=Path, default=RELEASE / "bench/grayscale_bench")
    options = parser.parse_args()
    usual = [row.key for row in rows.ROWS if not row.on_request]
    options.everything = options.rows is None
    options.rows = options.rows.split(",") if options.rows else usual
    if unknown := set(options.rows) - set(keys):
        parser.error(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(keys)}")
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    if options.quick:
        options.pairs = 1
    return options


def cells_of(options: Options) -> list[Cell]:
    """What the rows need; the requests of all contestants only when everything is run."""
    chosen = []
    for cell in plan.quick() if options.quick else plan.everything():
        if cell.group == "counted":
            trimmed = cell if options.everything else None
        else:
            trimmed = plan.reduced(cell, rows.labels(cell, options.rows))
        if trimmed and options.cells in trimmed.key:
            chosen.append(trimmed)
    return chosen


def set_aside(path: Path) -> None:
    """A run that is not a continuation begins a file of its own; the older one is kept."""
    if path.exists():
        changed = datetime.datetime.fromtimestamp(path.stat().st_mtime)
        path.rename(path.with_stem(f"{path.stem}-{changed:%Y%m%d-%H%M%S}"))


def take_up() -> None:
    """On a new machine or a fresh clone, a run goes on from the published one."""
    if not RESULTS.exists() and (PUBLISHED / RESULTS.name).exists():
        shutil.copy(PUBLISHED / RESULTS.name, RESULTS)


def is_whole(options: Options) -> bool:
    """Whether all is asked for, which one pair, as of a quick run, is not: a part judges nothing."""
    everything = options.everything and not options.cells
    return everything and options.pairs >= PAIRS


def publish(whole: bool) -> None:
    """Runs always; report and picture only where all rounds of the present program are in them."""
    PUBLISHED.mkdir(exist_ok=True)
    for name in (RESULTS.name, "report.md", "plot.png") if whole else (RESULTS.name,):
        shutil.copy(BUILD / name, PUBLISHED)


def run_round(bench: Bench, cell: Cell, results: Results, program: str) -> None:
    used = [record.number for record in results.of(program) if record.cell == cell.key]
    number = max(used, default=0) + 1
    order = cell.entries if number % 2 else cell.entries[::-1]
    for place, entry in enumerate(order):
        record = bench.run(cell, entry, number, place)
        results.add(record)
        print(
            f"{record.cell:28} #{number} {record.contestant:14} wall {record.wall_s:8.2f} s  "
            f"CPU {record.cpu_s:8.2f} s  peak {record.peak_kib / 1024:6.1f} MiB  "
            f"foreign {record.foreign_cores:5.2f}{'' if record.ok else '  FAILED ' + record.note}",
            flush=True,
        )


def run_rounds(bench: Bench, cells: list[Cell], results: Results, options: Options) -> None:
    """Round by round over all cells, so that a change of the machine's mood meets all alike."""
    left = Counter(
        {
            cell: rounds_due(cell, options.pairs)
            - rounds_done(cell, results.of(options.identity.program))
            for cell in cells
        }
    )
    while any(count > 0 for count in left.values()):
        for cell in cells:
            if left[cell] > 0:
                run_round(bench, cell, results, options.identity.program)
                left[cell] -= 1


def run_grayscale(results: Results, options: Options) -> None:
    done = subprocess.run(
        [str(options.grayscale_bench)], capture_output=True, text=True, check=True
    )
    for line in csv.DictReader(done.stdout.splitlines()):
        now = datetime.datetime.now(datetime.timezone.utc)
        results.add(
            Record(
                time=now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                commit=options.identity.commit,
                program=options.identity.program,
                cell=f"grayscale/{line['format']}",
                number=1,
                place=0,
                contestant="grayscale-bench",
                wall_s=0.0,
                cpu_s=float(line["grayscale_us"]) / 1e6,
                peak_kib=0,
                peaks="",
                foreign_cores=0.0,
                ok=1,
                frames=1,
                result_bytes=0,
                requests=0,
                gets=0,
                bytes_down=0,
                bytes_up=0,
                note=line["copy_us"],
            )
        )


@contextmanager
def benches(options: Options) -> Iterator[Bench]:
    with store_module.serving() as store:
        ours = Ours(
            program=options.program.resolve(),
            package=options.package.resolve(),
            plugin=options.plugin.resolve(),
        )
        bench = Bench(store, ours, options.identity)
        try:
            yield bench
        finally:
            bench.close()


def show(
    cells: list[Cell], records: list[Record], options: Options, present: bool
) -> list[table.Verdict]:
    """`present`: the records are of today's program, and may judge."""
    import plot  # matplotlib takes a second that a mistyped option need not wait for

    chosen = [row for row in rows.ROWS if row.key in options.rows]
    found = table.verdicts(chosen, cells, records, options.pairs)
    commits = " ".join(sorted({record.commit for record in records}))
    facts = [f"commit {commits}", *(machine.facts() if present else ["an older program"])]
    parts = [
        "\n".join(facts + (machine.versions(options.program) if present else [])),
        table.rows(found),
        table.cells(found),
        "What each asks of the store:\n\n" + table.requests(records),
        "grayscale:\n\n" + table.grayscale(records),
    ]
    text = "\n\n".join(parts) + "\n"
    print("\n" + text)
    (BUILD / "report.md").write_text(text, encoding="utf-8")
    if present and is_whole(options):
        keyed = table.by_key(found) | table.grayscale_by_key(records)
        (BUILD / "rows.json").write_text(json.dumps(keyed, indent=1), encoding="utf-8")
    plot.draw(found, BUILD / "plot.png", "; ".join(facts))
    print(f"runs: {RESULTS}\nplot: {BUILD / 'plot.png'}")
    return found


def bench(options: Options) -> int:
    BUILD.mkdir(parents=True, exist_ok=True)
    if options.resume or options.report:
        take_up()
    else:
        set_aside(RESULTS)
    if missing := contestants.undocumented():
        raise SystemExit("bench/commands.md lacks:\n" + "\n".join(missing))
    results = Results(RESULTS)
    program = machine.fingerprint(options.program, *machine.modules(options.package))
    options.identity = Identity(machine.commit(clips.ROOT), program)
    cells = cells_of(options)
    if options.report:
        program = program_to_report(results, cells, options.pairs)
    else:
        for clip in {entry.clip for cell in cells for entry in cell.entries}:
            clips.get(clip)
        if options.grayscale_bench.exists():
            run_grayscale(results, options)
        with benches(options) as on_store:
            run_rounds(on_store, cells, results, options)
    present = program == options.identity.program
    found = show(cells, results.of(program), options, present)
    words = [verdict.word for verdict in found]
    if options.publish:
        publish(whole=present and is_whole(options) and "NOT RUN" not in words)
    if "FAILED" in words:
        return 1
    return NOT_COMPLETE if "NOT RUN" in words and not options.quick else 0


def main() -> int:
    options = parse()
    commands.raise_on_signals()
    try:
        return bench(options)
    except commands.Interrupted as interruption:
        return 128 + interruption.number


if __name__ == "__main__":
    sys.exit(main())
