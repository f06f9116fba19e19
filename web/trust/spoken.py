"""Check what is said in the recording of a consent.

A worker with a recogniser transcribes it, and the words are compared with the statement. Where none
is there, only the verdict on the recording counts: whether it has speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from tasks.domain import spoken
from tasks.domain.artifact import Blob
from tasks.domain.examination import Crop, Verdict
from web.examinations import requests
from web.examinations.subjects import Subject
from web.examinations.verdicts import PENDING, UNAVAILABLE, Verdicts
from web.services import Services
from web.sessions.models import Upload
from web.trust.models import Consent

SPOKEN: Final = "spoken"
KIND: Final = "sentence"
RECOGNISED: Final = "recogniser"
SPEECH_ONLY: Final = "speech"
_PREFIX: Final = "consent"
_SAYS: Final = "The recording says the statement."
_SAYS_NOT: Final = (
    "The recording does not say the statement, so no job can use this consent. Record it again, or "
    "show the consent as a signed document."
)
_UNCHECKED: Final = (
    "What is said is not checked, because no worker has a recogniser. The consent can be used: "
    "listen to the recording yourself first, or show the consent as a signed document."
)


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


def is_checkable(services: Services, rows: Iterable[Consent]) -> bool:
    """Return whether a worker can check those of the recordings that wait for it."""
    if all(row.verdict_state != PENDING for row in rows):
        return True
    return requests.is_possible(services, KIND)


def report(row: Consent, *, checkable: bool) -> dict[str, Any] | None:
    """Describe the check; None for a consent without a recording.

    If it is not checkable now, it is unavailable, and checked if a worker with a recogniser comes.
    """
    if row.shown != SPOKEN:
        return None
    verdict = None if row.verdict is None else Verdict.from_dict(row.verdict)
    heard = None if verdict is None else verdict.heard
    how = None if verdict is None else (SPEECH_ONLY if heard is None else RECOGNISED)
    state = row.verdict_state or UNAVAILABLE
    state = UNAVAILABLE if state == PENDING and not checkable else state
    return {
        "state": state,
        "how": how,
        "matches": matches(row),
        "message": _message(state, how, matches(row)),
        "heard": heard,
        "likeness": None if heard is None else spoken.likeness(row.statement, heard),
        "language": verdict.sound.language if verdict is not None and verdict.sound else "",
    }


def _message(state: str, how: str | None, matches: bool | None) -> str:
    """Say what was found, and what follows from it."""
    if matches is not None:
        return _SAYS if matches else _SAYS_NOT
    if state == PENDING:
        return "The recording is being checked. The consent can be used meanwhile."
    speech = "Someone speaks in the recording. " if how == SPEECH_ONLY else ""
    return f"{speech}{_UNCHECKED}"
