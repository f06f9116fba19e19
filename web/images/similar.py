"""Find near-duplicates of a picture by its difference hash, without reading all others.

Two hashes of 64 bits are similar if at most `MOST_BITS` differ. Of four bands of 16 bits, then at
least one differs in at most one bit (7 bits over four bands), so an index on each band finds every
candidate with 17 values.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from web.images.models import BANDS, LibraryItem

MOST_BITS: Final = 2 * BANDS - 1
_WIDTH: Final = 16
_COLUMNS: Final = tuple(getattr(LibraryItem, f"band_{number}") for number in range(BANDS))


def bands(bits: int) -> tuple[int, ...]:
    """Cut a hash into bands.

    >>> bands(0x0001_0000_ffff_0002)
    (2, 65535, 0, 1)
    """
    return tuple(bits >> (_WIDTH * number) & (1 << _WIDTH) - 1 for number in range(BANDS))


def ids(db: Session, picture: LibraryItem) -> list[str]:
    """List the owner's pictures that look like this one, without itself."""
    mine = [band for band in picture.bands if band is not None]
    if len(mine) < BANDS:
        return []
    # One query for each band: each is answered by its own index.
    queries = (
        select(LibraryItem.id, *_COLUMNS).where(
            LibraryItem.owner == picture.owner, column.in_(list(_near(band)))
        )
        for column, band in zip(_COLUMNS, mine, strict=True)
    )
    return [
        found
        for found, *others in db.execute(union(*queries))
        if found != picture.id and _distance(mine, others) <= MOST_BITS
    ]


def _near(band: int) -> Iterator[int]:
    """Yield the values that differ from a band in at most one bit."""
    yield band
    yield from (band ^ (1 << place) for place in range(_WIDTH))


def _distance(mine: list[int], others: list[int]) -> int:
    return sum((one ^ other).bit_count() for one, other in zip(mine, others, strict=True))
