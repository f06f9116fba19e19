"""Paces: what the next run will take, from what the last ones took."""

from __future__ import annotations

import random

import pytest

from config.stages import STAGES
from tasks.domain.estimate import SHORTEST_SECONDS, Run, guess, learn, learn_pinned
from tasks.domain.offers import choose
from tasks.domain.planner import History, make_plan
from tests.tasks.domain.plans import lite_offers, request, simple_plan


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
    assert guess(30, 5).estimate(5).likely == pytest.approx(30 * 1.45)
    assert guess(30, 0).estimate(0).high == pytest.approx(75)


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
    here, all_devices = guess(100, 1), guess(7, 1)
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
