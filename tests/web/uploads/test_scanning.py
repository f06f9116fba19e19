"""Uploads before a real clamd: there, away, frozen, blind."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from config.settings import Settings
from tasks.circuit_breaker import FAILURES
from tasks.domain.errors import FileValidationFailed
from tests.services.clamav import TEST_VIRUS, Clamd
from tests.web.caller import Caller, problem
from tests.web.conftest import as_operator, serving
from tests.web.samples import picture, recording
from web.cli.doctor import dependencies
from web.cli.doctor.check_result import Level
from web.errors import ScanUnavailable
from web.sessions.names import name_of
from web.uploads.candidate import Candidate
from web.uploads.scanning import Policy, Scanner

MB = 1024**2


def candidate(directory: Path, data: bytes) -> Candidate:
    path = directory / "sent"
    path.write_bytes(data)
    return Candidate("voice", path, "a.wav", 50 * MB)


def zipped(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("inside", data)
    return file.getvalue()


@pytest.mark.parametrize("policy", ["required", "optional"])
def test_clean_file_passes_and_infected_file_is_refused(
    clamav: Clamd, tmp_path: Path, policy: Policy
) -> None:
    scanner = Scanner(policy, clamav.socket, 50 * MB)
    assert scanner.scan(candidate(tmp_path, recording())) is True
    for data in (TEST_VIRUS, zipped(TEST_VIRUS), zipped(zipped(TEST_VIRUS)), b"\xff" + TEST_VIRUS):
        with pytest.raises(FileValidationFailed) as refused:
            scanner.scan(candidate(tmp_path, data))
        assert refused.value.details["errors"][0]["code"] == "VIRUS_FOUND"


@pytest.mark.parametrize(
    "limits",
    [
        {"MaxFileSize": "1M", "AlertExceedsMax": "no"},  # says OK to what it never looked at
        {"StreamMaxLength": "5M"},
    ],
)
def test_scanner_with_small_limits_is_not_trusted(tmp_path: Path, limits: dict[str, str]) -> None:
    with Clamd(**limits) as blind:
        with pytest.raises(ScanUnavailable):
            Scanner("required", blind.socket, 10 * MB).scan(candidate(tmp_path, recording()))
        optional = Scanner("optional", blind.socket, 10 * MB)
        assert optional.scan(candidate(tmp_path, recording())) is False
        with pytest.raises(FileValidationFailed):
            optional.scan(candidate(tmp_path, TEST_VIRUS))
        # For a site of smaller files, the same daemon is good enough.
        assert Scanner("required", blind.socket, MB // 2).scan(candidate(tmp_path, b"x")) is True


def test_scanner_limits_are_checked_at_start_and_by_doctor(
    clamav: Clamd, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    """Debian's defaults stop at 25 MB, and we take 50."""
    caplog.set_level("INFO")
    debian = {"StreamMaxLength": "25M", "MaxFileSize": "25M", "AlertExceedsMax": "no"}
    with Clamd(**debian) as daemon:
        Scanner("required", daemon.socket, 50 * MB).check_at_start()
        [line] = caplog.records
        sizes = "StreamMaxLength 60M, MaxFileSize 60M, MaxScanSize 120M"
        assert sizes in line.remedy  # type: ignore[attr-defined]
        for policy, level in (("required", Level.MISSING), ("optional", Level.WARNING)):
            finding = dependencies.clamd(
                replace(settings, clamd=policy, clamd_socket=daemon.socket)
            )
            assert finding.level is level
            assert "StreamMaxLength 60M" in finding.remedy
    caplog.clear()
    Scanner("required", "/nonexistent/clamd.ctl", 50 * MB).check_at_start()
    assert "uploads are refused" in caplog.text
    away = dependencies.clamd(replace(settings, clamd="required", clamd_socket="/nonexistent"))
    assert away.level is Level.MISSING
    caplog.clear()
    # What is asked for is enough.
    Scanner("required", clamav.socket, 50 * MB).check_at_start()
    assert "clamd verified" in caplog.text
    good = dependencies.clamd(replace(settings, clamd="required", clamd_socket=clamav.socket))
    assert good.level is Level.OK
    assert dependencies.clamd(replace(settings, clamd="off")).level is Level.OK


def test_stopped_or_frozen_scanner_leaves_files_unscanned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.uploads.scanning.TIMEOUT_SECONDS", 0.5)
    with Clamd() as daemon:
        scanner = Scanner("required", daemon.socket, MB)
        assert scanner.scan(candidate(tmp_path, b"x")) is True
        daemon.freeze()
        with pytest.raises(ScanUnavailable):
            scanner.scan(candidate(tmp_path, b"x"))
        assert Scanner("optional", daemon.socket, MB).scan(candidate(tmp_path, b"x")) is False
        daemon.thaw()
        assert scanner.scan(candidate(tmp_path, b"x")) is True
        daemon.kill()
        with pytest.raises(ScanUnavailable):
            scanner.scan(candidate(tmp_path, b"x"))
        assert Scanner("off", daemon.socket, MB).scan(candidate(tmp_path, TEST_VIRUS)) is False


@pytest.fixture
def scanned(settings: Settings, clamav: Clamd) -> Iterator[tuple[Caller, Settings]]:
    """A server that takes nothing without clamd's OK."""
    strict = replace(settings, clamd="required", clamd_socket=clamav.socket)
    with serving(strict) as address, httpx.Client(base_url=address, timeout=60) as http:
        yield Caller(http), strict


def infected_picture() -> bytes:
    """A JPEG with the test virus in its comment, whole and decodable."""
    data = picture(kind="JPEG")
    comment = b"\xff\xfe" + (len(TEST_VIRUS) + 2).to_bytes(2, "big") + TEST_VIRUS
    return data[:2] + comment + data[2:]


def test_clean_upload_reports_scanned(scanned: tuple[Caller, Settings]) -> None:
    caller, _ = scanned
    assert caller.face(caller.session()).json()["scanned"] is True


def test_infected_upload_is_quarantined(scanned: tuple[Caller, Settings]) -> None:
    caller, settings = scanned
    known = as_operator(settings)
    session_id = caller.session()
    refused = problem(
        caller.face(session_id, infected_picture(), "me.jpg"), 422, "FILE_VALIDATION_FAILED"
    )
    assert refused["errors"][0]["layer"] == "scan"
    [held] = caller.http.get("/quarantine", headers=known).json()["files"]
    assert held["name"] == "me.jpg"
    assert held["session_id"] == name_of(session_id)
    assert held["errors"] == refused["errors"]
    # No address leads to it.
    for name in (held["id"], f"{held['id']}.quarantined", f"../quarantine/{held['id']}.json"):
        assert caller.http.get(f"/download/{session_id}/{name}").status_code == 404
        assert caller.http.get(f"/quarantine/{name}", headers=known).status_code in (404, 405)

    released = caller.http.post(f"/quarantine/{held['id']}/release", headers=known)
    assert released.status_code == 201, released.text
    filename = released.json()["filename"]
    kept = caller.http.get(f"/download/{session_id}/{filename}").content
    assert TEST_VIRUS not in kept
    assert released.json()["scanned"] is False
    assert caller.http.get("/quarantine", headers=known).json()["files"] == []
    assert list(settings.path("quarantine").iterdir()) == []


def test_unscanned_upload_is_quarantined_when_scanning_is_required(settings: Settings) -> None:
    strict = replace(settings, clamd="required", clamd_socket="/nonexistent/clamd.ctl")
    with serving(strict) as address, httpx.Client(base_url=address, timeout=60) as http:
        caller = Caller(http)
        session_id = caller.session()
        answer = caller.face(session_id)
        problem(answer, 503, "SCAN_UNAVAILABLE")
        assert answer.headers["retry-after"]
        assert caller.http.get(f"/outputs/{session_id}").json()["outputs"] == []
        http.headers.update(as_operator(strict))
        [held] = http.get("/quarantine").json()["files"]
        assert held["code"] == "SCAN_UNAVAILABLE"
        assert http.delete(f"/quarantine/{held['id']}").status_code == 204
        problem(http.delete(f"/quarantine/{held['id']}"), 404, "FILE_NOT_FOUND")
        assert list(strict.path("quarantine").iterdir()) == []


def test_uploads_do_not_wait_for_a_stopped_scanner(settings: Settings) -> None:
    lenient = replace(settings, clamd="optional", clamd_socket="/nonexistent/clamd.ctl")
    with serving(lenient) as address, httpx.Client(base_url=address, timeout=60) as http:
        caller = Caller(http)
        session_id = caller.session()
        for _ in range(FAILURES):
            assert caller.face(session_id).json()["scanned"] is False
        told = http.get("/health/services", headers=as_operator(lenient)).json()
        circuit = told["outside"]["clamd"]
        assert circuit["state"] == "open"
        assert circuit["retry_after"] > 0
        assert caller.face(session_id).json()["scanned"] is False


def test_only_operators_see_the_quarantine(settings: Settings) -> None:
    guarded = replace(settings, operator_token="a long word")
    with serving(guarded) as address, httpx.Client(base_url=address) as http:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "a long word"}):
            problem(http.get("/quarantine", headers=headers), 403, "OPERATORS_ONLY")
        right = {"Authorization": "Bearer a long word"}
        assert http.get("/quarantine", headers=right).json() == {"files": []}
