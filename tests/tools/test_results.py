"""Counting, locking and the clean environment."""

from __future__ import annotations

from pathlib import Path

import clean_env
import pytest
import results
import task_lock

JUNIT = """<testsuites><testsuite name="x">
<testcase classname="a" name="good"/>
<testcase classname="a" name="bad"><failure message="no"/></testcase>
<testcase classname="a" name="broken"><error message="no"/></testcase>
<testcase classname="a" name="left out"><skipped message="shared folder is absent"/></testcase>
</testsuite></testsuites>"""


def test_counts_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(JUNIT)
    found = results.read("step", tmp_path / "r.xml")
    assert found.passed == ["step: a::good"]
    assert found.failed == ["step: a::bad", "step: a::broken"]
    assert found.skipped == ["step: a::left out"]


@pytest.mark.parametrize("text", [None, "<testsuites/>"])
def test_nothing_found_is_a_failure(tmp_path: Path, text: str | None) -> None:
    if text:
        (tmp_path / "r.xml").write_text(text)
    assert len(results.read("step", tmp_path / "r.xml").failed) == 1


def test_a_second_task_is_refused_until_the_first_has_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(task_lock.PART_OF, raising=False)
    first = task_lock.take("demo", tmp_path)
    with pytest.raises(SystemExit, match="another make demo is running"):
        task_lock.take("test", tmp_path)
    first.close()
    task_lock.take("test", tmp_path).close()


def test_a_part_of_a_task_goes_by_its_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(task_lock.PART_OF, raising=False)
    with task_lock.take("test", tmp_path):
        monkeypatch.setenv(task_lock.PART_OF, "test")
        task_lock.take("demo", tmp_path).close()


def test_the_callers_aws_settings_do_not_shine_through() -> None:
    mine = {"AWS_PROFILE": "p", "AWS_SECRET_ACCESS_KEY": "s", "REGION_NAME": "r", "HOME": "/h"}
    found = clean_env.clean(mine)
    assert not {"AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "REGION_NAME"} & set(found)
    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert found["HOME"] == "/h"


@pytest.mark.parametrize(("given", "external"), [(2, True), (1, False), (0, False)])
def test_an_external_store_needs_endpoint_and_bucket(given: int, external: bool) -> None:
    environment = {name: "x" for name in clean_env.EXTERNAL[:given]}
    assert clean_env.wants_external_store(environment) == external


def test_proxies_stay_in_force_but_for_loopback() -> None:
    found = clean_env.clean({"https_proxy": "http://proxy:1", "no_proxy": "intranet"})
    assert found["https_proxy"] == "http://proxy:1"
    assert found["NO_PROXY"].split(",") == ["intranet", "127.0.0.1", "localhost", ".localhost"]
