"""Consents: records of what a person agreed to, with an owner, until they are revoked.

A job may name a consent for each of its uploads; what a request states itself becomes a record
too. Revoking one withdraws every job that used it, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, case, delete, func, select, update
from sqlalchemy.orm import Session

from tasks.domain.errors import ValidationFailed
from tasks.domain.examination import Verdict
from tasks.domain.job import JobState
from web.accounts.notices import notify
from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, writing
from web.db.pages import Page, newest_first
from web.errors import ConsentNotFound, ConsentNotValid
from web.events.publish import wake_controller
from web.jobs import consent as job_consent
from web.jobs.consent import Stated
from web.jobs.models import Job
from web.jobs.submission import WithJob
from web.services import Services
from web.sessions.models import Upload
from web.trust import spoken
from web.trust.models import Consent, ConsentUse

STATED: Final = "stated"
SHOWN: Final = ("checkbox", "spoken", "document")
"""How a person has shown consent; `stated` means that a request declared it."""
USED: Final = ("jobs", "open_jobs", "videos")
"""What is counted of the jobs that used a consent."""
_EVIDENCE: Final = {"spoken": "voice", "document": "face"}
_USER: Final = "user:"


@dataclass(frozen=True, slots=True)
class NewConsent:
    """What a person agreed to."""

    subject: str
    statement: str
    uses: list[str] = field(default_factory=lambda: ["face", "voice"])
    shown: str = "checkbox"
    expires_at: datetime | None = None


def create(
    services: Services,
    actor: Actor,
    owner: str,
    org_id: str | None,
    *,
    new: NewConsent,
    evidence: str | None = None,
) -> Consent:
    """Keep a consent; `evidence` is the upload with the spoken sentence or the document.

    A recording without speech is no evidence; what it says is checked later.
    """
    with writing() as db:
        row = Consent(owner=owner, org_id=org_id, **asdict(new))
        if new.shown in _EVIDENCE:
            _attach(db, row, evidence)
        elif evidence is not None:
            raise _invalid("evidence_upload_id", "Only for `spoken` and `document`.")
        db.add(row)
        db.flush()
        log.record(db, actor, "consent.created", row.id, shown=row.shown)
    if row.shown == spoken.SPOKEN:
        spoken.of_consents.request(services, row)
    return row


def _attach(db: Session, row: Consent, upload_id: str | None) -> None:
    upload = db.get(Upload, upload_id) if upload_id is not None else None
    kind = _EVIDENCE[row.shown]
    if upload is None or upload.owner != row.owner or upload.kind != kind:
        noun = "recording" if kind == "voice" else "picture of the document"
        raise _invalid("evidence_upload_id", f"Upload a {noun} first, and name it here.")
    row.evidence_sha256, row.evidence_bytes = upload.sha256, upload.bytes
    row.evidence_type = upload.media_type
    if kind == "voice":
        _require_speech(upload)
        spoken.begin(row, upload)


def _require_speech(recording: Upload) -> None:
    verdict = None if recording.verdict is None else Verdict.from_dict(recording.verdict)
    if verdict is not None and verdict.code:
        raise _invalid("evidence_upload_id", verdict.reason)


def _invalid(field_name: str, message: str) -> ValidationFailed:
    return ValidationFailed(errors=[{"field": field_name, "message": message}])


def find(db: Session, owner: str, consent_id: str) -> Consent:
    """Find a consent of an owner; those of others are not found."""
    row = db.get(Consent, consent_id)
    if row is None or row.owner != owner:
        raise ConsentNotFound
    return row


def page(owner: str, *, cursor: str | None, limit: int) -> Page[Consent]:
    """List the consents of an owner, newest first."""
    with reading() as db:
        mine = select(Consent).where(Consent.owner == owner)
        return newest_first(db, mine, Consent, cursor=cursor, limit=limit)


def reports(services: Services, rows: Sequence[Consent]) -> list[dict[str, Any]]:
    """Describe consents for their owner."""
    checkable = spoken.is_checkable(services, rows)
    with reading() as db:
        used = _used(db, rows)
    return [_report(row, used, checkable=checkable) for row in rows]


def report(services: Services, row: Consent) -> dict[str, Any]:
    """Describe a consent for its owner."""
    return reports(services, [row])[0]


def _used(db: Session, rows: Sequence[Consent]) -> dict[str, dict[str, int]]:
    """Count the jobs of each consent: all, those under way, and videos that can be opened."""
    is_video = and_(
        Job.state == JobState.SUCCEEDED.value,
        Job.expired_at.is_(None),
        Job.consent_withdrawn_at.is_(None),
    )
    counts = [func.count(), *(func.sum(case((one, 1), else_=0)) for one in (Job.is_open, is_video))]
    of_each = (
        select(ConsentUse.consent_id, *counts)
        .join(Job, Job.id == ConsentUse.job_id)
        .where(ConsentUse.consent_id.in_([row.id for row in rows]))
        .group_by(ConsentUse.consent_id)
    )
    return {
        consent_id: dict(zip(USED, map(int, found), strict=True))
        for consent_id, *found in db.execute(of_each)
    }


def _report(row: Consent, used: Mapping[str, dict[str, int]], *, checkable: bool) -> dict[str, Any]:
    names = "id", "subject", "statement", "uses", "shown", "created_at", "expires_at", "revoked_at"
    found = {name: getattr(row, name) for name in names}
    is_kept = row.evidence_sha256 is not None
    return found | {
        "has_evidence": is_kept,
        "check": spoken.report(row, checkable=checkable),
        "valid": _is_valid(row),
        "used": used.get(row.id, dict.fromkeys(USED, 0)),
    }


def _is_valid(row: Consent) -> bool:
    if row.revoked_at is not None or spoken.matches(row) is False:
        return False
    return row.expires_at is None or row.expires_at > now()


def stated(consent: Stated | None, named: Mapping[str, str]) -> Stated | None:
    """Return what a request states, with what its named consents say.

    Whether they may be used is checked in the transaction that inserts the job.
    """
    found = dict(consent or {})
    with reading() as db:
        for use, consent_id in named.items():
            row = db.get(Consent, consent_id)
            if row is None:
                raise ConsentNotFound
            found[use] = {"subject": row.subject, "statement": row.statement}
    return found or None


def for_job(named: Mapping[str, str]) -> WithJob:
    """Return what ties a new job to its consents, in the transaction that inserts it."""

    def add(db: Session, job: Job) -> None:
        ids = {_usable(db, job.owner, use, consent_id).id for use, consent_id in named.items()}
        for use, said in (job.consent or {}).items():
            if use not in named:
                ids.add(_record(db, job, use, said).id)
        db.add_all(ConsentUse(consent_id=consent_id, job_id=job.id) for consent_id in sorted(ids))

    return add


def _usable(db: Session, owner: str, use: str, consent_id: str) -> Consent:
    row = db.get(Consent, consent_id, with_for_update=True)
    if row is None or row.owner != owner:
        raise ConsentNotFound
    if not _is_valid(row) or use not in row.uses:
        raise ConsentNotValid
    return row


def _record(db: Session, job: Job, use: str, said: Mapping[str, str]) -> Consent:
    """Keep what a request stated itself; the same words of the same owner are one record."""
    same = select(Consent).where(
        Consent.owner == job.owner,
        Consent.shown == STATED,
        Consent.subject == said["subject"],
        Consent.statement == said["statement"],
        Consent.revoked_at.is_(None),
    )
    row = db.scalars(same.limit(1)).first()
    if row is None:
        row = Consent(owner=job.owner, org_id=job.org_id, shown=STATED, uses=[use], **said)
        db.add(row)
        db.flush()
    elif use not in row.uses:
        row.uses = [*row.uses, use]
    return row


def revoke(services: Services, actor: Actor, owner: str, consent_id: str) -> Consent:
    """Revoke a consent: its jobs end, and the next request for their files is refused."""
    with writing(durable=True) as db:
        row = find(db, owner, consent_id)
        if row.revoked_at is not None:
            return row
        row.revoked_at = now()
        used = select(ConsentUse.job_id).where(ConsentUse.consent_id == row.id)
        jobs = list(db.scalars(select(Job).where(Job.id.in_(used), Job.owner == owner)))
        count = job_consent.withdraw_jobs(services, db, jobs)
        log.record(db, actor, "consent.revoked", row.id, jobs=count)
        _tell(db, services, row, count)
    wake_controller(services)
    return row


def _tell(db: Session, services: Services, row: Consent, jobs: int) -> None:
    if not row.owner.startswith(_USER):
        return
    notify(
        db,
        services,
        row.owner.removeprefix(_USER),
        "A consent was revoked",
        f"The consent of {row.subject} was revoked.\n\n"
        f"{jobs} of your videos used it. Their files can no longer be opened.",
        once=f"consent_revoked:{row.id}",
    )


def export(db: Session, owner: str) -> list[dict[str, Any]]:
    """Return all consents of an owner."""
    mine = select(Consent).where(Consent.owner == owner).order_by(Consent.created_at)
    rows = list(db.scalars(mine))
    used = _used(db, rows)
    return [_report(row, used, checkable=True) for row in rows]


def forget(db: Session, owner: str) -> None:
    """Delete the consents of an owner."""
    mine = select(Consent.id).where(Consent.owner == owner)
    db.execute(delete(ConsentUse).where(ConsentUse.consent_id.in_(mine)))
    db.execute(delete(Consent).where(Consent.owner == owner))


def take_over(db: Session, from_owner: str, to_owner: str, org_id: str | None) -> None:
    """Give all consents of one owner to another one."""
    mine = update(Consent).where(Consent.owner == from_owner)
    db.execute(mine.values(owner=to_owner, org_id=org_id))
