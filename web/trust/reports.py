"""Reports of people who say that a video shows them, and what operators decide.

A report has 48 hours. Withdrawing blocks the files at once, and refuses the face, the voice and
the video when they are uploaded again.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from web.audit import log
from web.audit.log import Actor
from web.db.columns import now
from web.db.engine import reading, writing
from web.db.pages import Page, newest_first
from web.errors import ReportDecided, ReportNotFound
from web.fingerprints.blocklist import pack
from web.fingerprints.examiner import examine
from web.fingerprints.models import BlockedFile
from web.jobs.models import Job
from web.notifications import outbox
from web.notifications.addresses import base
from web.notifications.mail import Mail
from web.services import Services
from web.trust import registry, withdrawal
from web.trust.models import KnownVideo, Report
from web.trust.verification import digest_of

KINDS: Final = ("shows_me", "my_voice", "other")
OPEN: Final = "open"
WITHDRAWN: Final = "withdrawn"
REJECTED: Final = "rejected"
STATES: Final = (OPEN, WITHDRAWN, REJECTED)
DUE_AFTER: Final = timedelta(hours=48)
_JOB: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{20}(?![0-9a-f])")
_MOST_JOBS: Final = 20


@dataclass(frozen=True, slots=True)
class NewReport:
    """What a person reports; at least a file or a link."""

    kind: str
    statement: str
    contact: str
    link: str = ""


def create(
    services: Services, new: NewReport, path: Path | None, sender: str
) -> tuple[Report, str]:
    """Add a report, and return it with the secret that shows its state to the reporter."""
    token = secrets.token_urlsafe(32)
    row = Report(
        token_digest=_digest(token),
        kind=new.kind,
        statement=new.statement,
        contact=new.contact,
        link=new.link,
        due_at=now() + DUE_AFTER,
    )
    fingerprint = None
    if path is not None:
        row.sha256 = digest_of(path)
        fingerprint = examine(services.settings, path, sender).fingerprint
        row.fingerprint = pack(fingerprint)
    with writing() as db:
        row.jobs, row.certain = _linked(db, new.link), True
        if not row.jobs and fingerprint is not None:
            row.jobs, row.certain = _shown(db, row.sha256, fingerprint)
        db.add(row)
        db.flush()
        _tell_operators(db, services, row)
    return row, token


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _linked(db: Session, link: str) -> list[str]:
    """Find the job that a link of ours names; no link is ever opened."""
    named = list(dict.fromkeys(_JOB.findall(link.lower())))[:_MOST_JOBS]
    return list(db.scalars(select(Job.id).where(Job.id.in_(named))))


def _shown(db: Session, digest: str, fingerprint: Any) -> tuple[list[str], bool]:
    """Find the jobs whose video a file is, or else those that it resembles."""
    exact = list(db.scalars(select(KnownVideo.job_id).where(KnownVideo.sha256 == digest)))
    matches = registry.search(db, fingerprint)
    same = [match.video.job_id for match in matches if match.likeness.is_same]
    if exact or same:
        return list(dict.fromkeys([*exact, *same]))[:_MOST_JOBS], True
    alike = [m for m in matches if m.likeness.has_same_picture or m.likeness.has_same_sound]
    return [match.video.job_id for match in alike[:_MOST_JOBS]], False


def _tell_operators(db: Session, services: Services, row: Report) -> None:
    address = services.settings.trust.report_mail
    if address:
        text = (
            f"A person reports a video ({row.kind}). Decide until {row.due_at:%Y-%m-%d %H:%M} UTC."
        )
        link = f"{base(services.settings)}/operate"
        outbox.add(
            db, services, Mail(address, "A video was reported", f"{text}\n\nOpen it: {link}")
        )


def find(db: Session, report_id: str) -> Report:
    """Find a report."""
    row = db.get(Report, report_id)
    if row is None:
        raise ReportNotFound
    return row


def of_reporter(report_id: str, token: str) -> Report:
    """Find a report by the secret that its reporter has."""
    with reading() as db:
        row = db.get(Report, report_id)
    if row is None or not hmac.compare_digest(row.token_digest, _digest(token)):
        raise ReportNotFound
    return row


def page(*, state: str | None, cursor: str | None, limit: int) -> Page[Report]:
    """List reports, newest first."""
    query = select(Report)
    with reading() as db:
        query = query.where(Report.state == state) if state is not None else query
        return newest_first(db, query, Report, cursor=cursor, limit=limit)


def shown(row: Report) -> dict[str, Any]:
    """Describe a report for its reporter."""
    names = "id", "kind", "state", "created_at", "due_at", "decided_at", "note"
    return {name: getattr(row, name) for name in names}


def in_full(row: Report) -> dict[str, Any]:
    """Describe a report for operators."""
    names = "statement", "contact", "link", "sha256", "jobs", "certain"
    found = shown(row) | {name: getattr(row, name) for name in names}
    return found | {"overdue": row.state == OPEN and row.due_at < now()}


def withdraw(
    services: Services, actor: Actor, report_id: str, note: str, jobs: Sequence[str] | None
) -> Report:
    """Withdraw the videos of a report: those that it is certainly about, or the named jobs."""
    with writing(durable=True) as db:
        row = _undecided(db, report_id)
        named = jobs if jobs is not None else (row.jobs if row.certain else [])
        withdrawn = withdrawal.withdraw(services, db, named, row.id)
        _decide(row, WITHDRAWN, note)
        _tell_reporter(db, services, row)
        log.record(db, actor, "report.withdrawn", row.id, jobs=len(named))
    withdrawal.finish(services, withdrawn)
    return row


def reject(services: Services, actor: Actor, report_id: str, note: str) -> Report:
    """Close a report without a withdrawal; the note tells the reporter why."""
    with writing() as db:
        row = _undecided(db, report_id)
        _decide(row, REJECTED, note)
        _tell_reporter(db, services, row)
        log.record(db, actor, "report.rejected", row.id)
    return row


def _undecided(db: Session, report_id: str) -> Report:
    row = db.get(Report, report_id, with_for_update=True)
    if row is None:
        raise ReportNotFound
    if row.state != OPEN:
        raise ReportDecided
    return row


def _decide(row: Report, state: str, note: str) -> None:
    row.state, row.decided_at, row.note = state, now(), note


def _tell_reporter(db: Session, services: Services, row: Report) -> None:
    """Queue a mail about the decision; none is sent before, as anyone can name an address."""
    if row.contact:
        withdrawn = row.state == WITHDRAWN
        decision = "The video was withdrawn." if withdrawn else "It was not withdrawn."
        text = f"You reported a video on {row.created_at:%Y-%m-%d}. {decision}"
        mail = Mail(row.contact, "Your report", "\n\n".join(filter(None, (text, row.note))))
        outbox.add(db, services, mail)


def statistics() -> dict[str, Any]:
    """Count reports for a transparency report."""
    with reading() as db:
        by_kind, by_state = _counts(db, Report.kind), _counts(db, Report.state)
        times = db.execute(select(Report.created_at, Report.due_at, Report.decided_at)).all()
        withdrawn = select(func.count()).where(KnownVideo.withdrawn_at.is_not(None))
        sums = db.execute(select(func.count(BlockedFile.id), func.sum(BlockedFile.refused))).one()
        videos = db.scalar(withdrawn) or 0
    taken = [(at - opened, at <= due) for opened, due, at in times if at is not None]
    hours = sorted(spent.total_seconds() / 3600 for spent, _ in taken)
    return {
        "reports": len(times),
        "by_kind": by_kind,
        "by_state": by_state,
        "overdue": sum(1 for _, due, at in times if at is None and due < now()),
        "decided_in_time": sum(1 for _, in_time in taken if in_time),
        "median_hours": round(hours[len(hours) // 2], 2) if hours else None,
        "videos_withdrawn": videos,
        "files_blocked": sums[0],
        "uploads_refused": int(sums[1] or 0),
    }


def _counts(db: Session, column: Any) -> dict[str, int]:
    rows = db.execute(select(column, func.count()).group_by(column))
    return {str(row[0]): int(row[1]) for row in rows}
