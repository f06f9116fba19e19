"""Which fault strikes whom: every one of them at every stage, in any order, again and again."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

from config.stages import STAGES
from tasks.messaging.stage_call import StageCall
from tests.faults.estate import AtWork, Estate
from tests.faults.strikes import OF_A_SERVER, STRIKES, Strike
from tests.services.waiting import until

CATCH_SECONDS = 120
"""Seconds within which a worker reaches a stage whose fault is due; otherwise nothing moves."""
PAUSE = 1.0, 3.0

Cell = tuple[Strike, str]


@dataclass(frozen=True)
class Struck:
    """A fault that hit a stage at work."""

    fault: str
    call: StageCall
    at: float
    """By the wall clock, as event ids are."""


@dataclass
class Cells:
    """Faults by stages, with how often each pair was hit."""

    place: Estate
    struck: list[Struck] = field(default_factory=list)
    hit: Counter[Cell] = field(default_factory=Counter)
    _owed: list[Cell] = field(default_factory=list)

    def strike_while(self, more: Callable[[], bool]) -> None:
        while more():
            (strike, stage), victim = until(self._chance, "a stage at work", CATCH_SECONDS)
            self.struck.append(Struck(strike.__name__, victim.call, time.time()))
            strike(self.place, victim)
            self.hit[strike, stage] += 1
            self._owed.remove((strike, stage))
            time.sleep(random.uniform(*PAUSE))

    @property
    def every(self) -> list[Cell]:
        """Return all pairs that this system can have."""
        is_server = self.place.postgres is not None
        possible = [one for one in STRIKES if is_server or one not in OF_A_SERVER]
        return list(product(possible, STAGES))

    @property
    def empty(self) -> list[str]:
        return [
            f"{strike.__name__} x {stage}"
            for strike, stage in self.every
            if not self.hit[strike, stage]
        ]

    def _chance(self) -> tuple[Cell, AtWork] | None:
        """The first pair that this round owes and that can be hit now."""
        if not self._owed:
            self._owed = self.every
            random.shuffle(self._owed)
        working = {one.call.stage: one for one in self.place.at_work()}
        return next(((cell, working[cell[1]]) for cell in self._owed if cell[1] in working), None)
