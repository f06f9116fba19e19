"""Delete files whose retention has ended; each step returns the bytes it freed.

No step deletes what an open job needs: its inputs, its results so far, and the files that its
stages are writing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Select, and_, func, or_, select

from config import scratch
from tasks.domain.job import JobState
from web.accounts.models import owner_of
from web.db.columns import now
from web.db.engine import reading
from web.images.models import LibraryItem
from web.jobs import report as job_reports
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
"""Younger temporary files may still be written or read, even in an emergency."""
_LASTING: Final = (owner_of(""), "key:", "operators")
"""How the owners begin that come back without a cookie or a session."""
_TEMPORARY: Final = ("processing", "temp")
"""Subdirectories of a session that hold only temporary files."""


def idle_sessions(services: Services) -> int:
    """End idle sessions and delete the directories of empty ones; files keep their retention."""
    ended = lifecycle.expire(SessionLimits.of(services.settings))
    with reading() as db:
        empty = [session_id for session_id in ended if not is_in_use(db, session_id)]
    return _remove(directory_of(services.settings, session_id).root for session_id in empty)


def temporary(services: Services, age: timedelta | None = None) -> int:
    """Delete temporary files of no open job that are older than an age (default `TEMP_HOURS`)."""
    settings = services.settings
    before = time.time() - (age or timedelta(hours=settings.temp_hours)).total_seconds()
    with reading() as db:
        open_jobs = set(db.scalars(select(Job.id).where(Job.is_open)))
    parents = [settings.path("temp"), settings.path("store", "tmp")]
    parents += [d.root / name for _, d in directories(settings) for name in _TEMPORARY]
    # The name of a stage's directory begins with its task id, and so with its job id.
    entries = (entry for parent in parents for entry in _entries(parent))
    return _remove(
        entry
        for entry in entries
        if entry.name.split(".")[0] not in open_jobs
        and not scratch.is_owner_alive(entry.name)
        and _modified(entry) < before
    )


def retention(services: Services) -> int:
    """Delete files older than `KEEP_DAYS` and directories of ended sessions; evict results."""
    freed = sum(step() for step in expired_outputs(services))
    freed += uploads_of_ended(services) + unused_items(services)
    freed += directories_of_ended(services)
    return freed + Eviction(services).evict()


def expired_outputs(services: Services) -> Iterator[Step]:
    """Yield a step for each job whose outputs are past their retention."""
    before = now() - timedelta(days=services.settings.keep_days)
    old = select(Job.id).where(~Job.is_open, Job.finished_at < before, Job.expired_at.is_(None))
    with reading() as db:
        due = list(db.scalars(old.order_by(Job.finished_at)))
    for job_id in due:
        yield partial(references.drop_job, services, job_id, keep_results=True)


def uploads_of_ended(services: Services) -> int:
    """Delete the uploads of sessions that ended before the retention period."""
    return references.drop_uploads(services, Upload.session_id.in_(_long_ended(services)))


def unused_items(services: Services) -> int:
    """Delete pictures and recordings that visitors and sessions have not used for so long.

    Those of users, API keys and operators stay until they are deleted.
    """
    before = now() - timedelta(days=services.settings.keep_days)
    lasting = (LibraryItem.owner.startswith(prefix) for prefix in _LASTING)
    return references.drop_items(services, and_(LibraryItem.used_at < before, ~or_(*lasting)))


def directories_of_ended(services: Services) -> int:
    """Delete the directories of the same sessions, of unknown ones and of empty ended ones."""
    empty = select(UserSession.id).where(UserSession.ended_at.is_not(None), ~in_use())
    with reading() as db:
        expired = set(db.scalars(_long_ended(services))) | set(db.scalars(empty))
        known = set(db.scalars(select(UserSession.id)))
    roots = [(name, directory.root) for name, directory in directories(services.settings)]
    return _remove(root for name, root in roots if name in expired or name not in known)


def without_result(services: Services) -> Iterator[Step]:
    """Yield a step for each failed or cancelled job: what it keeps for a retry is recomputable."""
    states = (JobState.FAILED.value, JobState.CANCELLED.value)
    left = select(Job.id).where(Job.state.in_(states), Job.expired_at.is_(None))
    with reading() as db:
        due = list(db.scalars(left.order_by(Job.finished_at)))
    yield from _drop_steps(services, due)


def fetched_results(services: Services) -> Iterator[Step]:
    """Yield a step for each job whose video was downloaded completely, earliest first."""
    fetched = (
        select(Job.id)
        .join(Output, Output.job_id == Job.id)
        .where(~Job.is_open, Job.expired_at.is_(None), Output.kind == "final_output")
        .group_by(Job.id)
        .having(func.count(Output.id) == func.count(Output.fetched_at))
    )
    with reading() as db:
        due = list(db.scalars(fetched.order_by(func.max(Output.fetched_at))))
    yield from _drop_steps(services, due)


def of_session(services: Services, session_id: str) -> int:
    """Delete a session's replaced uploads, expired outputs and temporary files."""
    before = now() - timedelta(days=services.settings.keep_days)
    expired = Job.session_id == session_id, ~Job.is_open, Job.finished_at < before
    with reading() as db:
        due = list(db.scalars(select(Job.id).where(*expired, Job.expired_at.is_(None))))
    freed = references.drop_replaced(services, session_id)
    freed += sum(references.drop_job(services, job_id) for job_id in due)
    root = directory_of(services.settings, session_id).root
    with reading() as db:
        working = job_reports.has_open_jobs(db, session_id)
    return freed + (0 if working else _remove(e for r in _TEMPORARY for e in _entries(root / r)))


def log_files(services: Services) -> int:
    """Delete log files that were last written before the retention of logs."""
    before = time.time() - timedelta(days=services.settings.log_days).total_seconds()
    files = (path for path in _entries(services.settings.path("logs")) if path.is_file())
    return _remove(path for path in files if _modified(path) < before)


def _drop_steps(services: Services, jobs: Iterable[str]) -> Iterator[Step]:
    for job_id in jobs:
        yield partial(references.drop_job, services, job_id)


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


def _modified(path: Path) -> float:
    """Return when anything in a path was last written; now, if it has just been removed."""
    try:
        return max(p.lstat().st_mtime for p in _tree(path))
    except FileNotFoundError:
        return time.time()


def _size(path: Path) -> int:
    """Return the bytes that deleting a path frees; files with another hard link free nothing."""
    try:
        return sum(
            p.lstat().st_size for p in _tree(path) if p.is_file() and p.lstat().st_nlink == 1
        )
    except FileNotFoundError:
        return 0  # its owner has just removed it


def _tree(path: Path) -> list[Path]:
    inside = path.rglob("*") if path.is_dir() and not path.is_symlink() else ()
    return [path, *inside]
