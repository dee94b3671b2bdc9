"""The rows of the design's table of numbers: what is compared, how, and with which limit."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field

import clips
from plan import Cell, grid_name
from records import Record

MIB = 1024  # KiB
Compare = Callable[[Record, Record], float]


@dataclass(frozen=True)
class Figure:
    """One cell of a row."""

    cell: str
    values: tuple[float, ...]
    wanted: int
    noisy: int = 0
    failed: int = 0

    @property
    def is_complete(self) -> bool:
        return len(self.values) >= self.wanted and not self.failed

    @property
    def median(self) -> float:
        return statistics.median(self.values)


@dataclass(frozen=True)
class Row:
    """`compare` gets the records of `first` and of `second` of one round."""

    key: str
    title: str
    group: str
    first: str
    second: str
    compare: Compare
    limit: float | None = None  # None: a figure to know, not to judge
    at_least: bool = False
    unit: str = ""
    digits: int = 2
    on_time: bool = False  # wall time suffers from whatever else runs, and CPU time does too
    takes: Callable[[Cell], bool] = field(default=lambda _: True)
    on_request: bool = False  # run only when it is named

    def figures(self, cells: Iterable[Cell], records: list[Record], pairs: int) -> list[Figure]:
        found = []
        for cell in cells:
            if cell.group == self.group and self.takes(cell):
                wanted = 1 if cell.once else pairs
                found.append(self._figure(cell.key, records, wanted))
        return found

    def _figure(self, key: str, records: list[Record], wanted: int) -> Figure:
        of_cell = [r for r in records if r.cell == key]
        pairs = list(_paired(of_cell, self.first, self.second))
        failed = sum(not r.ok for r in of_cell if r.contestant in (self.first, self.second))
        noisy = sum(a.is_noisy or b.is_noisy for a, b in pairs) if self.on_time else 0
        return Figure(key, tuple(self.compare(a, b) for a, b in pairs), wanted, noisy, failed)

    def worst(self, figures: list[Figure]) -> Figure | None:
        known = [figure for figure in figures if figure.values]
        choose = min if self.at_least else max
        return choose(known, key=lambda figure: figure.median, default=None)

    def holds(self, value: float) -> bool:
        if self.limit is None:
            return True
        return value >= self.limit if self.at_least else value <= self.limit

    def text(self, value: float) -> str:
        return f"{value:.{self.digits}f}{self.unit}"


LENGTHS = [grid_name(clips.Clip("1080p", seconds), "medium") for seconds in (200, 20)]


class LengthRow(Row):
    """Compares two cells of the grid instead of two contestants of one."""

    def figures(self, cells: Iterable[Cell], records: list[Record], pairs: int) -> list[Figure]:
        keys = [f"grid/{name}" for name in LENGTHS]
        if not set(keys) <= {cell.key for cell in cells}:
            return []
        ours = [r for r in records if r.contestant == "ours"]
        long, short = ([r for r in ours if r.cell == key] for key in keys)
        failed = sum(not r.ok for r in [*long, *short])
        both = zip((r for r in long if r.ok), (r for r in short if r.ok), strict=False)
        values = tuple(self.compare(a, b) for a, b in both)
        return [Figure("grid/1080p-medium, 200 s to 20 s", values, pairs, failed=failed)]


def _paired(records: list[Record], first: str, second: str) -> Iterator[tuple[Record, Record]]:
    """Of each round that has both. A failed run gives no figure; it is counted as failed."""
    by_round: dict[int, dict[str, Record]] = {}
    for record in records:
        if record.ok:
            by_round.setdefault(record.number, {})[record.contestant] = record
    for number in sorted(by_round):
        if first in by_round[number] and second in by_round[number]:
            yield by_round[number][first], by_round[number][second]


def _wall(a: Record, b: Record) -> float:
    return a.wall_s / b.wall_s


def _cpu(a: Record, b: Record) -> float:
    return a.cpu_s / b.cpu_s


def _above(a: Record, b: Record) -> float:
    return (a.peak_kib - b.peak_kib) / MIB


def _growth(a: Record, b: Record) -> float:
    return (a.peak_kib - b.peak_kib) * 1024 / (a.frames - b.frames)


def _fetched(a: Record, _: Record) -> float:
    return a.bytes_down / clips.get(a.cell.partition("/")[2]).stat().st_size


def _has_pyav(cell: Cell) -> bool:
    return any(entry.command.startswith("pyav") for entry in cell.entries)


def _samples(frames: int) -> str:
    return f"samples-{frames}"


def _all() -> Iterator[Row]:
    few, many = map(_samples, clips.TINY_FRAMES)
    yield Row(
        *("ffmpeg-aws", "wall time / ffmpeg on a presigned URL into aws s3 cp", "grid"),
        *("ours", "ffmpeg-aws", _wall, 1.00),
        on_time=True,
    )
    yield Row(
        *("pyav", "wall time / PyAV + smart_open, the usual script", "grid"),
        *("ours", "pyav-usual", _wall, 0.30),
        on_time=True,
        takes=_has_pyav,
    )
    yield Row(
        *("pyav-tuned", "wall time / PyAV + smart_open, tuned by hand", "grid"),
        *("ours", "pyav-tuned", _wall),
        on_time=True,
        takes=_has_pyav,
        on_request=True,
    )
    yield Row(
        *("latency", "wall time, 30 ms on every request / 0 ms", "latency"),
        *("ours-30ms", "ours-0ms", _wall, 1.05),
        on_time=True,
    )
    yield Row(
        *("memory", "peak memory above ffmpeg local", "grid"),
        *("ours", "ffmpeg-local", _above, 96),
        unit=" MiB",
        digits=1,
    )
    yield LengthRow(
        *("length", "peak memory, 1080p medium, input 10 times longer", "grid"),
        *("ours", "ours", lambda a, b: a.peak_kib / b.peak_kib, 1.05),
        digits=3,
        takes=lambda cell: cell.name in LENGTHS,
    )
    yield Row(
        *("growth", "growth of peak memory", "growth", many, few, _growth, 150),
        unit=" bytes a sample",
        digits=0,
    )
    yield Row(
        *("cpu", "CPU seconds / ffmpeg local", "grid", "ours", "ffmpeg-local", _cpu, 1.03),
        digits=3,
        on_time=True,
    )
    yield Row(
        *("codec-memory", "peak memory above the codec's own", "grid"),
        *("ours", "ffmpeg-null", _above),
        unit=" MiB",
        digits=1,
        on_request=True,
    )
    yield Row(
        *("codec-cpu", "CPU seconds / the codec's own", "grid", "ours", "ffmpeg-null", _cpu),
        digits=3,
        on_time=True,
        on_request=True,
    )
    yield Row(
        *("copy", "stream copy, times faster than aws s3 cp into aws s3 cp", "copy"),
        *("aws-copy", "ours-copy", _wall, 2.0),
        at_least=True,
        on_time=True,
    )
    yield Row(
        *("open", "GETs to open a file of 64 MiB or more", "layout", "open", "open"),
        *(lambda a, _: a.gets, 5),
        digits=0,
    )
    yield Row(
        *("fetched", "bytes fetched for a whole job / object", "layout", "whole", "whole"),
        *(_fetched, 1.02),
        digits=4,
    )
    yield from _processing()


def _processing() -> Iterator[Row]:
    """Of code that users bring: in numpy, in a plugin, over single frames."""
    yield Row(
        *("numpy", "wall time, numpy on RGB / the same in PyAV + smart_open", "grid"),
        *("ours-rgb", "pyav-usual", _wall, 0.50),
        on_time=True,
        takes=_has_pyav,
    )
    yield Row(
        *("planes", "wall time, numpy on the video's own planes / built-in grayscale", "ops"),
        *("ours-planes", "ours", _wall, 1.15),
        on_time=True,
    )
    yield Row(
        *("plugin", "wall time, a plugin that does nothing / no op", "ops"),
        *("ours-plugin", "ours-none", _wall, 1.02),
        digits=3,
        on_time=True,
    )
    yield Row(
        *("sampling", "wall time, a frame for every 10 s / PyAV + smart_open", "sampling"),
        *("ours-sample", "pyav-sample", _wall, 0.50),
        on_time=True,
    )
    yield Row(
        *("sampled", "bytes fetched, a frame for every 10 s / object", "sampled"),
        *("ours-sample", "ours-sample", _fetched, 0.30),
        digits=3,
    )


ROWS = list(_all())


def labels(cell: Cell, keys: Collection[str]) -> set[str]:
    """Who must run in a cell for some rows."""
    taking = [r for r in ROWS if r.key in keys and r.group == cell.group and r.takes(cell)]
    return {label for row in taking for label in (row.first, row.second)}
