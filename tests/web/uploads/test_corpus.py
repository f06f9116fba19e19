"""The hostile corpus before the whole examination: nothing is accepted, nothing stalls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.domain.errors import FileValidationFailed
from tests.cost import spent
from tests.services.clamav import Clamd
from tests.web.samples import encoded, picture, recording
from tests.web.uploads.corpus import Hostile, corpus
from web.uploads.candidate import Candidate
from web.uploads.scanning import Scanner
from web.uploads.validation import Validator

MB = 1024**2
LIMITS = {"face": 2 * MB, "voice": 8 * MB}
CORPUS = corpus()
SLOWEST_SECONDS = 4
"""Of CPU, ours and that of the processes that read the file: no load of the machine adds to it."""

Cuts = list[tuple[float, bytes, int]]
"""Where in a file, what instead, of how many bytes."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examined")


@pytest.fixture(scope="module")
def validator(clamav: Clamd, place: Path) -> Iterator[Validator]:
    scanner = Scanner("required", clamav.socket, 8 * MB)
    yield Validator(scanner, place / "temp")
    assert list((place / "temp").iterdir()) == []  # nothing is left of any of them


def sent(place: Path, hostile: Hostile) -> Candidate:
    path = place / "sent"
    path.write_bytes(hostile.data)
    return Candidate(hostile.kind, path, hostile.name, LIMITS[hostile.kind])


def test_corpus_has_enough_files() -> None:
    assert len({(h.kind, h.name, h.data) for h in CORPUS}) >= 120


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda h: f"{h.title}-{h.name[:20]!a}")
def test_hostile_file_is_refused_by_the_expected_layer(
    validator: Validator, place: Path, hostile: Hostile
) -> None:
    candidate = sent(place, hostile)  # files are made when they are first asked for
    began = spent()
    with pytest.raises(FileValidationFailed) as refused, validator.clean(candidate):
        pass
    assert spent() - began < SLOWEST_SECONDS
    [error] = refused.value.details["errors"]
    assert (error["layer"], error["code"]) == (hostile.layer, hostile.code)
    assert error["message"].endswith(".")
    assert str(place) not in error["message"]


def test_valid_files_are_accepted(validator: Validator, place: Path) -> None:
    good = {
        "me.png": picture(),
        "me.jpg": picture(kind="JPEG"),
        "Grüße 你好.webp": picture(kind="WEBP"),
        "me.wav": recording(),
        "me.mp3": encoded("mp3"),
        "my.voice.flac": encoded("flac"),
        "me.ogg": encoded("ogg"),
        "me.m4a": encoded("m4a"),
    }
    for name, data in good.items():
        face = name.endswith(("png", "jpg", "webp"))
        kind, wrong = ("face", "voice") if face else ("voice", "face")
        with validator.clean(sent(place, Hostile(name, kind, name, data, "", ""))) as clean:
            assert clean.path.stat().st_size > 0
        mistaken = sent(place, Hostile(name, wrong, name, data, "", ""))
        with pytest.raises(FileValidationFailed), validator.clean(mistaken):
            pass


_SEEDS: dict[str, Callable[[], bytes]] = {
    "me.png": lambda: picture(256, 256),
    "me.jpg": lambda: picture(256, 256, "JPEG"),
    "me.webp": lambda: picture(256, 256, "WEBP"),
    "me.wav": lambda: recording(0.4),
    "me.flac": lambda: encoded("flac"),
    "me.ogg": lambda: encoded("ogg"),
    "me.mp3": lambda: encoded("mp3"),
    "me.m4a": lambda: encoded("m4a"),
}


@cache
def seed(name: str) -> bytes:
    return _SEEDS[name]()


_MANGLED: dict[str, Any] = {
    "name": st.sampled_from(sorted(_SEEDS)),
    "cuts": st.lists(
        st.tuples(st.floats(0, 1), st.binary(max_size=12), st.integers(0, 64)), max_size=6
    ),
}
_EFFORT: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
}


@given(**_MANGLED)
@settings(max_examples=40, derandomize=True, **_EFFORT)
def test_mutated_files_are_accepted_or_refused(
    validator: Validator, place: Path, name: str, cuts: Cuts
) -> None:
    taken_or_refused(validator, place, name, cuts)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@given(**_MANGLED)
@settings(max_examples=1000, print_blob=True, **_EFFORT)
def test_a_thousand_mutated_files_are_accepted_or_refused(
    validator: Validator, place: Path, name: str, cuts: Cuts
) -> None:
    taken_or_refused(validator, place, name, cuts)


def taken_or_refused(validator: Validator, place: Path, name: str, cuts: Cuts) -> None:
    """Good files with pieces replaced, inserted and left out: no third thing ever happens."""
    data = seed(name)
    for where, new, gone in cuts:
        at = int(where * len(data))
        data = data[:at] + new + data[at + gone :]
    kind = "face" if name.endswith(("png", "jpg", "webp")) else "voice"
    hostile = Hostile("fuzz", kind, name, data, "", "")  # type: ignore[arg-type]
    began = spent()
    try:
        with validator.clean(sent(place, hostile)) as clean:
            assert clean.path.stat().st_size > 0
    except FileValidationFailed:
        pass
    assert spent() - began < SLOWEST_SECONDS
