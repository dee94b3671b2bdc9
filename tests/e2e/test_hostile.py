"""Sources made to do harm: no other file or host is opened, no memory taken out of proportion."""

from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support import hostile, hostile_index
from support.runner import Result, Runner
from support.store import Store

CANARY = "canary.mp4"
PEAK_KIB = 150 * 1024  # a job on a small clip takes half of it
FOLLOW = ("-protocol_whitelist", "file,http,tcp,concat,subfile", "-allowed_extensions", "ALL")


@dataclass
class Listener:
    """A host that must not hear of us."""

    socket: socket.socket
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}/{CANARY}"

    def serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.heard.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener(socket.create_server(("127.0.0.1", 0)))
    thread = threading.Thread(target=listening.serve, daemon=True)
    thread.start()
    yield listening
    listening.socket.shutdown(socket.SHUT_RDWR)
    listening.socket.close()
    thread.join()


@pytest.fixture
def canary(clip: Callable[[str], Path], tmp_path: Path) -> Path:
    """A local file that a list would lead to: a whole video, so that following it would succeed."""
    path = tmp_path / CANARY
    path.write_bytes(clip("small.mp4").read_bytes())
    return path


@dataclass
class Attack:
    store: Store
    s3reel: Runner
    folder: Path

    def run(self, data: bytes, name: str = "in.mp4") -> tuple[Result, str]:
        """The job's result, and every file and address it opened."""
        trace = self.folder / "trace.txt"
        source = self.store.put_bytes(data, self.store.key(name))
        destination = self.store.key("out.mp4")
        result = self.s3reel.run(
            *("process", self.store.url(source), self.store.url(destination), "--op", "grayscale"),
            wrapper=("strace", "-f", "-qq", "-e", "trace=open,openat,connect", "-o", str(trace)),
        )
        assert self.store.left_behind(destination) == []
        return result, trace.read_text(encoding="utf-8", errors="replace")


@pytest.fixture
def attack(store: Store, s3reel: Runner, tmp_path: Path) -> Attack:
    return Attack(store, s3reel, tmp_path)


PLACES = {
    "path": "{canary}",
    "file": "file://{canary}",
    "concat": "concat:{canary}|{canary}",
    "subfile": "subfile,,start,0,end,1000,,:{canary}",
    "http": "{http}",
}
LISTS = {
    "hls": (hostile.hls, "HTTP Live Streaming"),
    "dash": (hostile.dash, "Dynamic Adaptive Streaming"),
    "concat": (hostile.concat_script, "concatenation"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", LISTS)
def test_a_list_of_other_files_is_not_followed(
    kind: str, place: str, attack: Attack, canary: Path, listener: Listener
) -> None:
    make, words = LISTS[kind]
    result, trace = attack.run(make(PLACES[place].format(canary=canary, http=listener.url)))
    assert result.code == 3, str(result)
    assert "it is a list of other files" in result.stderr and words in result.stderr
    assert "openat" in trace and CANARY not in trace
    assert listener.heard == []


def test_such_lists_are_followed_by_a_reader_without_fences(
    canary: Path, listener: Listener, tmp_path: Path
) -> None:
    """Otherwise the test above could not fail."""
    trace = tmp_path / "trace.txt"
    for place in (str(canary), listener.url):
        playlist = tmp_path / "list.m3u8"
        playlist.write_bytes(hostile.hls(place))
        strace = ("strace", "-f", "-qq", "-e", "trace=openat", "-A", "-o", str(trace))
        subprocess.run([*strace, "ffprobe", "-v", "quiet", *FOLLOW, str(playlist)], check=False)
    assert f'"{canary}"' in trace.read_text()
    assert listener.heard != []


@pytest.mark.parametrize("levels", [0, 1], ids=["absolute", "relative"])
def test_samples_in_another_file_are_not_fetched(
    levels: int, attack: Attack, canary: Path, tmp_path: Path
) -> None:
    data = hostile.mov_with_samples_in(str(canary), tmp_path, levels)
    result, trace = attack.run(data, "in.mov")
    assert result.code == 3, str(result)
    assert "it refers to another place" in result.stderr and CANARY in result.stderr
    assert "openat" in trace and CANARY not in trace


def test_a_reader_that_follows_references_opens_that_file(canary: Path, tmp_path: Path) -> None:
    """Otherwise the test above could not fail."""
    path = tmp_path / "in.mov"
    path.write_bytes(hostile.mov_with_samples_in(str(canary), tmp_path))
    trace = tmp_path / "trace.txt"
    follow = ("-enable_drefs", "1", "-use_absolute_path", "1")
    strace = ("strace", "-f", "-qq", "-e", "trace=openat", "-o", str(trace))
    subprocess.run([*strace, "ffprobe", "-v", "quiet", *follow, str(path)], check=False)
    assert f'"{canary}"' in trace.read_text()


INDEXES = {
    "constant-size": (hostile_index.constant_size(85_000_000), "claims 85000000 entries"),
    "numbers-behind-their-box": (
        hostile_index.behind_the_end_of_its_box(85_000_000),
        "claims 85000000 entries",
    ),
    "in-a-description": (hostile_index.inside_a_description(85_000_000), "holds 'stsz'"),
    "behind-a-description": (
        hostile_index.behind_a_description(85_000_000),
        "entry 1 of 1 in its sample description is cut off",
    ),
    "compressed": (hostile_index.compressed(85_000_000), "its index is compressed (cmov)"),
    "edits": (hostile_index.edited(1_000, 50_000), "claims 50001000 entries"),
    "edits-around-an-index": (
        hostile_index.edited_around_an_index(1_000, 50_000),
        "it has an index inside another box",
    ),
    "keys": (hostile_index.keys(250_000_000), "claims 250000001 entries"),
    "pcm": (hostile_index.pcm(1_000, 40_000_000), "claims 39063000 entries"),
    "fragment": (hostile_index.fragmented(85_000_000), "claims 85000001 entries"),
    "fragments": (hostile_index.fragmented(*[900_000] * 40), "claims 1800002 entries"),
    "empty-fragments": (hostile_index.fragments_of_tracks(200, 100_000), "are the limit"),
    "chapters": (hostile_index.titles(20_000, 60_000), "titles of chapters"),
    "pcm-in-a-description": (
        hostile_index.pcm_inside_a_description(1_000, 40_000_000),
        "holds 'stco'",
    ),
    "sync-groups": (hostile_index.sync_groups(400_000_000), "claims 200000002 entries"),
    "sync-groups-in-a-description": (
        hostile_index.sync_groups_inside_a_description(400_000_000),
        "holds 'ctts'",
    ),
}


@pytest.mark.parametrize("kind", INDEXES)
def test_an_index_that_is_only_claimed_takes_no_memory(
    kind: str, store: Store, s3reel: Runner
) -> None:
    """Without the guard each takes 0.9 to 3 GiB."""
    data, words = INDEXES[kind]
    source = store.put_bytes(data, store.key("in.mov"))
    destination = store.key("out.mp4")
    result = s3reel.run(
        "process", store.url(source), store.url(destination), "--op", "grayscale"
    )
    assert result.code == 3, str(result)
    assert words in result.stderr, str(result)
    assert result.peak_kib < PEAK_KIB, str(result)
    assert store.left_behind(destination) == []


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda folder: hostile.mov_with_pictures_of(60_000, 60_000, folder), "60000x60000"),
        (lambda folder: hostile.mov_with_streams(5_000, folder), "256 streams"),
        (lambda folder: hostile.mov_with_sample_count(0x7FFFFFFF, folder), ""),
        (lambda folder: hostile.mov_with_sample_of(0x30000000, folder), "truncated"),
        (lambda folder: hostile.mxf_with_index_of(85_000_000, folder), "claims 85000000 entries"),
        (lambda _: hostile.matroska_with_tracks(500_000), "claims 1025 tracks or more"),
        (lambda _: hostile.matroska_with_block_of(1 << 40), ""),
        (lambda _: hostile.matroska_with_block_of(1 << 30), ""),
    ],
    ids=[
        "picture",
        "streams",
        "sample-count",
        "sample-size",
        "mxf-index",
        "matroska-tracks",
        "block-of-a-tib",
        "block-of-a-gib",
    ],
)
def test_what_a_file_claims_takes_no_memory(
    make: Callable[[Path], bytes],
    words: str,
    store: Store,
    s3reel: Runner,
    tmp_path: Path,
) -> None:
    source = store.put_bytes(make(tmp_path), store.key("in.mp4"))
    destination = store.key("out.mp4")
    result = s3reel.run(
        "process", store.url(source), store.url(destination), "--op", "grayscale"
    )
    assert result.code == 3, str(result)
    assert words in result.stderr, str(result)
    assert result.peak_kib < PEAK_KIB, str(result)
    assert store.left_behind(destination) == []


def test_names_of_boxes_are_allowed_as_text_and_chapters_to_every_track(
    clip: Callable[[str], Path], store: Store, s3reel: Runner, tmp_path: Path
) -> None:
    """What ffmpeg writes: a reel called like a box, and chapters of picture and sound."""
    chapters = tmp_path / "chapters.txt"
    parts = [
        f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={i}\nEND={i + 1}\ntitle=Part {i}\n" for i in range(255)
    ]
    chapters.write_text(";FFMETADATA1\n" + "".join(parts))
    path = tmp_path / "in.mov"
    made = ("-timecode", "01:00:00:00", "-metadata:s:v", "reel_name=chapter1", "-y", str(path))
    sound = ("-f", "lavfi", "-i", "sine=d=1")
    inputs = (*sound, "-i", str(clip("small.mp4")), "-i", str(chapters), "-map_chapters", "2")
    tracks = ("-map", "0", "-map", "1", "-c:v", "copy")
    subprocess.run(["ffmpeg", "-v", "error", *inputs, *tracks, *made], check=True)
    data = path.read_bytes()
    assert data.count(b"chapter1") == 1
    assert data.count(b"chap") == 3
    source = store.put_bytes(data, store.key("in.mov"))
    destination = store.key("out.mp4")
    result = s3reel.run(
        "process", store.url(source), store.url(destination), "--op", "grayscale"
    )
    assert result.code == 0, str(result)
