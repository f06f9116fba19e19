"""Format counts, durations, sizes and tables for display."""

from __future__ import annotations

from collections.abc import Collection

from rich.table import Table


def plain_table(
    *names: str, right: Collection[str] = (), fold: Collection[str] = (), wrap: bool = True
) -> Table:
    """Create a table without lines, so that eight columns fit into eighty characters.

    Columns in `right` are aligned right; those in `fold` may break within a word.
    """
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in names:
        table.add_column(
            name,
            justify="right" if name in right else "left",
            overflow="fold" if name in fold else "ellipsis",
            no_wrap=not wrap and name not in fold,
        )
    return table


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
