"""Facts of a sample: shots follow each other, and every number has its limits."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tasks.domain.sample_facts import SampleFacts, Shot, Technical
from tasks.domain.typed_document import InvalidDocument

FACTS = SampleFacts(
    Technical(1080, 1920, 3600.0, 30.0, codec="c" * 60),
    (Shot(0.0, 0.5, "start"), Shot(0.5, 3600.0)),
)


def test_facts_at_their_limits_are_the_same_after_the_wire() -> None:
    assert SampleFacts.from_json(FACTS.to_json()) == FACTS
    assert FACTS.to_json().startswith('{"degraded":')
    assert [shot.seconds for shot in FACTS.shots] == [0.5, 3599.5]


@pytest.mark.parametrize(
    ("technical", "path"),
    [({"seconds": 3600.5}, "technical.seconds"), ({"codec": "c" * 61}, "technical.codec")],
)
def test_facts_beyond_a_limit_are_refused(technical: dict[str, object], path: str) -> None:
    raw = FACTS.to_dict()
    raw["technical"] |= technical
    with pytest.raises(InvalidDocument) as refused:
        SampleFacts.from_dict(raw)
    assert [problem.path for problem in refused.value.problems] == [path]


@pytest.mark.parametrize(
    ("second", "follows"),
    [
        (Shot(0.5, 1.0), True),
        (Shot(0.499, 1.0), True),  # by rounding
        (Shot(0.498, 1.0), False),
        (Shot(0.6, 1.0), True),
        (Shot(0.5, 0.5), False),
        (Shot(0.7, 0.6), False),
    ],
)
def test_a_shot_follows_the_one_before_it(second: Shot, follows: bool) -> None:
    raw = replace(FACTS, shots=(FACTS.shots[0], second)).to_dict()
    if follows:
        assert SampleFacts.from_dict(raw).shots[1] == second
        return
    with pytest.raises(InvalidDocument) as refused:
        SampleFacts.from_dict(raw)
    assert [problem.path for problem in refused.value.problems] == ["shots[1]"]
