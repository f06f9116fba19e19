"""What `make mutants` plants can still be planted, and what it leaves out still exists."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants import Mutant, mutants
from tests.random_mutants import TESTS, candidates, changes, equivalents
from tests.trial import ROOT


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_known_bug_has_one_place_and_a_test(mutant: Mutant) -> None:
    assert mutant.changed(ROOT) != (ROOT / mutant.file).read_text(encoding="utf-8")
    assert (ROOT / mutant.tests.split()[0]).exists()


def test_a_change_that_alters_nothing_is_one_that_can_be_made() -> None:
    files = {change.partition(" ")[0] for change in equivalents()}
    possible = {change.name for file in files for change in changes(ROOT, file)}
    assert set(equivalents()) <= possible


def test_every_file_that_is_changed_at_random_has_tests() -> None:
    for pattern, tests in TESTS.items():
        assert list(ROOT.glob(pattern)), pattern
        words = (word for word in " ".join(tests).split() if word != "--doctest-modules")
        named = (word.removeprefix("--ignore=").partition("::")[0] for word in words)
        assert all((ROOT / name).exists() for name in named), tests


def test_a_change_is_made_in_the_copy_and_in_one_place(tmp_path: Path) -> None:
    (tmp_path / "file.py").write_text("def first(a: int) -> bool:\n    return a < 3\n")
    made = {change.name: change.text(tmp_path) for change in changes(tmp_path, "file.py")}
    (tmp_path / "file.py").unlink()
    assert made == {
        "file.py first: return a < 3: a < 3 -> a <= 3": (
            "def first(a: int) -> bool:\n    return a <= 3"
        ),
        "file.py first: return a < 3: 3 -> 4": "def first(a: int) -> bool:\n    return a < 4",
    }


def test_cheap_tests_come_first_and_none_twice() -> None:
    for change, tests in candidates(ROOT, ["projection", "estimate"]):
        assert tests[0] == f"tests/{Path(change.file).with_name(f'test_{Path(change.file).name}')}"
        assert len(set(tests)) == len(tests)
