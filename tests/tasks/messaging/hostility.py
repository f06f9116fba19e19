"""Input of an attacker who wants a process to end."""

from __future__ import annotations

import json
import random
from typing import Any

from hypothesis import strategies as st

from tasks.domain.events import Event, EventType

ODD_TEXTS = (
    *("", "\0", "\ud800", "\udfff\ud800", "\u202e", "x" * 3000, "callsheet:", "../../etc", "1e999"),
    *("NaN", "-Infinity", "{}", "[]", "null", "true", "'; DROP TABLE job; --", "a.b.c.d", "0-0"),
)
ODD_NUMBERS = (0, -1, 1, 2**31, 2**63, -(2**63), 10**400, 1e308, -0.0, float("nan"), float("inf"))
NAMES = tuple(Event(EventType.PROGRESS_UPDATE, "s").to_dict())
DETAILS = (
    *("attempt", "revision", "worker", "artifact", "facts", "found", "seconds", "error_code"),
    *("user_message", "retryable", "retry_after", "engine", "device", "stage_percent", "round"),
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from((*ODD_TEXTS, *ODD_NUMBERS))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
"""Whatever JSON can say, and a little more."""


def dumps(value: Any) -> str:
    return json.dumps(value, default=repr)


texts = st.text() | st.binary() | values.map(dumps)


def details(plausible: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """What an event should tell, with some of it missing or wrong."""
    wrong = st.dictionaries(st.sampled_from(DETAILS), values, max_size=4)
    missing = st.sets(st.sampled_from(DETAILS), max_size=3)
    return st.builds(
        lambda w, gone: {k: v for k, v in (plausible | w).items() if k not in gone}, wrong, missing
    )


def events() -> st.SearchStrategy[Any]:
    """Objects that look like events, more or less."""
    plausible = Event(EventType.STAGE_COMPLETED, "room", "job", "script").to_dict()
    wrong = st.dictionaries(st.sampled_from(NAMES), values, max_size=3)
    kinds = st.sampled_from([*(kind.value for kind in EventType), "no such", "", 5])
    return st.builds(lambda w, kind: plausible | {"event_type": kind} | w, wrong, kinds) | values


class Mutator:
    """The same, quickly: for hundred thousands of them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def value(self, depth: int = 3) -> Any:
        pick = self._random.random()
        if depth and pick < 0.15:
            return [self.value(depth - 1) for _ in range(self._random.randrange(4))]
        if depth and pick < 0.3:
            return {self.text(): self.value(depth - 1) for _ in range(self._random.randrange(4))}
        if pick < 0.6:
            return self._random.choice(ODD_NUMBERS)
        return self._random.choice((None, True, False, self.text(), self.text()))

    def text(self) -> str:
        return self._random.choice((*ODD_TEXTS, "".join(self._random.choices('aé{[\0"\n', k=5))))

    def event(self, session_id: str, job_id: str) -> dict[str, Any]:
        """An event of this job with some fields wrong."""
        kind = self._random.choice(list(EventType))
        good = {"attempt": 1, "revision": 0, "worker": "w", "found": False, "seconds": 1.0}
        good |= {"facts": {}, "artifact": "a" * 64, "error_code": "X", "user_message": "No."}
        good |= {"retryable": False}
        event = Event(kind, session_id, job_id, "script", None, "", good).to_dict()
        for _ in range(self._random.randrange(4)):
            where = event if self._random.random() < 0.4 else event["details"]
            if isinstance(where, dict):
                names = NAMES if where is event else DETAILS
                where[self._random.choice(names)] = self.value()
        return event

    def bytes(self, text: str) -> bytes:
        """The text, cut, doubled or spoilt now and then."""
        data = text.encode("utf-8", "surrogatepass")
        pick = self._random.random()
        if pick < 0.1:
            return data[: self._random.randrange(len(data) + 1)]
        if pick < 0.15 and data:
            spoilt = bytearray(data)
            spoilt[self._random.randrange(len(spoilt))] = self._random.randrange(256)
            return bytes(spoilt)
        return data
