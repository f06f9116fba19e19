"""Check what is said in the recording of a consent.

A worker with a recogniser transcribes it, and the words are compared with the statement. Where none
is there, only the verdict on the recording counts: whether it has speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from tasks.domain import spoken
from tasks.domain.artifact import Blob
from tasks.domain.examination import Crop, Verdict
from web.examinations.subjects import Subject
from web.examinations.verdicts import PENDING, UNAVAILABLE, Verdicts
from web.sessions.models import Upload
from web.trust.models import Consent

SPOKEN: Final = "spoken"
KIND: Final = "sentence"
RECOGNISED: Final = "recogniser"
SPEECH_ONLY: Final = "speech"
_PREFIX: Final = "consent"


def _subject(row: Consent) -> Subject:
    blob = Blob(row.evidence_sha256 or "", row.evidence_bytes, row.evidence_type)
    return Subject(f"{_PREFIX}:{row.id}", KIND, "", blob)


def _no_crops(_: Consent, __: Sequence[Crop]) -> list[object]:
    return []


of_consents = Verdicts(_PREFIX, Consent, _subject, _no_crops)
of_consents.declare()


def begin(row: Consent, recording: Upload) -> None:
    """Let a recording be checked; until then, the verdict on the upload counts."""
    row.verdict_state = PENDING
    row.verdict = recording.verdict


def matches(row: Consent) -> bool | None:
    """Return whether the recording says the statement; None if that is not known."""
    if row.shown != SPOKEN or row.verdict is None:
        return None
    verdict = Verdict.from_dict(row.verdict)
    if verdict.code:
        return False
    return None if verdict.heard is None else spoken.says(row.statement, verdict.heard)


def report(row: Consent) -> dict[str, Any] | None:
    """Describe the check; None for a consent without a recording."""
    if row.shown != SPOKEN:
        return None
    verdict = None if row.verdict is None else Verdict.from_dict(row.verdict)
    heard = None if verdict is None else verdict.heard
    how = None if verdict is None else (SPEECH_ONLY if heard is None else RECOGNISED)
    return {
        "state": row.verdict_state or UNAVAILABLE,
        "how": how,
        "matches": matches(row),
        "heard": heard,
        "likeness": None if heard is None else spoken.likeness(row.statement, heard),
        "language": verdict.sound.language if verdict is not None and verdict.sound else "",
    }
