"""How the benchmarks make a figure of runs: pairs within a round, medians, the worst cell."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import clips  # noqa: E402
import contestants  # noqa: E402
import harness  # noqa: E402
import look  # noqa: E402
import machine  # noqa: E402
import plan  # noqa: E402
import rounds  # noqa: E402
import rows  # noqa: E402
import table  # noqa: E402
from records import Record, Results  # noqa: E402

RUN = Record(
    *("2026-01-01T00:00:00Z", "0123456789ab", "fedcba987654", "grid/720p-20s-veryfast", 1, 0, "ours"),
    *(1.0, 1.0, 1024, "s3reel=1024", 0.0, 1, 480, 1, 0, 0, 0, 0),
)
WALL = next(row for row in rows.ROWS if row.key == "ffmpeg-aws")
CELLS = [cell for cell in plan.everything() if cell.group == "grid" and cell.seconds == 20][:2]


def pair(cell: str, number: int, ours: float, theirs: float) -> list[Record]:
    run = replace(RUN, cell=cell, number=number)
    return [replace(run, wall_s=ours), replace(run, contestant="ffmpeg-aws", wall_s=theirs)]


def verdict(records: list[Record], pairs: int = 3) -> table.Verdict:
    return table.verdicts([WALL], CELLS, records, pairs)[0]


def test_a_figure_is_the_median_of_ratios_and_a_row_its_worst_cell() -> None:
    fast = [pair(CELLS[0].key, n, wall, 10.0) for n, wall in enumerate((5.0, 9.0, 6.0), 1)]
    slow = [pair(CELLS[1].key, n, wall, 10.0) for n, wall in enumerate((20.0, 8.0, 9.0), 1)]
    found = verdict([record for runs in fast + slow for record in runs])
    assert [figure.median for figure in found.figures] == pytest.approx([0.6, 0.9])
    assert found.line()[:5] == [WALL.title, "0.90", "<= 1.00", "PASS", CELLS[1].name]


def test_a_figure_beyond_its_limit_is_missed() -> None:
    runs = [record for cell in CELLS for n in (1, 2, 3) for record in pair(cell.key, n, 10.1, 10.0)]
    assert verdict(runs).word == "MISSED"


def test_runs_of_different_rounds_make_no_pair() -> None:
    ours, _ = pair(CELLS[0].key, 1, 5.0, 10.0)
    _, theirs = pair(CELLS[0].key, 2, 5.0, 10.0)
    assert verdict([ours, theirs], 1).figures[0].values == ()


def test_an_unfinished_cell_and_a_failed_run_are_no_figure() -> None:
    runs = [record for cell in CELLS for n in (1, 2, 3) for record in pair(cell.key, n, 5.0, 10.0)]
    assert verdict(runs).word == "PASS"
    assert verdict(runs[:-1]).word == "NOT RUN"
    assert table.by_key([verdict(runs[:-1])])[WALL.key]["figure"] is None
    assert verdict([*runs[:-1], replace(runs[-1], ok=0)]).word == "FAILED"


def test_every_run_is_kept_and_read_back(tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    for record in pair(CELLS[0].key, 1, 5.0, 10.0):
        Results(file).add(record)
    read = Results(file)
    assert read.of(RUN.program) == pair(CELLS[0].key, 1, 5.0, 10.0)
    assert read.of("another") == []


def test_what_is_reported_is_the_newest_program_with_all_its_rounds(tmp_path: Path) -> None:
    entries = [(cell, entry.label) for cell in CELLS for entry in cell.entries]
    results = Results(tmp_path / "results.csv")

    def add(program: str, number: int, some: list[tuple[plan.Cell, str]]) -> None:
        for cell, label in some:
            run = replace(RUN, program=program, cell=cell.key, number=number, contestant=label)
            results.add(run)

    assert rounds.program_to_report(results, CELLS, 2) == ""
    add("old", 1, entries)
    assert rounds.program_to_report(results, CELLS, 2) == "old"
    add("old", 2, entries)
    add("new", 1, entries)
    add("new", 2, entries[:-1])
    assert rounds.program_to_report(results, CELLS, 2) == "old"
    add("new", 2, entries[-1:])
    assert rounds.program_to_report(results, CELLS, 2) == "new"


class Reports:
    """`bench/run --report --publish` over made-up runs, without a machine, clips or a picture."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.published = folder / "published"
        self.program = folder / "s3reel"
        self.program.write_bytes(b"today's")
        self.patch = monkeypatch
        monkeypatch.setattr(harness, "BUILD", folder)
        monkeypatch.setattr(harness, "RESULTS", folder / "results.csv")
        monkeypatch.setattr(harness, "PUBLISHED", self.published)
        monkeypatch.setattr(clips, "get", lambda _: self.program)  # else every clip would be made
        monkeypatch.setattr(machine, "commit", lambda _: "0123456789ab")
        monkeypatch.setattr(machine, "versions", lambda _: ["versions of today"])
        # matplotlib is the benchmark's own.
        draw = SimpleNamespace(draw=lambda _, file, __: file.write_bytes(b"picture"))
        monkeypatch.setitem(sys.modules, "plot", draw)

    def report(self, of: str, *options: str) -> None:
        """Of a program with all its rounds."""
        results = Results(self.folder / "results.csv")
        for cell in plan.everything():
            for number in range(1, rounds.rounds_due(cell, harness.PAIRS) + 1):
                for place, entry in enumerate(cell.entries):
                    run = replace(RUN, program=of, cell=cell.key, number=number, place=place)
                    results.add(replace(run, contestant=entry.label, frames=entry.frames))
        words = ["run", "--report", "--publish", "--program", str(self.program)]
        words += ["--package", str(self.folder / "package"), *options]
        self.patch.setattr(sys, "argv", words)
        harness.bench(harness.parse())

    def text(self) -> str:
        return (self.folder / "report.md").read_text()

    def judge(self) -> bool:
        return (self.folder / "rows.json").exists()

    def names(self) -> set[str]:
        return {file.name for file in self.published.iterdir()}


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reports:
    return Reports(tmp_path, monkeypatch)


def test_figures_of_an_older_program_are_shown_but_judge_and_publish_nothing(
    reports: Reports,
) -> None:
    reports.report("older")
    assert "versions of today" not in reports.text()
    assert not reports.judge()
    assert reports.names() == {"results.csv"}
    reports.report(machine.fingerprint(reports.program))
    assert "versions of today" in reports.text()
    assert reports.judge()
    assert reports.names() == {"results.csv", "report.md", "plot.png"}


@pytest.mark.parametrize(
    "part",
    [("--rows", "cpu"), ("--cells", "720p"), ("--pairs", "1"), ("--quick",)],
)
def test_figures_of_a_part_judge_and_publish_nothing(
    reports: Reports, part: tuple[str, ...]
) -> None:
    reports.report(machine.fingerprint(reports.program), *part)
    assert "versions of today" in reports.text()
    assert not reports.judge()
    assert reports.names() == {"results.csv"}


def test_a_figure_is_of_the_python_package_too(tmp_path: Path) -> None:
    program, module = tmp_path / "s3reel", tmp_path / "package" / "s3reel" / "_core.so"
    module.parent.mkdir(parents=True)
    program.write_bytes(b"program")
    seen = set()
    for content in (b"one", b"another"):
        module.write_bytes(content)
        seen.add(machine.fingerprint(program, *machine.modules(tmp_path / "package")))
    assert len(seen) == 2


def test_every_command_line_stands_in_its_page() -> None:
    assert contestants.undocumented() == []


def found_in(command: str, video: Path, printed: str = "") -> look.Found:
    """As of a run that left a local file; nothing asks the store."""
    nowhere = Path("/nonexistent")
    task = contestants.Task(nowhere, nowhere, "", "", "", nowhere, video)
    return look.result(command, task, None, "", printed)


def test_a_result_has_all_its_frames_and_is_gray(tmp_path: Path) -> None:
    picture = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24:duration=1"]
    for name, graph in (("colour", "null"), ("gray", "hue=s=0")):
        command = [*picture, "-vf", graph, "-pix_fmt", "yuv420p", str(tmp_path / f"{name}.mp4")]
        subprocess.run(command, check=True)
    assert found_in("ffmpeg-local", tmp_path / "gray.mp4").frames == 24
    assert found_in("ffmpeg-local", tmp_path / "colour.mp4").frames == 0
    assert "not gray" in found_in("ffmpeg-local", tmp_path / "colour.mp4").note
    assert found_in("ffmpeg-local", tmp_path / "none.mp4").frames == 0


def test_what_is_published_shows_no_signature() -> None:
    said = look.without_queries("http://127.0.0.1:8000/b/in.mp4?X-Amz-Signature=0123: 404\n")
    assert said.startswith("http://127.0.0.1:8000/b/in.mp4?…") and "0123" not in said


def test_frames_that_a_script_looked_at_are_counted() -> None:
    said = "frame 0.000 17.3\nframe 10.000 18.2\nWARNING: no frame here\n"
    assert found_in("ours-sample", Path("/nonexistent"), said).frames == 2


def test_the_grid_is_whole() -> None:
    names = {cell.name for cell in plan.everything() if cell.group == "grid"}
    presets = ("veryfast", "medium")
    wanted = {f"{h}-{s}s-{p}" for h in ("720p", "1080p") for s in (20, 200) for p in presets}
    assert names == wanted
