"""The picture of a benchmark run: how far each row stands from its limit, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display
from matplotlib import pyplot  # noqa: E402
from table import Verdict  # noqa: E402

GOOD, BAD = "#2a7f62", "#b3452c"


def draw(verdicts: Sequence[Verdict], path: Path, caption: str) -> None:
    shown = [v for v in verdicts if any(figure.values for figure in v.figures)]
    if not shown:
        return
    height = sum(1.1 + 0.28 * len(v.figures) for v in shown)
    picture, axes = pyplot.subplots(
        len(shown),
        figsize=(9, height),
        squeeze=False,
        gridspec_kw={"height_ratios": [1.1 + 0.28 * len(v.figures) for v in shown]},
    )
    for axis, verdict in zip(axes[:, 0], shown):
        _panel(axis, verdict)
    picture.suptitle(caption, fontsize=8)
    picture.tight_layout(rect=(0, 0, 1, 0.99))
    picture.savefig(path, dpi=110)
    pyplot.close(picture)


def _panel(axis: pyplot.Axes, verdict: Verdict) -> None:
    """Every pair is a dot, the median a bar; the limit a line."""
    row, figures = verdict.row, [figure for figure in verdict.figures if figure.values]
    for place, figure in enumerate(figures):
        colour = GOOD if row.holds(figure.median) else BAD
        axis.barh(place, figure.median, color=colour, alpha=0.5, height=0.7)
        axis.plot(figure.values, [place] * len(figure.values), "o", color=colour, markersize=3)
    if row.limit is not None:
        axis.axvline(row.limit, color="black", linewidth=1, linestyle="--")
    axis.set_yticks(range(len(figures)), [f.cell.partition("/")[2] for f in figures], fontsize=7)
    axis.invert_yaxis()
    sign = ">=" if row.at_least else "<="
    limit = f"  (limit {sign} {row.text(row.limit)})" if row.limit is not None else ""
    axis.set_title(f"{row.title}{limit}: {verdict.word}", fontsize=8, loc="left")
    axis.tick_params(axis="x", labelsize=7)
