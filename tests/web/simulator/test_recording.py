"""Recordings: what is written of an installation, and what a file may do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from tests.deployment import Deployment
from tests.web.simulator.fleets import recording
from web.cli.__main__ import main as cli
from web.simulator import recording as recordings
from web.simulator.recording import BadRecording

JOBS = 2


def _changed(path: list[Any], value: Any) -> str:
    raw = json.loads(recording(2).to_json())
    place = raw
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return json.dumps(raw)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["version"], 2),
        (["jobs", 0, "shape"], 7),
        (["jobs", 0, "at"], "soon"),
        (["shapes", 0, 0, "stage"], "sing"),
        (["shapes", 0, 0, "environment"], "moon"),
        (["shapes", 0, 1, "stage"], "script"),
        (["shapes", 0, 3, "scene"], 10**9),
        (["shapes", 0], []),
        (["runs", 0, "sizes"], [1.0]),
        (["runs", 0, "seconds", 0], float("nan")),
        (["nodes"], {"moon": 1}),
        (["overheads"], None),
    ],
)
def test_a_recording_that_cannot_be_simulated_is_refused(path: list[Any], value: Any) -> None:
    with pytest.raises(BadRecording):
        recordings.read(_changed(path, value))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
        max_leaves=6,
    )
)
def test_any_other_json_is_refused(value: Any) -> None:
    with pytest.raises(BadRecording):
        recordings.read(json.dumps(value))


def test_a_recording_survives_its_file() -> None:
    known = recording(3, scenes=2, load_seconds={"voice/fixed": 3.0})
    assert recordings.read(known.to_json()) == known


def test_an_installation_is_recorded_and_replayed(
    shared_deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment, file = shared_deployment, tmp_path / "timings.json"
    ids = [
        deployment.accept(script=None, topic=f"secret {n}", scenes=1, mode="simulation")[1]
        for n in range(JOBS)
    ]
    for job_id in ids:
        assert deployment.until_ended(job_id).state == "succeeded"
    settings = deployment.settings
    for name, value in {
        "CALLSHEET_STATE": str(settings.state),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SIMULATION_SPEED": str(settings.simulation_speed),
    }.items():
        monkeypatch.setenv(name, value)
    told = _call("plan", "record", str(file), "--jobs", str(JOBS), "--json")
    assert told["jobs"] == JOBS
    text = file.read_text()
    assert "secret" not in text
    assert not any(job_id in text for job_id in ids)
    known = recordings.read(text)
    assert known.nodes == {"lite": 2}
    found = _call("plan", "--replay", str(file), "--json")
    assert found["jobs"] == JOBS
    steps = {queue["queue"]: queue["steps"] for queue in found["queues"]}
    assert steps == {
        "lite": sum(not step.found for job in known.jobs for step in known.shapes[job.shape])
    }
    longest = max(job.seconds for job in known.jobs)
    assert found["job_seconds"]["p99"] == pytest.approx(longest, rel=0.8)


def _call(*words: str) -> Any:
    done = CliRunner().invoke(cli, list(words))
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_command_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text("[]")
    for words, code, sentence in (
        (["--nodes", "lite=2"], 2, "--replay FILE or --mix KINDS"),
        (["--mix", "3"], 2, "--nodes is needed"),
        (["--mix", "0", "--nodes", "lite=1"], 2, "0 is not SCENES:SHARE"),
        (["--mix", "3", "--nodes", "media=1"], 2, "no node serves"),
        (["--replay", str(file)], 1, "not a recording"),
        (["--mix", "3", "--nodes", "lite=1", "--p95", "1", "--jobs", "9"], 1, "No number of nodes"),
    ):
        done = CliRunner().invoke(cli, ["plan", *words])
        assert done.exit_code == code, (words, done.output)
        assert sentence.lower() in done.output.replace("\n", " ").lower()


@pytest.mark.slow
def test_the_fewest_nodes_are_found_for_a_mix_with_prices() -> None:
    nodes = "script=1,xtts=1,sadtalker=1,realesrgan=1,media=1"
    found = _call(
        *("plan", "--mix", "3:4,6:1", "--rate", "30", "--jobs", "100", "--nodes", nodes),
        *("--p95", "1500", "--prices", "sadtalker=1.2/hour,realesrgan=0.8/hour", "--json"),
    )
    assert found["job_seconds"]["p95"] <= 1500
    assert set(found["fewest_nodes"]) == {"script", "xtts", "sadtalker", "realesrgan", "media"}
    assert found["cost"] > 0
    shown = CliRunner().invoke(cli, ["plan", "--mix", "3", "--nodes", nodes, "--jobs", "20"])
    assert "Bottleneck:" in shown.output
    assert "MEAN WAIT" in shown.output
