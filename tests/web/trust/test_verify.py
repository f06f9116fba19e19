"""`POST /api/verify`: whether a file was made here, and whether it was changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.trust.conftest import ENGINES, Made, register
from web.db.columns import now
from web.db.engine import writing
from web.services import current_services
from web.trust import registry
from web.trust.models import KnownVideo


@pytest.fixture(scope="module")
def known(standing: FlaskClient, ours: Made) -> FlaskClient:
    with standing.application.app_context():
        register(current_services(), ours, "job-of-ours")
    return standing


def verdict(api: FlaskClient, path: Path) -> Any:
    with path.open("rb") as file:
        answer = api.post("/api/verify", data={"file": (file, "film.mp4")})
    assert answer.status_code == 200, answer.text
    return answer.json


def test_our_video_is_recognised_with_its_statement(known: FlaskClient, ours: Made) -> None:
    found = verdict(known, ours.path)
    assert found["verdict"] == "ours"
    assert found["made_at"]
    assert found["engines"] == ENGINES
    assert found["signed_with"] == "self-made"
    assert found["statement"]["valid"]
    assert "job-of-ours" not in str(found)


def test_a_copy_without_its_metadata_is_recognised(
    known: FlaskClient, ours: Made, tmp_path: Path
) -> None:
    words = ("-map_metadata", "-1", "-vf", "scale=96:172", "-c:v", "libx264", "-crf", "30")
    copy = ours.changed(tmp_path / "copy.mp4", *words, "-c:a", "aac", "-b:a", "48k")
    found = verdict(known, copy)
    assert found["verdict"] == "altered", found
    assert found["made_at"]
    assert found["engines"] == ENGINES
    assert not found["statement"]["signed"]
    assert found["match"]["picture"] > 0.8
    assert found["match"]["sound"] > 0.7


def test_one_changed_byte_is_an_alteration(known: FlaskClient, ours: Made, tmp_path: Path) -> None:
    content = bytearray(ours.path.read_bytes())
    content[-200] ^= 1
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)
    found = verdict(known, changed)
    assert found["verdict"] == "altered"
    assert found["statement"]["signed"]
    assert not found["statement"]["valid"]


def test_another_video_is_not_ours(known: FlaskClient, another: Made) -> None:
    found = verdict(known, another.path)
    assert found["verdict"] == "signed"
    assert found["made_at"] is None
    assert found["signed_with"] is None


def test_our_picture_with_other_sound_is_only_similar(
    known: FlaskClient, ours: Made, another: Made, tmp_path: Path
) -> None:
    words = ("-i", str(another.path), "-map", "0:v", "-map", "1:a", "-c", "copy")
    assert verdict(known, ours.changed(tmp_path / "dubbed.mp4", *words))["verdict"] == "similar"


@pytest.mark.parametrize(
    "content",
    [b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"\0\0\0 ftypmp42"],
    ids=["playlist", "cut off"],
)
def test_anything_else_is_unknown(known: FlaskClient, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    found = verdict(known, path)
    assert found["verdict"] == "unknown", found
    assert "passwd" not in str(found)


def test_a_fingerprint_that_cannot_be_read_stops_nothing(known: FlaskClient) -> None:
    with known.application.app_context():
        services = current_services()
        junk = services.artifacts.put_bytes(b"[" * 100, "application/json")
        with writing() as db:
            for job_id, source in (("junk", junk.sha256), ("gone", "0" * 64)):
                row = KnownVideo(job_id=job_id, sha256="1" * 64, source=source, source_bytes=100)
                row.seconds, row.engines, row.signed_by = 1.0, [], "self-made"
                row.made_at = now()
                db.add(row)
        assert registry.read_fingerprints(services) == 2
        assert registry.read_fingerprints(services) == 0
