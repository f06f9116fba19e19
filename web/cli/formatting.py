"""Format counts, durations and sizes for display."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """
    >>> counted(1, "job"), counted(0, "job"), counted(12_500, "job")
    ('1 job', '0 jobs', '12,500 jobs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """
    >>> duration(0.25), duration(42), duration(90), duration(5400)
    ('0.25 s', '42.00 s', '1.5 min', '1.5 h')
    """
    if seconds < 60:
        return f"{seconds:.2f} s"
    return f"{seconds / 60:.1f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def size(amount: float) -> str:
    """
    >>> size(512), size(3_400_000), size(2.5e9)
    ('0.5 kB', '3.4 MB', '2.5 GB')
    """
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if amount >= unit:
            return f"{amount / unit:.1f} {name}"
    return f"{amount / 1e3:.1f} kB"
