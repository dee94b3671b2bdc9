"""What is run: cells, and in each cell the entries whose runs are compared with each other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import clips

PRESETS = ("veryfast", "medium")
PROXIED = 0  # milliseconds of delay: counted, not delayed
DELAY_MS = 30


@dataclass(frozen=True)
class Entry:
    """One contestant of a cell. Through the proxy when `delay_ms` is given, even when 0."""

    label: str
    command: str  # a key of contestants.COMMANDS
    clip: str
    preset: str
    frames: int
    delay_ms: int | None = None


@dataclass(frozen=True)
class Cell:
    """Runs in rounds: every round runs every entry once, every other one in reverse order."""

    group: str
    name: str
    entries: tuple[Entry, ...]
    once: bool = False  # counts, which do not vary from run to run as times do
    seconds: int = 0  # of the clip

    @property
    def key(self) -> str:
        return f"{self.group}/{self.name}"


def grid_name(clip: clips.Clip, preset: str) -> str:
    return f"{clip.height}-{clip.seconds}s-{preset}"


def _grid(clip: clips.Clip, preset: str, python: bool) -> Cell:
    commands = ["ours", "ffmpeg-local", "ffmpeg-null", "ffmpeg-aws"]
    commands += ["ours-rgb", "pyav-usual", "pyav-tuned"] if python else []
    entries = (Entry(name, name, clip.name, preset, clip.frames) for name in commands)
    return Cell("grid", grid_name(clip, preset), tuple(entries), seconds=clip.seconds)


def _latency(clip: clips.Clip, preset: str) -> Cell:
    entries = (
        Entry(f"ours-{delay}ms", "ours", clip.name, preset, clip.frames, delay)
        for delay in (PROXIED, DELAY_MS)
    )
    return Cell("latency", grid_name(clip, preset), tuple(entries), seconds=clip.seconds)


def _copy(clip: clips.Clip) -> Cell:
    commands = ("ours-copy", "aws-copy")
    entries = (Entry(name, name, clip.name, "", clip.frames) for name in commands)
    name = clip.name.removesuffix(".mp4")
    return Cell("copy", name, tuple(entries), seconds=clip.seconds)


def _ops(clip: clips.Clip, preset: str) -> Cell:
    commands = ("ours", "ours-planes", "ours-none", "ours-plugin")
    entries = (Entry(name, name, clip.name, preset, clip.frames) for name in commands)
    return Cell("ops", grid_name(clip, preset), tuple(entries), seconds=clip.seconds)


def _sampling(seconds: int) -> list[Cell]:
    """Single frames: the time of it, and in runs of their own the bytes."""
    name, frames = clips.sampled_name(seconds), seconds // clips.SAMPLED_STEP
    commands = ("ours-sample", "pyav-sample")
    timed = tuple(Entry(command, command, name, "", frames) for command in commands)
    counted = tuple(replace(entry, delay_ms=PROXIED) for entry in timed)
    return [
        Cell("sampling", name, timed, seconds=seconds),
        Cell("sampled", name, counted[:1], once=True, seconds=seconds),
        Cell("counted", name.removesuffix(".mp4"), counted, once=True, seconds=seconds),
    ]


def _growth() -> Cell:
    entries = (
        Entry(f"samples-{frames}", "ours-copy", clips.tiny_name(frames), "", frames)
        for frames in clips.TINY_FRAMES
    )
    return Cell("growth", "tiny", tuple(entries))


def _layout(name: str) -> Cell:
    frames = clips.Clip("720p", 200).frames
    entries = (
        Entry("open", "ours-open", name, "", 0, PROXIED),
        Entry("whole", "ours", name, "ultrafast", frames, PROXIED),
    )
    return Cell("layout", name, entries, once=True)


def _counted(clip: clips.Clip) -> Cell:
    commands = ("ours", "ffmpeg-aws", "pyav-usual", "ours-copy", "aws-copy")
    entries = (Entry(name, name, clip.name, "veryfast", clip.frames, PROXIED) for name in commands)
    return Cell("counted", clip.name.removesuffix(".mp4"), tuple(entries), once=True)


def everything() -> list[Cell]:
    """Cheap cells first, so that an interrupted run shows as much as it can."""
    long = [clip for clip in clips.GRID if clip.seconds == 200]
    grid = [_grid(clip, preset, clip in long) for preset in PRESETS for clip in clips.GRID]
    # The faster the encoder, the less it hides of the store's latency, or of what an op costs.
    latency = [_latency(clip, PRESETS[0]) for clip in long]
    ops = [_ops(clip, PRESETS[0]) for clip in clips.GRID]
    counts = [*map(_layout, clips.LAYOUTS), _counted(clips.Clip("720p", 200))]
    frames = _sampling(max(clips.SAMPLED_SECONDS))
    return [*counts, *frames, _growth(), *map(_copy, clips.GRID), *ops, *grid, *latency]


def quick() -> list[Cell]:
    """Shows in a minute or two that everything works; no figure of it is one to publish."""
    clip = clips.Clip("720p", 20)
    frames = _sampling(min(clips.SAMPLED_SECONDS))
    grid = [_ops(clip, "veryfast"), _grid(clip, "veryfast", True)]
    return [_counted(clip), *frames, _copy(clip), *grid, _latency(clip, "veryfast")]


def reduced(cell: Cell, labels: Collection[str]) -> Cell | None:
    """The cell with only these entries; None without any."""
    entries = tuple(entry for entry in cell.entries if entry.label in labels)
    return Cell(cell.group, cell.name, entries, cell.once, cell.seconds) if entries else None
