"""The command lines of ours and of the peers; bench/commands.md shows them with the reasons."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import clips
from measure import Program

CRF = "23"
STEP = clips.SAMPLED_STEP
HERE = Path(__file__).resolve().parent
PEERS, OURS = HERE / "peers", HERE / "ours"


@dataclass(frozen=True)
class Task:
    """What one run works on. Ours, awscli and PyAV take keys and endpoint from the environment."""

    program: Path  # s3reel
    plugin: Path  # that does nothing
    source: str  # s3://bucket/key
    destination: str  # s3://bucket/key
    presigned: str  # https:// form of the source
    local_source: Path
    local_result: Path
    preset: str = ""  # of x264; empty where nothing is encoded


def _aws(name: str, source: str, destination: str) -> Program:
    aws = Path(sys.executable).parent / "aws"
    return Program(name, [str(aws), "s3", "cp", source, destination])


def _ffmpeg(task: Task, source: str, *output: str) -> Program:
    encoder = ["-c:v", "libx264", "-preset", task.preset, "-crf", CRF]
    return Program(
        "ffmpeg",
        [
            *["ffmpeg", "-hide_banner", "-nostdin", "-v", "error", "-y", "-i", source],
            *["-vf", "hue=s=0", "-fps_mode", "passthrough", *encoder, "-c:a", "copy", *output],
        ],
    )


def _ours(task: Task, *ops: str) -> list[Program]:
    options = [*ops, "--preset", task.preset, "--crf", CRF, "--progress", "none"]
    command = [str(task.program), "process", task.source, task.destination, *options]
    return [Program("s3reel", command)]


def ours(task: Task) -> list[Program]:
    return _ours(task, "--op", "grayscale")


def ours_none(task: Task) -> list[Program]:
    return _ours(task)


def ours_plugin(task: Task) -> list[Program]:
    return _ours(task, "--plugin", str(task.plugin))


def _script(name: str, script: Path, *arguments: str) -> list[Program]:
    return [Program(name, [sys.executable, str(script), *arguments])]


def _ours_numpy(variant: str) -> Callable[[Task], list[Program]]:
    def command(task: Task) -> list[Program]:
        arguments = [task.source, task.destination, task.preset, CRF, variant]
        return _script("s3reel-python", OURS / "process.py", *arguments)

    return command


def ffmpeg_aws(task: Task) -> list[Program]:
    output = ("-movflags", clips.FRAGMENTED, "-f", "mp4", "-")
    return [_ffmpeg(task, task.presigned, *output), _aws("aws", "-", task.destination)]


def ffmpeg_local(task: Task) -> list[Program]:
    output = ("-movflags", "+faststart", str(task.local_result))
    return [_ffmpeg(task, str(task.local_source), *output)]


def ffmpeg_null(task: Task) -> list[Program]:
    return [_ffmpeg(task, str(task.local_source), "-f", "null", "-")]


def _pyav(variant: str) -> Callable[[Task], list[Program]]:
    def command(task: Task) -> list[Program]:
        arguments = [task.source, task.destination, task.preset, CRF, variant]
        return _script("pyav", PEERS / "pyav_smart_open.py", *arguments)

    return command


def ours_sample(task: Task) -> list[Program]:
    return _script("s3reel-python", OURS / "sample.py", task.source, str(STEP))


def pyav_sample(task: Task) -> list[Program]:
    return _script("pyav", PEERS / "pyav_sample.py", task.source, str(STEP))


def ours_copy(task: Task) -> list[Program]:
    options = ["--video-codec", "copy", "--progress", "none"]
    command = [str(task.program), "process", task.source, task.destination, *options]
    return [Program("s3reel", command)]


def aws_copy(task: Task) -> list[Program]:
    reader = _aws("aws-read", task.source, "-")
    return [reader, _aws("aws-write", "-", task.destination)]


def ours_open(task: Task) -> list[Program]:
    """Opens the source as a job does, and reads nothing else."""
    options = ["--op", "grayscale", "--dry-run", "-q"]
    command = [str(task.program), "process", task.source, task.destination, *options]
    return [Program("s3reel", command)]


COMMANDS: dict[str, Callable[[Task], list[Program]]] = {
    "ours": ours,
    "ours-rgb": _ours_numpy("rgb"),
    "ours-planes": _ours_numpy("planes"),
    "ours-none": ours_none,
    "ours-plugin": ours_plugin,
    "ffmpeg-aws": ffmpeg_aws,
    "ffmpeg-local": ffmpeg_local,
    "ffmpeg-null": ffmpeg_null,
    "pyav-usual": _pyav("usual"),
    "pyav-tuned": _pyav("tuned"),
    "ours-copy": ours_copy,
    "aws-copy": aws_copy,
    "ours-open": ours_open,
    "ours-sample": ours_sample,
    "pyav-sample": pyav_sample,
}
WRITES_LOCALLY = {"ffmpeg-local"}
WRITES_NOTHING = {"ffmpeg-null", "ours-open"}
PRINTS_FRAMES = {"ours-sample", "pyav-sample"}
MAKES_GRAY = {
    *("ours", "ours-rgb", "ours-planes", "ffmpeg-aws", "ffmpeg-local", "pyav-usual", "pyav-tuned"),
}


def shown(name: str) -> str:
    """The command line as bench/commands.md has it, with words for what differs from run to run."""
    task = Task(
        program=Path("s3reel"),
        plugin=Path("PLUGIN"),
        source="s3://BUCKET/IN",
        destination="s3://BUCKET/OUT",
        presigned="PRESIGNED_URL",
        local_source=Path("IN"),
        local_result=Path("OUT"),
        preset="PRESET",
    )
    programs = (shlex.join(program.command) for program in COMMANDS[name](task))
    line = " | ".join(programs).replace(str(Path(sys.executable).parent) + "/", "")
    return line.replace(str(HERE), "bench").replace(sys.executable, "python")


def undocumented() -> list[str]:
    """Command lines that bench/commands.md does not hold as they are run."""
    page = HERE.joinpath("commands.md").read_text(encoding="utf-8")
    joined = page.replace(" \\\n    ", " ")  # long lines are continued there
    return [line for line in map(shown, COMMANDS) if line not in joined]
