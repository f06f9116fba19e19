"""Paces: what the next run will take, from what the last ones took."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

import pytest

from config.stages import STAGES
from tasks.domain.estimate import (
    SHORTEST_SECONDS,
    Estimate,
    Pace,
    Run,
    corrected,
    is_enough,
    learn,
    learn_pinned,
    prior,
    quantile,
)
from tasks.domain.offers import choose
from tasks.domain.planner import TYPICAL_SIZES, History, make_plan
from tests.tasks.domain.plans import lite_offers, offer, request, simple_plan


def runs(count: int, seed: int = 1) -> list[Run]:
    """Two seconds and three for each unit, off by a fifth either way."""
    chance = random.Random(seed)
    sizes = [chance.uniform(1, 20) for _ in range(count)]
    return [Run(size, (2 + 3 * size) * chance.lognormvariate(0, 0.2)) for size in sizes]


def test_ninety_percent_are_below_the_high_estimate_and_half_below_the_likely() -> None:
    told = runs(400)
    high = likely = low = 0
    for at in range(60, 400):
        expected = learn(told[at - 60 : at]).estimate(told[at].size)
        high += told[at].seconds <= expected.high
        likely += told[at].seconds <= expected.likely
        low += told[at].seconds < expected.low
    assert 0.85 <= high / 340 <= 0.95
    assert 0.42 <= likely / 340 <= 0.58
    assert 0.05 <= low / 340 <= 0.15


def test_outliers_do_not_bend_the_line() -> None:
    spoiled = [Run(r.size, r.seconds * (40 if n % 10 == 0 else 1)) for n, r in enumerate(runs(60))]
    assert learn(spoiled).estimate(10).likely == pytest.approx(32, rel=0.15)


@pytest.mark.parametrize(("setup", "per_size"), [(2.0, 3.0), (10.0, 0.5)])
def test_setup_and_pace_are_told_apart(setup: float, per_size: float) -> None:
    exact = [Run(size, setup + per_size * size) for size in (*range(1, 10), 40)]
    for size in (0.5, 5, 100):
        assert learn(exact).estimate(size).likely == pytest.approx(setup + per_size * size)


def test_work_whose_size_does_not_matter_takes_as_long_for_any_size() -> None:
    shrinking = [Run(size, 20 - size / 10) for size in range(1, 12)]
    assert learn(shrinking).estimate(1000).likely == pytest.approx(19.4, abs=0.1)


def test_work_without_a_size_takes_as_long_as_before() -> None:
    assert learn([Run(0, 4), Run(0, 6), Run(0, 5)]).estimate(0).likely == pytest.approx(5)


def test_one_run_gives_a_wide_range() -> None:
    expected = learn([Run(2, 10)]).estimate(4)
    assert expected.likely == pytest.approx(20)
    assert expected.low < 10
    assert expected.high >= 50


def test_without_runs_the_declared_duration_is_the_estimate() -> None:
    assert prior(30, 5).estimate(5).likely == pytest.approx(30)
    assert prior(30, 5).estimate(5).high == pytest.approx(75)
    assert prior(30, 5).estimate(10).likely == pytest.approx(51)


def test_a_fixed_duration_is_estimated_with_its_overhead() -> None:
    pace = learn_pinned([Run(0.3, 0.5), Run(0.3, 0.52), Run(0.3, 0.48)])
    assert pace.estimate(30).likely == pytest.approx(30.2, rel=0.01)


def test_longer_speech_and_larger_pictures_take_longer() -> None:
    offers = lite_offers()
    short = simple_plan(offers, script="A few words only.").by_name
    long = simple_plan(offers, script="A few words only, and then " + "some more " * 9).by_name
    large = simple_plan(offers, script="A few words only.", height=1080).by_name
    assert long["animate.0"].size > 2 * short["animate.0"].size
    assert large["animate.0"].size > 2 * short["animate.0"].size
    assert large["voice.0"].size == short["voice.0"].size


def test_each_device_has_its_own_pace() -> None:
    here, all_devices = prior(100, 1), prior(7, 1)
    history = History({("voice", "piper", "cpu"): here, ("voice", "piper", ""): all_devices})
    asked = request()
    engines = choose(lite_offers(), asked.options)
    voice = make_plan(asked, engines, history).by_name["voice.0"]
    assert voice.seconds == all_devices.estimate(voice.size).likely


@pytest.mark.parametrize("speed", [1.0, 0.5, 0.0])
def test_simulated_work_takes_what_its_stage_declares_times_its_speed(speed: float) -> None:
    engine = next(step.engine for step in simple_plan().steps if step.stage == "voice")
    history = History(simulation_speed=speed)
    size = history.size("voice", engine, 99.0)
    assert size == max(STAGES["voice"].seconds * speed, SHORTEST_SECONDS)
    assert history.estimate("voice", engine, size).likely == size


def test_one_small_job_does_not_make_large_ones_slow() -> None:
    """Its setup is not multiplied by the size of the next one."""
    declared = prior(6, 20)
    small = Run(0.5, 2.4)
    large = corrected(declared, [small]).estimate(20)
    assert large.likely < 10
    assert learn([small]).estimate(20).likely > 90  # as it was


def test_a_prior_shrinks_and_narrows_with_evidence() -> None:
    declared, truth = prior(10, 10), 3.0
    widths, offs = [], []
    for count in range(8):
        seen = [Run(10, 10 * truth * (1.1 if n % 2 else 0.9)) for n in range(count)]
        told = corrected(declared, seen).estimate(10)
        widths.append(told.high / told.low)
        offs.append(abs(told.likely - 30))
    assert widths == sorted(widths, reverse=True)
    assert offs[0] > offs[1] > offs[4]
    assert offs[4] < 3


@pytest.mark.parametrize(
    ("count", "share", "value"),
    [
        (19, 0.1, 1),
        (18, 0.1, 0),
        (3, 0.1, 0),
        (19, 0.5, 9),
        (4, 0.5, 1.5),
        (19, 0.9, 17),
        (3, 0.9, 2),
    ],
)
def test_a_quantile_is_the_run_of_its_rank(count: int, share: float, value: float) -> None:
    assert quantile(range(count), share) == value


SIZES = range(1, 10)
"""Just enough runs for a line of their own."""


@pytest.mark.parametrize(
    ("seconds", "setup", "per_size"),
    [
        ([2 + 3 * size for size in SIZES], 2.0, 3.0),
        ([0.5 + 0.25 * size for size in SIZES], 0.5, 0.25),
        ([2 + 3 * size for size in SIZES][:8], 0.0, 3.0 + 2 / 4.5),  # too few: through the origin
        ([0.5 * size - 0.25 for size in SIZES], 0.0, 0.45),  # a setup below zero is none
        ([5.0] * 9, 5.0, 0.0),
        ([20 - size / 8 for size in SIZES], 19.375, 0.0),
    ],
)
def test_enough_runs_have_a_line_of_their_own(
    seconds: list[float], setup: float, per_size: float
) -> None:
    pace = learn([Run(*one) for one in zip(SIZES, seconds, strict=False)])
    assert pace.setup == pytest.approx(setup)
    assert pace.per_size == pytest.approx(per_size, rel=0.01)


def test_runs_of_nearly_one_size_show_no_slope() -> None:
    alike = learn([Run(10 + size / 100, 20 + 9 * (size % 2)) for size in SIZES])
    assert alike.setup == 0.0
    assert alike.per_size == pytest.approx(2.9, rel=0.01)
    assert learn([Run(4, 8)] * 9) == Pace(0.0, 2.0, (1.0,) * 9)
    assert learn([Run(0, 6)] * 9) == Pace(6.0, 0.0, (1.0,) * 9)


def test_few_runs_are_ranked_among_guesses() -> None:
    one = learn([Run(2, 10)])
    assert one == Pace(0.0, 5.0, (0.4, 1.0, 1.0, 2.5))
    assert one.estimate(4) == Estimate(8.0, 20.0, 50.0)
    assert one.estimate(4).times(0.5) == Estimate(4.0, 10.0, 25.0)
    assert len(learn([Run(2, 10)] * 8).ratios) == 11
    assert [is_enough([Run(1, 1)] * count) for count in (8, 9)] == [False, True]
    assert learn([Run(1, 0)]).ratios == (0.4, 1.0, 1.0, 2.5)
    assert learn_pinned([Run(1, 3), Run(2, 4)]).setup == 2.0
    assert learn_pinned([Run(3, 1)]) == Pace(0.0, 1.0, (1 / 3, 0.4, 1.0, 2.5))


@pytest.mark.parametrize(
    ("factors", "scale", "reach"),
    [((1,), 1.0, 1.68576), ((2,), 1.79605, 1.68576), ((2, 1), 1.35888, 1.73278)],
)
def test_a_prior_is_corrected_by_logarithms(
    factors: tuple[int, ...], scale: float, reach: float
) -> None:
    """Computed by hand: of one run of the expected length the noise is 0.09, for example."""
    pace = corrected(prior(10, 10), [Run(10, 10 * factor) for factor in factors])
    assert pace.setup == pytest.approx(3 * scale, rel=1e-5)
    assert pace.per_size == pytest.approx(0.7 * scale, rel=1e-5)
    assert pace.ratios == pytest.approx((1 / reach, 1.0, reach), rel=1e-5)


def test_work_of_no_length_is_taken_for_the_shortest() -> None:
    assert corrected(Pace(0, 0), [Run(1, 0)]).ratios[2] == pytest.approx(1.68576, rel=1e-5)
    assert corrected(prior(5, 1), []) == prior(5, 1)
    assert Pace(0, 0, (1.0,)).estimate(9).likely == SHORTEST_SECONDS


@dataclass
class Machine:
    """A machine whose true paces differ from those declared, and whose load varies."""

    chance: random.Random
    factors: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)

    def seconds(self, stage: str, engine: str, declared: Pace, size: float) -> float:
        setup, slope = self.factors.setdefault(
            (stage, engine), (self.chance.uniform(0.3, 4), self.chance.uniform(0.4, 2.5))
        )
        line = declared.setup * setup + declared.per_size * slope * size
        return line * self.chance.lognormvariate(0, 0.15)


def back_test(seed: int, jobs: int) -> list[tuple[Estimate, float]]:
    """Pair what is estimated for each job before it runs with what it then takes."""
    chance = random.Random(seed)
    machine = Machine(chance)
    offers = [replace(o, seconds=chance.uniform(1, 8)) for o in lite_offers()]
    offers += [offer("voice", "kokoro", languages=("es",), seconds=7.0)]
    steps: dict[tuple[str, str, str], list[Run]] = {}
    ended: list[Run] = []
    told = []
    for _ in range(jobs):
        known = {key: learn(runs) for key, runs in steps.items() if is_enough(runs)}
        few = {key: runs for key, runs in steps.items() if not is_enough(runs)}
        sentence = "One two three four five six seven eight nine ten words. "
        asked = request(
            script=sentence * chance.randint(1, 8),
            height=chance.choice((240, 480, 720)),
            language=chance.choice(("en", "en", "es")),
        )
        engines = choose(offers, asked.options)
        plan = make_plan(asked, engines, History(known, few))
        job = learn(ended) if is_enough(ended) else corrected(Pace(0, 1), ended)
        expected = job.estimate(plan.estimated_seconds)
        load, ends = chance.lognormvariate(0, 0.2), {}
        for step in plan.steps:
            typical = TYPICAL_SIZES[step.stage] / (200 if step.size < 0.1 else 1)
            declared = prior(step.engine.seconds or 30, typical)
            took = load * machine.seconds(step.stage, step.engine.name, declared, step.size)
            steps.setdefault((step.stage, step.engine.name, ""), []).insert(0, Run(step.size, took))
            ends[step.name] = took + max((ends[name] for name in step.needs), default=0.0)
        ended.insert(0, Run(plan.estimated_seconds, max(ends.values()) + 1.5))
        told.append((expected, ended[0].seconds))
    return told


def test_four_of_five_jobs_end_within_the_range_that_was_told() -> None:
    """Of the first hundred jobs of a new server, with whatever processor it has."""
    covered = [
        low_high.low <= took <= low_high.high
        for seed in range(6)
        for low_high, took in back_test(seed, 100)
    ]
    assert 0.75 <= sum(covered) / len(covered) <= 0.9
    early = [back_test(seed, 4)[1:] for seed in range(6, 30)]
    inside = [e.low <= took <= e.high for told in early for e, took in told]
    assert 0.7 <= sum(inside) / len(inside) <= 0.95
