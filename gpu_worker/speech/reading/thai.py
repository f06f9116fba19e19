"""Thai dates, amounts and measures. No spaces stand between words, so numbers touch letters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gpu_worker.speech.reading.rule import Rule

MONTHS: Final = (
    *("มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม"),
    *("สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม"),
)
_SHORT: Final = (
    *("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย."),
    *("ต.ค.", "พ.ย.", "ธ.ค."),
)
_MONTHS: Final = {name: name for name in MONTHS} | dict(zip(_SHORT, MONTHS, strict=True))


def dates() -> Iterator[Rule]:
    """Return the rules of dates whose month is written, in full or short."""
    names = "|".join(map(re.escape, sorted(_MONTHS, key=len, reverse=True)))
    yield (
        re.compile(rf"(?<![\d.,/])(\d{{1,2}})\s?({names})(?:\s?(\d{{4}})(?!\d))?"),
        lambda m: date(int(m[1]), _MONTHS[m[2]], int(m[3]) if m[3] else None),
    )


def date(day: int, month: str, year: int | None) -> str:
    said = f"{_number(day)} {month}"
    return f"{said} {_number(year)}" if year else said


def time(hours: int, minutes: int) -> str:
    said = f"{_number(hours)}นาฬิกา"
    return f"{said}{_number(minutes)}นาที" if minutes else said


def _number(value: int) -> str:
    from num2words import num2words

    return str(num2words(value, lang="th"))


def without_word_edges(rule: Rule) -> Rule:
    """Return a rule for which Thai letters do not belong to words: "ราคา500บาท"."""
    pattern, reading = rule
    return re.compile(pattern.pattern, pattern.flags & ~re.UNICODE | re.ASCII), reading
