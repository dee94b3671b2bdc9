"""The tables of the end: one line for each row of the design's numbers, one for each cell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from plan import Cell
from records import Record
from rows import Figure, Row


@dataclass(frozen=True)
class Verdict:
    row: Row
    figures: list[Figure]

    @property
    def word(self) -> str:
        if any(figure.failed for figure in self.figures):
            return "FAILED"
        if not self.figures or not all(figure.is_complete for figure in self.figures):
            return "NOT RUN"
        worst = self.row.worst(self.figures)
        if self.row.limit is None or worst is None:
            return "-"
        return "PASS" if self.row.holds(worst.median) else "MISSED"

    def line(self) -> list[str]:
        worst, row = self.row.worst(self.figures), self.row
        sign = ">=" if row.at_least else "<="
        runs = sum(len(figure.values) for figure in self.figures)
        noisy = sum(figure.noisy for figure in self.figures)
        return [
            row.title,
            row.text(worst.median) if worst else "-",
            f"{sign} {row.text(row.limit)}" if row.limit is not None else "-",
            self.word,
            worst.cell.partition("/")[2] if worst else "-",
            f"{runs}" + (f", {noisy} noisy" if noisy else ""),
        ]


def verdicts(
    rows: Iterable[Row], cells: Sequence[Cell], records: list[Record], pairs: int
) -> list[Verdict]:
    return [Verdict(row, row.figures(cells, records, pairs)) for row in rows]


def _markdown(head: list[str], lines: list[list[str]]) -> str:
    widths = [max(len(line[i]) for line in [head, *lines]) for i in range(len(head))]
    rule = ["-" * width for width in widths]
    padded = [
        "| " + " | ".join(word.ljust(width) for word, width in zip(line, widths)) + " |"
        for line in [head, rule, *lines]
    ]
    return "\n".join(padded)


def by_key(found: Iterable[Verdict]) -> dict[str, dict[str, str | None]]:
    """For tools/acceptance. A figure is only given where every cell of the row is complete."""
    known = {}
    for verdict in found:
        _, figure, limit, word, cell, pairs = verdict.line()
        complete = word in ("PASS", "MISSED", "-")
        known[verdict.row.key] = {
            "figure": f"{figure} ({cell})" if complete else None,
            "limit": limit,
            "verdict": word,
            "pairs": pairs,
        }
    return known


def rows(found: Iterable[Verdict]) -> str:
    head = ["what", "figure (worst cell)", "limit", "verdict", "worst cell", "pairs"]
    return _markdown(head, [verdict.line() for verdict in found])


def cells(found: Iterable[Verdict]) -> str:
    lines = []
    for verdict in found:
        for figure in verdict.figures:
            state = f"{len(figure.values)} of {figure.wanted}"
            state += f", {figure.failed} failed" if figure.failed else ""
            state += f", {figure.noisy} noisy" if figure.noisy else ""
            known = bool(figure.values)
            lines.append(
                [
                    verdict.row.key,
                    figure.cell,
                    verdict.row.text(figure.median) if known else "NOT RUN",
                    verdict.row.text(min(figure.values)) if known else "-",
                    verdict.row.text(max(figure.values)) if known else "-",
                    state if figure.is_complete else f"NOT RUN ({state})",
                ]
            )
    return _markdown(["row", "cell", "median", "lowest", "highest", "pairs"], lines)


def requests(records: Iterable[Record]) -> str:
    """What each contestant asks of the store for the same job."""
    head = ["cell", "contestant", "requests", "GETs", "MB down", "MB up", "peak MiB", "CPU s"]
    newest = {(r.cell, r.contestant): r for r in records if r.cell.startswith("counted/") and r.ok}
    lines = [
        [
            *(r.cell, r.contestant, str(r.requests), str(r.gets)),
            *(f"{r.bytes_down / 1e6:.1f}", f"{r.bytes_up / 1e6:.1f}"),
            *(f"{r.peak_kib / 1024:.0f}", f"{r.cpu_s:.1f}"),
        ]
        for r in newest.values()
    ]
    return _markdown(head, lines)


def _grayscale(records: Iterable[Record]) -> dict[str, Record]:
    """The newest record by pixel format."""
    return {r.cell.partition("/")[2]: r for r in records if r.contestant == "grayscale-bench"}


def grayscale(records: Iterable[Record]) -> str:
    head = ["pixel format", "CPU microseconds a 1080p frame", "a plain copy of the frame"]
    newest = _grayscale(records)
    lines = [[name, f"{r.cpu_s * 1e6:.1f}", r.note] for name, r in newest.items()]
    return _markdown(head, lines)


def grayscale_by_key(records: Iterable[Record]) -> dict[str, dict[str, str | None]]:
    """As by_key(): one figure of all pixel formats, without a limit."""
    found = _grayscale(records)
    if not found:
        return {}
    words = ", ".join(f"{name} {r.cpu_s * 1e6:.1f} us" for name, r in found.items())
    return {"grayscale": {"figure": words, "limit": "-", "verdict": "-", "pairs": "-"}}
