"""Say whether a file is a video of this installation; never whose."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from web.db.engine import reading
from web.fingerprints.examiner import examine
from web.services import Services
from web.trust import registry
from web.trust.models import KnownVideo
from web.trust.registry import Match

OURS: Final = "ours"
ALTERED: Final = "altered"
SIMILAR: Final = "similar"
SIGNED: Final = "signed"
UNKNOWN: Final = "unknown"
VERDICTS: Final = (OURS, ALTERED, SIMILAR, SIGNED, UNKNOWN)

_SENTENCES: Final = {
    OURS: "This installation made the file, and it is unchanged.",
    ALTERED: "This installation made the video; the file was changed afterwards.",
    SIMILAR: "Its picture or its sound is like that of a video of this installation, but not both.",
    SIGNED: "This installation does not know the file. It carries a signed statement of origin.",
    UNKNOWN: "This installation does not know the file, and nothing in it states its origin.",
}
_CHUNK: Final = 1024**2


def verify(services: Services, path: Path, sender: str = "") -> dict[str, Any]:
    """Examine a file and compare it with the registry."""
    digest = digest_of(path)
    examined = examine(services.settings, path, sender)
    with reading() as db:
        exact = registry.by_digest(db, digest)
        matches = [] if exact is not None else registry.search(db, examined.fingerprint)
    return _report(digest, exact, matches, examined.statement)


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def _report(
    digest: str, exact: KnownVideo | None, matches: list[Match], statement: dict[str, Any]
) -> dict[str, Any]:
    best = next(iter(matches), None)
    verdict = _verdict(exact, best, statement)
    known = exact or (best.video if best is not None and verdict == ALTERED else None)
    return {
        "verdict": verdict,
        "message": _SENTENCES[verdict],
        "sha256": digest,
        "made_at": known.made_at if known else None,
        "engines": known.engines if known else statement.get("engines", []),
        "signed_with": known.signed_by if known else None,
        "match": _likeness(exact, best) if verdict in (OURS, ALTERED, SIMILAR) else None,
        "statement": statement,
    }


def _verdict(exact: KnownVideo | None, best: Match | None, statement: dict[str, Any]) -> str:
    if exact is not None:
        return OURS
    if best is not None and best.likeness.is_same:
        return ALTERED
    if best is not None and (best.likeness.has_same_picture or best.likeness.has_same_sound):
        return SIMILAR
    return SIGNED if statement.get("signed") else UNKNOWN


def _likeness(exact: KnownVideo | None, best: Match | None) -> dict[str, float | None]:
    if exact is not None or best is None:
        return {"picture": 1.0, "sound": 1.0}
    return {"picture": best.likeness.picture, "sound": best.likeness.sound}
