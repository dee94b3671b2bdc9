"""What bad input gets: exit code, words, and nothing left behind. One row of errors.csv a case."""

from __future__ import annotations

import csv
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from support import media
from support.runner import Runner
from support.store import Store

TABLE = {
    row["case"]: row
    for row in csv.DictReader(Path(__file__).with_name("errors.csv").open(encoding="utf-8"))
}
WITHIN_S = 10.0  # the promise where nothing ever answered; what needs no retry ends at once


@dataclass
class Case:
    """What to run, made by the function of the case's name."""

    store: Store
    clip: Callable[[str], Path]
    folder: Path
    source: str = ""
    destination: str = ""
    key: str = ""  # of the destination, when it is in the store
    arguments: list[str] = field(default_factory=lambda: ["--op", "grayscale"])
    env: dict[str, str] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)  # objects that must not change
    afterwards: ExitStack = field(default_factory=ExitStack)  # what the case did to the store

    def __post_init__(self) -> None:
        self.key = self.store.key("out.mp4")
        self.destination = self.store.url(self.key)

    def good_source(self) -> None:
        self.source = self.store.url(self.store.put(self.clip("small.mp4")))

    def from_bytes(self, data: bytes) -> None:
        self.source = self.store.url(self.store.put_bytes(data, self.store.key("in.mp4")))

    def from_media(self, name: str) -> None:
        self.source = self.store.url(self.store.put(media.file(name)))

    def deny_writing(self, resource: str) -> None:
        """Adds a denial to the bucket's policy; it holds for the bucket's owner as well."""
        client, bucket = self.store.client, {"Bucket": self.store.bucket}
        try:
            before = client.get_bucket_policy(**bucket)["Policy"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchBucketPolicy":
                raise
            before = ""
        denial = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{self.store.bucket}/{resource}",
        }
        policy = json.loads(before) if before else {"Version": "2012-10-17", "Statement": []}
        policy["Statement"].append(denial)
        if before:
            self.afterwards.callback(client.put_bucket_policy, **bucket, Policy=before)
        else:
            self.afterwards.callback(client.delete_bucket_policy, **bucket)
        client.put_bucket_policy(**bucket, Policy=json.dumps(policy))

    def command(self) -> list[str]:
        return ["process", self.source, self.destination, *self.arguments]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def not_a_video(case: Case) -> None:
    case.from_bytes(b"once upon a time there was no picture at all\n" * 5000)


def empty_object(case: Case) -> None:
    case.from_bytes(b"")


def truncated(case: Case) -> None:
    whole = case.clip("small.mp4").read_bytes()
    case.from_bytes(whole[: len(whole) * 2 // 3])


def header_only(case: Case) -> None:
    case.from_media("truncated-231s-header-only.mp4")


def audio_only(case: Case) -> None:
    case.from_media("audio-only-aac.mp4")


def corrupt_frame(case: Case) -> None:
    case.from_media("corrupt-bad-frame.mp4")


def missing_key(case: Case) -> None:
    case.source = case.store.url(case.store.key("missing.mp4"))


def missing_bucket(case: Case) -> None:
    case.source = f"s3://{case.store.prefix}-nowhere/in.mp4"


def wrong_secret(case: Case) -> None:
    case.good_source()
    case.env["AWS_SECRET_ACCESS_KEY"] = "not-the-secret-of-this-store"


def unknown_access_key(case: Case) -> None:
    case.good_source()
    case.env["AWS_ACCESS_KEY_ID"] = "AKNOSUCHKEYOFTHESTORE"


def unreachable_source(case: Case) -> None:
    case.good_source()
    case.env["AWS_ENDPOINT_URL_S3"] = f"http://127.0.0.1:{_closed_port()}"


def unreachable_destination(case: Case) -> None:
    case.good_source()
    case.arguments += ["--dest-endpoint-url", f"http://127.0.0.1:{_closed_port()}"]


def unknown_host(case: Case) -> None:
    case.good_source()
    case.env["AWS_ENDPOINT_URL_S3"] = "http://no-such-host.invalid:9000"


def destination_bucket_missing(case: Case) -> None:
    case.good_source()
    case.destination = f"s3://{case.store.prefix}-nowhere/out.mp4"


def destination_denied(case: Case) -> None:
    """A small result: PutObject is refused."""
    case.good_source()
    case.deny_writing(case.key)


def large_destination_denied(case: Case) -> None:
    """A large one: the job's record beside it may be written, CreateMultipartUpload may not."""
    case.source = case.store.url(case.store.put(case.clip("noise.mp4")))
    case.arguments += ["--preset", "ultrafast", "--encoder-opt", "qp=0"]
    case.deny_writing(case.key)


def missing_folder(case: Case) -> None:
    case.good_source()
    case.destination = str(case.folder / "nowhere" / "out.mp4")


def no_clobber_exists(case: Case) -> None:
    case.good_source()
    case.store.put_bytes(b"precious", case.key)
    case.kept[case.key] = b"precious"
    case.arguments.append("--no-clobber")


def unknown_op(case: Case) -> None:
    case.good_source()
    case.arguments = ["--op", "sparkle"]


def unknown_op_parameter(case: Case) -> None:
    case.good_source()
    case.arguments = ["--op", "grayscale:strength=3"]


def unknown_option(case: Case) -> None:
    case.good_source()
    case.arguments.append("--colour")


def missing_destination(case: Case) -> None:
    case.good_source()
    case.destination = ""


def unknown_encoder(case: Case) -> None:
    case.good_source()
    case.arguments += ["--video-codec", "libx999"]


def unknown_encoder_option(case: Case) -> None:
    case.good_source()
    case.arguments += ["--encoder-opt", "nonsense=1"]


def encoder_option_value(case: Case) -> None:
    case.good_source()
    case.arguments += ["--encoder-opt", "qp=lots"]


def encoder_option_shape(case: Case) -> None:
    case.good_source()
    case.arguments += ["--encoder-opt", "qp"]


def unknown_format(case: Case) -> None:
    case.good_source()
    case.arguments += ["--format", "avi"]


def crf_no_number(case: Case) -> None:
    case.good_source()
    case.arguments += ["--crf", "fine"]


def copy_with_op(case: Case) -> None:
    case.good_source()
    case.arguments += ["--video-codec", "copy"]


def bad_url(case: Case) -> None:
    case.source = "s3://bucket-without-a-key"


def keys_in_url(case: Case) -> None:
    """As smart_open takes them. That the secret is not shown is checked for every run."""
    store = case.store
    case.source = f"s3://{store.access_key}:{store.secret_key}@{store.bucket}/in.mp4"


def keys_in_destination(case: Case) -> None:
    case.good_source()
    store = case.store
    case.destination = f"s3://{store.access_key}:{store.secret_key}@{store.bucket}/{case.key}"


def no_credentials(case: Case) -> None:
    case.good_source()
    case.env |= {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}


def bad_endpoint(case: Case) -> None:
    case.good_source()
    case.arguments += ["--endpoint-url", "127.0.0.1 port 9000"]


def destination_is_source(case: Case) -> None:
    case.key = case.store.put(case.clip("small.mp4"))
    case.kept[case.key] = case.clip("small.mp4").read_bytes()
    case.source = case.destination = case.store.url(case.key)


@pytest.mark.asan
@pytest.mark.parametrize("name", list(TABLE))
def test_bad_input_is_refused_and_leaves_nothing(
    name: str, store: Store, s3reel: Runner, clip: Callable[[str], Path], tmp_path: Path
) -> None:
    row = TABLE[name]
    case = Case(store, clip, tmp_path)
    globals()[name.replace("-", "_")](case)
    s3reel.secrets += [v for n, v in case.env.items() if n == "AWS_SECRET_ACCESS_KEY" and v]
    command = [word for word in case.command() if word]
    with case.afterwards:
        result = s3reel.run(*command, env=case.env)
    assert result.code == int(row["exit"]), str(result)
    for word in row["words"].split("|"):
        assert word.lower() in result.stderr.lower(), f"{word!r} is not said: {result}"
    assert result.seconds < WITHIN_S, str(result)
    for key, content in case.kept.items():
        assert store.read(key) == content
    left = [entry for entry in store.left_behind(case.key) if entry != f"object {case.key}"]
    assert left == []
    assert (store.head(case.key) is not None) == (case.key in case.kept)


def test_the_table_has_rows() -> None:
    assert len(TABLE) >= 20


def test_an_error_is_one_sentence(store: Store, s3reel: Runner) -> None:
    missing = store.url(store.key("missing.mp4"))
    result = s3reel.run("process", missing, store.url(store.key("out.mp4")), "--op", "grayscale")
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1 and missing in lines[0], str(result)


def test_verbose_output_holds_no_secret_and_no_signature(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    source, destination = store.put(clip("small.mp4")), store.key("out.mp4")
    result = s3reel.process(store.url(source), store.url(destination), "-v")
    assert "GetObject" in result.stderr, "-v does not tell the requests"
    assert "Signature=" not in result.stderr + result.stdout
    assert "AWS4-HMAC-SHA256" not in result.stderr + result.stdout


def test_an_existing_destination_survives_a_failed_job(
    store: Store, s3reel: Runner, clip: Callable[[str], Path]
) -> None:
    destination = store.put_bytes(b"precious", store.key("out.mp4"))
    source = store.put(media.file("corrupt-bad-frame.mp4"))
    result = s3reel.run("process", store.url(source), store.url(destination), "--op", "grayscale")
    assert result.code == 3, str(result)
    assert store.read(destination) == b"precious"
    assert store.left_behind(destination) == [f"object {destination}"]
