"""Examination under pressure: a busy machine is no fault of a file, nor one sender all there is."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import PIL.Image
import pytest

from tasks.domain.errors import FileValidationFailed, NotReady
from tests.services.binaries import require
from tests.web.caller import Caller, problem
from tests.web.samples import encoded, picture, recording
from web.uploads import confinement, content_type, picture_child, quarantine
from web.uploads.candidate import Candidate, Kind, refusal
from web.uploads.confinement import Benches, Limits, confined
from web.uploads.layers import picture_stream, sound_stream
from web.uploads.quarantine import Quarantine
from web.uploads.scanning import Scanner
from web.uploads.validation import Validator

MB = 1024**2
SPIN = "while True: pass"
SLEEP = "import time; time.sleep(60)"
KILLED = "import os; os.kill(os.getpid(), 9)"


def python(program: str) -> list[str]:
    return [sys.executable, "-I", "-c", program]


@pytest.mark.parametrize("program", [SLEEP, KILLED])
def test_lack_of_processor_or_memory_asks_for_a_retry(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confinement, "GRACE_SECONDS", 0.5)
    with pytest.raises(NotReady) as busy:
        confined(python(program), Limits(seconds=2), tmp_path)
    assert busy.value.retryable
    assert busy.value.details["retry_after"] > 0


def test_file_that_uses_up_processor_time_is_refused(tmp_path: Path) -> None:
    assert confined(python(SPIN), Limits(seconds=1), tmp_path).exhausted
    ending = confined(python("import sys; sys.exit(7)"), Limits(seconds=1), tmp_path)
    assert (ending.code, ending.exhausted) == (7, False)


def test_valid_files_are_not_quarantined_on_a_busy_machine(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    session_id = caller.session()
    with monkeypatch.context() as slow:
        slow.setattr(confinement, "GRACE_SECONDS", -89.95)  # nothing is done by then
        for answer in (caller.face(session_id), caller.voice(session_id)):
            problem(answer, 503, "NOT_READY")
            assert answer.headers["retry-after"] == str(confinement.RETRY_SECONDS)
    assert caller.face(session_id).status_code == 201
    assert caller.voice(session_id).status_code == 201


def test_full_disk_does_not_refuse_a_picture(tmp_path: Path) -> None:
    source = tmp_path / "me.png"
    source.write_bytes(picture())
    status = picture_child.main(str(source), "/dev/full", str(tmp_path / "preview.jpg"))
    assert picture_child.STATUSES[status] == "NO_SPACE"


def test_one_sender_cannot_take_all_slots() -> None:
    benches = Benches(3)
    with benches.bench("a"), benches.bench("a"):
        with pytest.raises(NotReady), benches.bench("a", 0.01):
            pass
        with benches.bench("b"), pytest.raises(NotReady), benches.bench("c", 0.01):
            pass
    with benches.bench("a", 0.01):
        pass


def put_aside(held: Quarantine, place: Path, sender: str, name: str) -> None:
    path = place / "sent"
    path.write_bytes(b"junk")
    candidate = Candidate("face", path, name, MB, sender)
    held.add(candidate, "0" * 32, refusal("scan", "VIRUS_FOUND", "No.", security=True))


def test_junk_of_one_sender_does_not_displace_files_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_FILES", 8)
    held = Quarantine(tmp_path / "quarantine")
    put_aside(held, tmp_path, "a", "evidence")
    for number in range(10):
        put_aside(held, tmp_path, "b", f"junk {number}")
    # A fourth of the room is all that one sender gets; its own oldest went.
    assert [record.name for record in held.records()] == ["evidence", "junk 8", "junk 9"]
    for sender in "cdefg":
        put_aside(held, tmp_path, sender, sender)
    assert len(held.records()) == 8
    put_aside(held, tmp_path, "h", "h")
    names = [record.name for record in held.records()]
    assert names == ["evidence", "junk 9", *"cdefgh"]
    assert len(list((tmp_path / "quarantine").iterdir())) == 16


def test_quarantine_is_limited_by_bytes_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "MOST_BYTES", 32)
    held = Quarantine(tmp_path / "quarantine")
    for number in range(4):
        put_aside(held, tmp_path, "b", str(number))
    assert [record.name for record in held.records()] == ["2", "3"]


def test_server_process_never_decodes_pictures(tmp_path: Path) -> None:
    program = (
        "import sys, web.wsgi, web.uploads.pictures\n"
        "found = [name for name in sys.modules if name.split('.')[0] == 'PIL']\n"
        "sys.exit(str(found) if found else 0)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parents[3])


def test_server_process_leaves_content_to_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the server's process parsed an upload in C")

    magic = content_type.module()
    for name in ("magic_open", "magic_load", "magic_file", "magic_buffer", "magic_descriptor"):
        monkeypatch.setattr(magic, name, refuse)
    for name in ("decompress", "decompressobj"):
        monkeypatch.setattr(zlib, name, refuse)
    monkeypatch.setattr(PIL.Image, "open", refuse)
    text = zlib.compress(b"a" * 100)
    crc = zlib.crc32(b"zTXta\0\0" + text).to_bytes(4, "big")
    chunk = (len(text) + 3).to_bytes(4, "big") + b"zTXta\0\0" + text + crc
    whole = picture()
    accepted = {"me.png": whole[:33] + chunk + whole[33:], "me.wav": recording()}
    for name, data in accepted.items():
        assert _refused_as(tmp_path, name, data) is None
    assert _refused_as(tmp_path, "me.png", recording()) == "CONTENT_MISMATCH"
    assert _refused_as(tmp_path, "me.wav", whole) == "CONTENT_MISMATCH"


def _refused_as(place: Path, name: str, data: bytes) -> str | None:
    path = place / name
    path.write_bytes(data)
    validator = Validator(Scanner("off", "", MB), place / "temp")
    kind: Kind = "face" if name.endswith("png") else "voice"
    try:
        with validator.clean(Candidate(kind, path, name, MB)):
            return None
    except FileValidationFailed as refused:
        return str(refused.details["errors"][0]["code"])


def test_a_crash_of_libmagic_refuses_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crashing = tmp_path / "libmagic.so"
    source = (
        "int magic_open(int f) { return 1; } int magic_load(void *c, char *d) { return 0; }"
        "char *magic_file(void *c, char *p) { return *(char **)8; }"
    )
    compiled = ["cc", "-shared", "-fPIC", "-w", "-x", "c", "-", "-o", str(crashing)]
    subprocess.run([require("cc", "gcc"), *compiled[1:]], input=source.encode(), check=True)
    monkeypatch.setattr(content_type, "library", lambda: (str(crashing), ""))
    assert _refused_as(tmp_path, "me.png", picture()) == "UNDECODABLE"
    monkeypatch.setattr(content_type, "library", lambda: (str(tmp_path / "none.so"), ""))
    with pytest.raises(NotReady):
        _refused_as(tmp_path, "me.png", picture())


@pytest.mark.parametrize("name", ["me.png", "me.jpg", "me.webp"])
def test_pictures_cut_anywhere_pass_or_are_refused_by_their_stream(
    tmp_path: Path, name: str
) -> None:
    kinds = {"me.png": "PNG", "me.jpg": "JPEG", "me.webp": "WEBP"}
    whole = picture(kind=kinds[name])
    path = tmp_path / name
    for length in (*range(0, 200, 7), len(whole) - 3, len(whole)):
        path.write_bytes(whole[:length])
        picture_stream.check_picture_stream(Candidate("face", path, name, MB))


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "ogg", "m4a"])
def test_recordings_cut_anywhere_pass_or_are_refused_by_their_stream(
    tmp_path: Path, extension: str
) -> None:
    whole = recording() if extension == "wav" else encoded(extension)
    path = tmp_path / "me"
    for length in (*range(0, 400, 7), len(whole) - 3, len(whole)):
        path.write_bytes(whole[:length])
        candidate = Candidate("voice", path, f"me.{extension}", MB)
        try:
            sound_stream.check_sound_stream(candidate)
        except FileValidationFailed:
            assert length < len(whole)
