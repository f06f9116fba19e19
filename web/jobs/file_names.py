"""The names under which browsers save files."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy.orm import Session

from web.jobs.models import Job
from web.sessions.models import Output, Upload

_LONGEST: Final = 80
_FINAL: Final = "final"
# What file systems refuse, and what could hide an ending.
_UNFIT: Final = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]+')


def shown(db: Session, file: Output | Upload) -> str:
    """Name a file so that a person recognises it: an upload as it came, an output by its title."""
    if isinstance(file, Upload):
        return file.original_name or file.filename
    job = db.get(Job, file.job_id)
    stem = _UNFIT.sub(" ", job.title if job else "").strip(" .")[:_LONGEST].strip(" .")
    own = file.filename.removeprefix(f"{file.job_id}-")
    if not stem or own == file.filename:
        return file.filename
    part, dot, ending = own.rpartition(".")
    return f"{stem}{'' if part == _FINAL else f' {part}'}{dot}{ending}"
