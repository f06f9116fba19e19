"""The known bugs of `tests/mutants.toml` can still be planted."""

from __future__ import annotations

import pytest

from tests.mutants import ROOT, Mutant, mutants


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_known_bug_has_one_place_and_a_test(mutant: Mutant) -> None:
    assert mutant.changed() != (ROOT / mutant.file).read_text(encoding="utf-8")
    assert (ROOT / mutant.tests.split()[0]).exists()
