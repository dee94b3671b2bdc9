"""Callables that look ahead: their pictures come later, at the times of the frames they show."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import s3reel

from support import pictures, probe
from support.pictures import Clip

LOSSLESS = {"video_codec": "ffv1", "format": "mkv"}


class Delayed:
    """Hands on the frames that it gets, each `after` calls later."""

    def __init__(self, after: int, change: Callable[[Any], Any] = lambda frame: frame) -> None:
        self.after, self.change = after, change
        self.kept: deque[Any] = deque()

    def __call__(self, frame: Any) -> Any:
        self.kept.append(self.change(frame))
        return self.kept.popleft() if len(self.kept) > self.after else None

    def flush(self) -> list[Any]:
        return list(self.kept)


def run(source: Path, result: Path, op: object, **options: object) -> None:
    s3reel.process(source, result, op, **LOSSLESS, **options)


def facts(path: Path) -> tuple[list[float], np.ndarray]:
    """Times and, for each, the picture's bytes."""
    times = [float(time) for time in probe.frames(path, probe.media(path).video).times]
    return times, np.frombuffer(pictures.raw(path, format="rgb24"), np.uint8).reshape(len(times), -1)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight frames, no two steps alike."""
    path = tmp_path_factory.mktemp("uneven") / "in.mkv"
    probe.ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=size=96x64:rate=10:duration=0.8"),
        *("-vf", "settb=1/1000,setpts='100*N+13*N*N',format=bgr0"),
        *("-fps_mode", "passthrough", "-enc_time_base", "1:1000", "-c:v", "ffv1", path),
    )
    times, _ = facts(path)
    assert len(set(np.diff(times).round(3))) == 7
    return path


@pytest.mark.parametrize("after", [0, 1, 3])
@pytest.mark.parametrize("own", [False, True], ids=["given", "made"])
def test_a_delayed_picture_keeps_its_time(
    uneven: Path, tmp_path: Path, after: int, own: bool
) -> None:
    op = Delayed(after, (lambda frame: frame.copy()) if own else lambda frame: frame)
    run(uneven, tmp_path / "r.mkv", s3reel.op(op, contract=s3reel.Window(after=after), changes_size=False))
    (times, wanted), (found_times, found) = facts(uneven), facts(tmp_path / "r.mkv")
    assert found_times == times
    assert (found == wanted).all()


def test_the_array_that_is_given_may_stand_for_an_earlier_frame(
    uneven: Path, tmp_path: Path
) -> None:
    calls = iter(range(100))

    class Ahead:
        def __call__(self, frame: np.ndarray) -> np.ndarray | None:
            self.last = frame.copy()
            return frame if next(calls) > 0 else None

        def flush(self) -> np.ndarray:
            return self.last

    run(uneven, tmp_path / "r.mkv", s3reel.op(Ahead(), contract=s3reel.Window(after=1)))
    (times, pictures_in), (found_times, found) = facts(uneven), facts(tmp_path / "r.mkv")
    assert found_times == times
    assert (found[:-1] == pictures_in[1:]).all() and (found[-1] == pictures_in[-1]).all()


def test_frames_keep_their_own_time(uneven: Path, tmp_path: Path) -> None:
    run(uneven, tmp_path / "r.mkv", s3reel.op(Delayed(2), format="bgr0", contract=s3reel.Window(after=2)))
    (times, wanted), (found_times, found) = facts(uneven), facts(tmp_path / "r.mkv")
    assert found_times == times and (found == wanted).all()


@pytest.mark.parametrize("after", [0, 1])
def test_more_than_the_window_cannot_be_held_back(
    uneven: Path, tmp_path: Path, after: int
) -> None:
    words = "returned None and owes 2 frames; Window.before=0, after=1. lets it hold back 1"
    with pytest.raises(s3reel.OpError, match=words if after else "returned None"):
        run(uneven, tmp_path / "r.mkv", s3reel.op(Delayed(after + 1), contract=s3reel.Window(after=after)))
    assert not (tmp_path / "r.mkv").exists()


def test_what_is_owed_at_the_end_is_missed(uneven: Path, tmp_path: Path) -> None:
    op = s3reel.op(Delayed(1).__call__, contract=s3reel.Window(after=1), name="forgets")  # a method has no flush
    with pytest.raises(s3reel.OpError, match="handed on 7 frames for 8") as caught:
        run(uneven, tmp_path / "r.mkv", op)
    assert caught.value.operation == "op forgets"


def test_more_than_was_given_cannot_be_returned(uneven: Path, tmp_path: Path) -> None:
    op = s3reel.op(lambda frame: [frame.copy(), frame.copy()], contract=s3reel.Window(after=1), name="doubles")
    with pytest.raises(s3reel.OpError, match="more frames than it got"):
        run(uneven, tmp_path / "r.mkv", op)


@pytest.mark.parametrize("action", ["skip-op", "drop-frame"])
def test_a_frame_on_which_it_fails_is_not_owed(uneven: Path, tmp_path: Path, action: str) -> None:
    calls = iter(range(100))

    def fails_once(frame: np.ndarray) -> np.ndarray:
        if next(calls) == 3:
            raise LookupError("once")
        return frame.copy()

    op = s3reel.op(Delayed(2, fails_once), contract=s3reel.Window(after=2))
    run(uneven, tmp_path / "r.mkv", op, on_op_error=action)
    (times, wanted), (found_times, found) = facts(uneven), facts(tmp_path / "r.mkv")
    stays = [i for i in range(8) if action == "skip-op" or i != 3]
    assert found_times == [times[i] for i in stays]
    assert (found == wanted[stays]).all()


@pytest.mark.parametrize("count", [1.5, "1", None, (1,)])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_window_is_two_whole_numbers(side: str, count: object) -> None:
    with pytest.raises(TypeError, match=f"{side} of a Window is a whole number, not"):
        s3reel.Window(**{side: count})


@pytest.mark.parametrize("count", [-1, 1001, 1 << 40])
@pytest.mark.parametrize("side", ["before", "after"])
def test_a_window_has_limits(side: str, count: int) -> None:
    with pytest.raises(ValueError, match=f"{side} of a Window is 0 to 1000 frames, not {count}"):
        s3reel.Window(**{side: count})


@pytest.mark.parametrize("contract", [None, True, 2, (1, 2), ["stateless"], s3reel.Window])
def test_a_contract_is_a_word_or_a_window(contract: object) -> None:
    with pytest.raises(TypeError, match="contract is .* not .*"):
        s3reel.op(lambda frame: frame, contract=contract)


def test_a_contract_of_another_word_is_named() -> None:
    with pytest.raises(ValueError, match='contract is "sequential", .*, not \'window\''):
        s3reel.op(contract="window")
    with pytest.raises(ValueError, match="not 'window'"):
        s3reel.Op(np.flip, "flip", contract="window")


def test_promises_are_checked_where_they_are_made() -> None:
    with pytest.raises(TypeError, match="format is a str, not list"):
        s3reel.op(format=["yuv420p"])
    with pytest.raises(TypeError, match="name is a str, not int"):
        s3reel.op(lambda frame: frame, name=7)
    window = s3reel.Window(np.int64(1), after=True)
    made = s3reel.op(lambda frame: frame, changes_rate=1, inplace="yes", contract=window)
    assert (made.changes_rate, made.inplace, made.contract) == (True, True, s3reel.Window(1, 1))
    assert s3reel.op(made.function).contract == "sequential"
