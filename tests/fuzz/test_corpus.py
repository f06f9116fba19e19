"""Every input that was ever interesting is read again, as the fuzzer reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz import targets

CORPUS = Path(__file__).parent / "corpus"
LARGEST = 16 * 1024


def test_every_target_has_a_corpus() -> None:
    assert {folder.name for folder in CORPUS.iterdir()} == set(targets.NAMES)


@pytest.mark.parametrize("name", targets.NAMES)
def test_no_input_crashes_or_hangs(name: str) -> None:
    check = targets.load(name)
    check(b"")  # imports, and whatever else happens once
    for path in sorted((CORPUS / name).iterdir()):
        data = path.read_bytes()
        assert len(data) <= LARGEST, f"{path.name} is too large for the repository"
        check(data)


def test_a_crash_and_a_hang_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The replay fails if the code under test does."""
    monkeypatch.setattr(targets, "MOST_SECONDS", 0.0)
    with pytest.raises(targets.Hang):
        targets.load("splitter")(b"\x01Hello.")
    monkeypatch.setattr("tests.fuzz.targets.splitter.split", lambda _text: ())
    with pytest.raises(AssertionError):
        targets.load("splitter")(b"\x01Hello.")
