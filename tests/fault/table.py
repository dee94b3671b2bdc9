"""The matrix as it came out, for the end of the run."""

from __future__ import annotations

from collections.abc import Iterator

from cells import COUNTS, Cell, read


class Table:
    def __init__(self) -> None:
        self._outcomes: dict[Cell, str] = {}
        self._said: list[str] = []

    def note(self, cell: Cell, outcome: str) -> None:
        self._outcomes[cell] = outcome

    def say(self, line: str) -> None:
        self._said.append(line)

    def lines(self) -> Iterator[str]:
        """What was said; a line for each operation and fault of which a cell ran; the sums."""
        yield from self._said
        if not self._outcomes:
            return
        rows: dict[tuple[str, str], dict[str, Cell]] = {}
        for cell in read():
            rows.setdefault((cell.operation, cell.fault), {})[cell.count] = cell
        yield f"{'operation':24} {'fault':16} " + " ".join(f"{count:20}" for count in COUNTS)
        for (operation, fault), cells in rows.items():
            shown = [self._shown(cells[count]) for count in COUNTS]
            if any(cell in self._outcomes for cell in cells.values()):
                yield f"{operation:24} {fault:16} " + " ".join(f"{text:20}" for text in shown)
        same = sum(text.startswith("same") for text in self._outcomes.values())
        senseless = sum(cell.expected == "n/a" for cells in rows.values() for cell in cells.values())
        total = len(self._outcomes)
        yield f"cells {total}, bytes {same}, exit {total - same}, n/a {senseless}"

    def _shown(self, cell: Cell) -> str:
        if cell.expected == "n/a":
            return "n/a"
        outcome = self._outcomes.get(cell, "-")
        return outcome if outcome in ("-", cell.expected) else f"{outcome} (!)"
