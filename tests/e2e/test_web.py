"""Sources at web addresses: presigned URLs, redirects, servers that tell more or less of a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from support import probe
from support.runner import Result, Runner
from support.store import Store
from support.web import TOKEN, Web

FAST = ("--preset", "ultrafast")
SMALL_FRAMES = 100

# For reading a web address neither keys nor a store are needed.
NO_KEYS = {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_ENDPOINT_URL_S3": ""}


@pytest.fixture(autouse=True)
def nothing_shows_the_query(s3reel: Runner) -> None:
    s3reel.secrets.append(TOKEN)


def presigned(store: Store, key: str, **expiry: int) -> str:
    client = boto3.client(
        "s3",
        endpoint_url=store.https_endpoint,
        aws_access_key_id=store.access_key,
        aws_secret_access_key=store.secret_key,
        region_name=store.region,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    return client.generate_presigned_url(
        "get_object", Params={"Bucket": store.bucket, "Key": key}, **expiry
    )


def refused(result: Result, *words: str, code: int = 4) -> None:
    assert result.code == code, str(result)
    assert all(word in result.stderr for word in words), str(result)


@pytest.mark.parametrize("name", ["in.mp4", "with space+ünï%.mp4"])
def test_a_presigned_url_over_https(
    name: str, store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    """Through a private authority, in many ranges; nothing that was printed can be used."""
    assert store.https_endpoint, "this store offers no https: tools/rgw run --tls"
    url = presigned(store, store.put(clip("noise.mp4"), store.key(name)))
    destination = store.key("out.mp4")
    s3reel.secrets += [url.split("X-Amz-Signature=")[1].split("&")[0], store.access_key]
    env = {"AWS_CA_BUNDLE": store.ca_file}
    result = s3reel.process(url, store.url(destination), *FAST, "-v", env=env, report=True)
    assert probe.frame_count(store.fetch(destination, tmp_path / "out.mp4")) == SMALL_FRAMES
    assert result.report is not None
    assert result.report["checks"]["source"] == "verified"
    assert result.report["requests"]["GET"] > 3
    assert "GetObject" not in result.report["requests"]


def test_an_expired_url_says_so(
    store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    url = presigned(store, store.put(clip("small.mp4")), ExpiresIn=-60)
    env = NO_KEYS | {"AWS_CA_BUNDLE": store.ca_file}
    result = s3reel.run("process", url, str(tmp_path / "out.mp4"), env=env)
    refused(result, "http.GET https://", "may have expired")
    assert not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("etag", "last_modified", "pinned_by"),
    [
        ('"one"', "Mon, 02 Jan 2023 03:04:05 GMT", "if-match"),
        ('W/"one"', "Mon, 02 Jan 2023 03:04:05 GMT", "if-unmodified-since"),
        ("", "Mon, 02 Jan 2023 03:04:05 GMT", "if-unmodified-since"),
    ],
    ids=["etag", "weak etag", "date only"],
)
def test_any_server_that_tells_generations_apart(
    etag: str,
    last_modified: str,
    pinned_by: str,
    s3reel: Runner,
    clip: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out.mp4"
    with Web(clip("noise.mp4").read_bytes(), etag=etag, last_modified=last_modified) as web:
        result = s3reel.process(web.url(), str(out), *FAST, "-v", env=NO_KEYS, report=True)
    assert probe.frame_count(out) == SMALL_FRAMES
    assert len(web.requests) > 3
    assert all(pinned_by in request for request in web.requests[1:])
    assert not any("authorization" in request for request in web.requests)
    assert result.report is not None
    verified = result.report["checks"]["source"]
    assert verified == "verified" if pinned_by == "if-match" else "Last-Modified" in verified


@pytest.mark.parametrize("etag", ['"one"', ""], ids=["etag", "date only"])
def test_a_file_that_changes_while_it_is_read(
    etag: str, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    with Web(clip("noise.mp4").read_bytes(), etag=etag) as web:

        def change(number: int) -> None:
            if number >= 2:
                web.etag = etag and '"two"'
                web.last_modified = "Tue, 03 Jan 2023 03:04:05 GMT"

        web.after = change
        result = s3reel.run("process", web.url(), str(out), *FAST, env=NO_KEYS)
    refused(result, "changed under the job")
    assert not out.exists()


@pytest.mark.parametrize(
    ("habit", "words"),
    [
        ({"etag": "", "last_modified": ""}, "neither an ETag nor Last-Modified"),
        ({"etag": 'W/"one"', "last_modified": ""}, "neither an ETag nor Last-Modified"),
        ({"ranges": False}, "ignores Range"),
    ],
    ids=["no validator", "weak one", "no ranges"],
)
def test_a_server_that_cannot_be_relied_upon(
    habit: dict[str, object], words: str, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    with Web(clip("noise.mp4").read_bytes(), **habit) as web:
        command = ("process", f"{web.url()}", str(tmp_path / "out.mp4"), "-v")
        result = s3reel.run(*command, env=NO_KEYS, report=True)
    refused(result, words)
    assert result.report is not None
    assert result.report["source_url"].endswith(".mp4?***")
    assert len(web.requests) == 1


def test_a_redirect_is_followed_once(
    s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    out = tmp_path / "out.mp4"
    with Web(clip("noise.mp4").read_bytes()) as web, Web(b"", redirect_to=web.url()) as front:
        s3reel.process(front.url(), str(out), *FAST, "-v", env=NO_KEYS)
    assert probe.frame_count(out) == SMALL_FRAMES
    assert len(front.requests) == 1
    assert len(web.requests) > 3


def test_what_a_web_address_holds(s3reel: Runner, clip: Callable[[str], Path]) -> None:
    with Web(clip("small.mp4").read_bytes()) as web:
        result = s3reel.run("probe", web.url(), env=NO_KEYS)
        assert result.code == 0, str(result)
        assert "h264" in result.stdout
        plan = s3reel.run("process", web.url(), "s3://b/out.mp4", "--dry-run")
        assert plan.code == 0, str(plan)


def test_a_web_address_is_no_destination(s3reel: Runner, clip: Callable[[str], Path]) -> None:
    with Web(b"") as web:
        result = s3reel.run("process", str(clip("small.mp4")), web.url())
    refused(result, "for reading only", code=2)
    assert web.requests == []
