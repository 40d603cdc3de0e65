"""Continuous training that has gone quiet is noticed; a fork that never trained is left alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from delivery import freshness
from service.errors import BoxOfficeError
from tests.support.cloud import open_cloud

NOW = datetime(2026, 6, 30, tzinfo=UTC)
LONGEST = timedelta(days=16)


def run(days: int, conclusion: str = "success") -> dict[str, Any]:
    return {"conclusion": conclusion, "createdAt": (NOW - timedelta(days=days)).isoformat()}


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ([], "it has never run"),
        ([run(5)], "the last success was 5 days ago"),
        ([run(1, "failure"), run(5), run(40)], "the last success was 5 days ago"),
        ([run(3, "failure")], "it has not succeeded yet"),
    ],
)
def test_training_that_runs_is_told_of(runs: list[dict[str, Any]], told: str) -> None:
    assert told == freshness.check(runs, LONGEST, NOW)


@pytest.mark.parametrize(
    ("runs", "ago"),
    [
        ([run(17)], "17 days ago"),
        ([run(1, "failure"), run(17)], "17"),
        ([run(20, ""), run(1, "")], "never"),
    ],
)
def test_training_without_a_recent_success_is_complained_of(
    runs: list[dict[str, Any]], ago: str
) -> None:
    with pytest.raises(BoxOfficeError, match=f"the last success was {ago}.*gh workflow enable"):
        freshness.check(runs, LONGEST, NOW)


def test_the_complaint_is_an_annotation_of_the_workflow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_cloud(tmp_path / "cloud", monkeypatch)
    monkeypatch.setenv("FAKE_GITHUB", str(tmp_path))
    (tmp_path / "runs.json").write_text(json.dumps([run(4000)]))

    with pytest.raises(BoxOfficeError):
        freshness.main([])

    assert capsys.readouterr().out.startswith("::error title=Continuous training::train.yml: the")
