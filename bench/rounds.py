"""Which rounds of a cell are there, and of which program the figures are complete."""

from __future__ import annotations

from collections.abc import Sequence

from plan import Cell
from records import Record, Results


def rounds_done(cell: Cell, records: Sequence[Record]) -> int:
    """Complete rounds; the next one gets a number that no line has yet."""
    by_round: dict[int, set[str]] = {}
    for record in records:
        if record.cell == cell.key:
            by_round.setdefault(record.number, set()).add(record.contestant)
    labels = {entry.label for entry in cell.entries}
    return sum(labels <= seen for seen in by_round.values())


def rounds_due(cell: Cell, pairs: int) -> int:
    return 1 if cell.once else pairs


def program_to_report(results: Results, cells: Sequence[Cell], pairs: int) -> str:
    """The newest with all its rounds; while there is none, the newest."""
    programs = results.programs()
    for program in programs:
        records = results.of(program)
        if all(rounds_done(cell, records) >= rounds_due(cell, pairs) for cell in cells):
            return program
    return programs[0] if programs else ""
