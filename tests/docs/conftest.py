"""Fixtures of the tests of the documents: one reader's folder and store for each document."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from support import paths  # noqa: E402

sys.path.insert(0, str(paths.REPO / "tools" / "lib"))

import ceph_cluster  # noqa: E402
import clean_env  # noqa: E402
from session import Session  # noqa: E402

BUCKET = "videos"
counts: Counter[str] = Counter()
reasons: list[str] = []


@pytest.fixture(scope="session")
def reader() -> Iterator[dict[str, str]]:
    """The environment of somebody who follows the documents, with a store of their own."""
    folder = paths.REPO / "build" / "rgw" / f"docs-{os.getpid()}"
    cluster = ceph_cluster.Cluster(folder, tied_to_parent=True)
    try:
        cluster.start()
        settings = cluster.settings()
        boto3.client(
            "s3",
            endpoint_url=settings["AWS_ENDPOINT_URL_S3"],
            aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
            region_name=settings["AWS_REGION"],
        ).create_bucket(Bucket=BUCKET)
        found = clean_env.clean() | settings | {"BUCKET": BUCKET, "LC_ALL": "C.UTF-8"}
        programs = [str(paths.binary().parent), str(paths.REPO / "build" / "venv" / "bin")]
        yield found | {"PATH": ":".join([*programs, os.environ["PATH"]])}
        shutil.rmtree(folder, ignore_errors=True)
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "in.mp4"
    picture, sound = "testsrc2=size=320x240:rate=25", "sine=frequency=440:sample_rate=48000"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound]
        + ["-t", "2", "-c:v", "libx264", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac", str(path)],
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return path


@pytest.fixture(scope="session")
def session_of(
    reader: dict[str, str], clip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], Session]:
    """One session for each document, with a fresh in.mp4 in folder and bucket."""
    sessions: dict[Path, Session] = {}
    client = boto3.client(
        "s3",
        endpoint_url=reader["AWS_ENDPOINT_URL_S3"],
        aws_access_key_id=reader["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=reader["AWS_SECRET_ACCESS_KEY"],
        region_name=reader["AWS_REGION"],
    )

    def find(document: Path) -> Session:
        if document not in sessions:
            folder = tmp_path_factory.mktemp(document.stem)
            shutil.copy(clip, folder / "in.mp4")
            client.upload_file(str(clip), BUCKET, "in.mp4")
            sessions[document] = Session(folder, reader | {"HOME": str(folder)})
        return sessions[document]

    return find


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder with the Python package."""
    subprocess.run([paths.REPO / "tools" / "build", "python"], check=True, capture_output=True)
    return paths.REPO / "build" / "release" / "package"


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make install` leaves below its PREFIX."""
    prefix = tmp_path_factory.mktemp("installed")
    subprocess.run(
        ["make", "-C", str(paths.REPO), "install", f"PREFIX={prefix}"],
        check=True,
        capture_output=True,
    )
    return prefix


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    text = ", ".join(f"{number} {kind}" for kind, number in sorted(counts.items()))
    terminalreporter.write_line(f"blocks in the documents: {text}")
    for reason in reasons:
        terminalreporter.write_line(f"  not run: {reason}")
