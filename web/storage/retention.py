"""What can be freed, from the least valuable on; each step says how many bytes it freed.

Nothing here touches what a job at work needs: its inputs, its results so far, the files
that its stages are writing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from config import scratch
from tasks.domain.job import OPEN_STATES, JobState
from web.db.columns import now
from web.db.engine import reading
from web.jobs.models import Job
from web.services import Services
from web.sessions import lifecycle
from web.sessions.directories import directories, directory_of
from web.sessions.limits import SessionLimits, in_use, is_in_use
from web.sessions.models import Output, Upload, UserSession
from web.storage import references
from web.storage.eviction import Eviction

Step = Callable[[], int]

EMERGENCY_AGE: Final = timedelta(minutes=10)
"""What was written to since is being written now, or will be read in a moment."""
_PASSING: Final = ("processing", "temp")
"""Directories of a session that hold nothing for long."""


def idle_sessions(services: Services) -> int:
    """They take nothing new from now on; their files have a time of their own."""
    ended = lifecycle.expire(SessionLimits.of(services.settings))
    with reading() as db:
        empty = [session_id for session_id in ended if not is_in_use(db, session_id)]
    return _remove(directory_of(services.settings, session_id).root for session_id in empty)


def temporary(services: Services, age: timedelta | None = None) -> int:
    """What was not written to for so long (`TEMP_HOURS`), and is no live job's."""
    settings = services.settings
    before = time.time() - (age or timedelta(hours=settings.temp_hours)).total_seconds()
    live = _live_jobs()
    places = [settings.path("temp"), settings.path("store", "tmp")]
    places += [d.root / room for _, d in directories(settings) for room in _PASSING]
    # A stage's directory begins with its task id, and so with its job.
    found = (entry for place in places for entry in _entries(place))
    return _remove(
        entry
        for entry in found
        if entry.name.split(".")[0] not in live
        and not scratch.is_owner_alive(entry.name)
        and _written(entry) < before
    )


def retention(services: Services) -> int:
    """Files whose time (`KEEP_DAYS`) is over, directories of sessions long gone, and what the
    stage cache has no room for."""
    freed = sum(step() for step in expired_outputs(services))
    freed += uploads_of_ended(services) + directories_of_ended(services)
    return freed + Eviction(services).evict()


def expired_outputs(services: Services) -> Iterator[Step]:
    """Of jobs that ended longer ago than files are kept, one after the other."""
    before = now() - timedelta(days=services.settings.keep_days)
    old = select(Job.id).where(_ended(), Job.finished_at < before, Job.expired_at.is_(None))
    with reading() as db:
        due = list(db.scalars(old.order_by(Job.finished_at)))
    for job_id in due:
        yield partial(references.drop_job, services, job_id, keep_results=True)


def uploads_of_ended(services: Services) -> int:
    """Uploads of sessions that ended longer ago than files are kept."""
    return references.drop_uploads(services, Upload.session_id.in_(_long_ended(services)))


def directories_of_ended(services: Services) -> int:
    """The directories of the same, of unknown sessions and of those that ended empty."""
    empty = select(UserSession.id).where(UserSession.ended_at.is_not(None), ~in_use())
    with reading() as db:
        over = set(db.scalars(_long_ended(services))) | set(db.scalars(empty))
        known = set(db.scalars(select(UserSession.id)))
    there = [(name, directory.root) for name, directory in directories(services.settings)]
    return _remove(root for name, root in there if name in over or name not in known)


def without_result(services: Services) -> Iterator[Step]:
    """What failed and cancelled jobs leave for a retry: it can be computed again."""
    states = (JobState.FAILED.value, JobState.CANCELLED.value)
    left = select(Job.id).where(Job.state.in_(states), Job.expired_at.is_(None))
    with reading() as db:
        due = list(db.scalars(left.order_by(Job.finished_at)))
    yield from _drop_steps(services, due)


def fetched_results(services: Services) -> Iterator[Step]:
    """Of jobs whose video was fetched whole, the earliest fetched first."""
    fetched = (
        select(Job.id)
        .join(Output, Output.job_id == Job.id)
        .where(_ended(), Job.expired_at.is_(None), Output.kind == "final_output")
        .group_by(Job.id)
        .having(func.count(Output.id) == func.count(Output.fetched_at))
    )
    with reading() as db:
        due = list(db.scalars(fetched.order_by(func.max(Output.fetched_at))))
    yield from _drop_steps(services, due)


def of_session(services: Services, session_id: str) -> int:
    """What a session does not need: replaced uploads, what passed, files past their time."""
    before = now() - timedelta(days=services.settings.keep_days)
    over = Job.session_id == session_id, _ended(), Job.finished_at < before
    with reading() as db:
        due = list(db.scalars(select(Job.id).where(*over, Job.expired_at.is_(None))))
    freed = references.drop_replaced(services, session_id)
    freed += sum(references.drop_job(services, job_id) for job_id in due)
    root = directory_of(services.settings, session_id).root
    with reading() as db:
        working = lifecycle.has_open_jobs(db, session_id)
    return freed + (0 if working else _remove(e for r in _PASSING for e in _entries(root / r)))


def log_files(services: Services) -> int:
    """Those that were last written to longer ago than logs are kept."""
    before = time.time() - timedelta(days=services.settings.log_days).total_seconds()
    there = _entries(services.settings.path("logs"))
    return _remove(path for path in there if path.is_file() and _written(path) < before)


def _drop_steps(services: Services, jobs: Iterable[str]) -> Iterator[Step]:
    for job_id in jobs:
        yield partial(references.drop_job, services, job_id)


def _live_jobs() -> set[str]:
    with reading() as db:
        return _open(db)


def _open(db: Session) -> set[str]:
    return set(db.scalars(select(Job.id).where(~_ended())))


def _ended() -> ColumnElement[bool]:
    return Job.state.not_in([state.value for state in OPEN_STATES])


def _long_ended(services: Services) -> Select[Any]:
    before = now() - timedelta(days=services.settings.keep_days)
    return select(UserSession.id).where(UserSession.ended_at < before)


def _remove(paths: Iterable[Path]) -> int:
    freed = 0
    for path in [path for path in paths if path.is_symlink() or path.exists()]:
        freed += _size(path)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return freed


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _written(path: Path) -> float:
    """When something in it was last written to; now, where its owner has just removed it."""
    try:
        return max(p.lstat().st_mtime for p in _tree(path))
    except FileNotFoundError:
        return time.time()


def _size(path: Path) -> int:
    """Bytes on the disk: a file with holes or two names frees less than it shows."""
    try:
        return sum(
            p.lstat().st_size for p in _tree(path) if p.is_file() and p.lstat().st_nlink == 1
        )
    except FileNotFoundError:
        return 0  # its owner was faster


def _tree(path: Path) -> list[Path]:
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return [path, *inside]
