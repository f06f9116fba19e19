"""What `make mutants` plants can still be planted, and what it leaves out still exists."""

from __future__ import annotations

import pytest

from tests.mutants import Mutant, mutants
from tests.random_mutants import TESTS, changes, equivalents
from tests.trial import ROOT


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_known_bug_has_one_place_and_a_test(mutant: Mutant) -> None:
    assert mutant.changed() != (ROOT / mutant.file).read_text(encoding="utf-8")
    assert (ROOT / mutant.tests.split()[0]).exists()


def test_a_change_that_alters_nothing_is_one_that_can_be_made() -> None:
    files = {ROOT / change.partition(" ")[0] for change in equivalents()}
    possible = {change.name for file in files for change in changes(file)}
    assert set(equivalents()) <= possible


def test_every_file_that_is_changed_at_random_has_tests() -> None:
    for pattern, tests in TESTS.items():
        assert list(ROOT.glob(pattern)), pattern
        words = (word for word in tests.split() if word != "--doctest-modules")
        named = (word.removeprefix("--ignore=").partition("::")[0] for word in words)
        assert all((ROOT / name).exists() for name in named), tests
