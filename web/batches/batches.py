"""Create, quote, start, list and cancel batches; `running` makes their videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from config.credit_prices import CREDIT
from tasks.domain import manifest
from tasks.domain.artifact import digest
from tasks.domain.manifest import Row
from tasks.domain.typed_document import InvalidDocument, Problem
from tasks.domain.video_plan import VideoPlan
from web.batches.errors import BatchNotFound, BatchState, ManifestInvalid
from web.batches.models import (
    CANCELLED,
    FAILED,
    PAUSED,
    QUOTED,
    RUNNING,
    WAITING,
    Batch,
    BatchVideo,
)
from web.db.columns import now
from web.db.engine import reading, writing
from web.db.pages import Page, newest_first
from web.errors import IdempotencyMismatch
from web.events.publish import wake_controller
from web.projects import charges, choices, plans, production
from web.projects.errors import PlanChanged, ProjectLimit, ProjectNotFound
from web.projects.models import VideoProject
from web.projects.projects import Keeper
from web.services import Services


@dataclass(frozen=True, slots=True)
class NewBatch:
    """What a request says of a batch."""

    template: str
    rows: tuple[Row, ...]
    name: str = ""
    request_key: str | None = None

    @property
    def digest(self) -> str:
        return digest([self.template, self.name, [asdict(row) for row in self.rows]])


def read(sent: dict[str, Any]) -> tuple[Row, ...]:
    """Read the manifest of a request; raises `ManifestInvalid`."""
    try:
        if "csv" in sent:
            return manifest.of_csv(sent["csv"])
        return manifest.of_rows(sent.get("videos", ()))
    except InvalidDocument as invalid:
        raise _refused(invalid) from None


def create(services: Services, keeper: Keeper, wanted: NewBatch) -> tuple[Batch, bool]:
    """Create and quote a batch; return the earlier one of the same key, and whether it is new."""
    with reading() as db:
        known = _earlier(db, keeper.owner, wanted)
        if known is not None:
            return known, False
        project = _template(db, keeper.owner, wanted.template)
        plan = VideoPlan.from_dict(plans.current(db, project).plan)
        _require_room(services, db, keeper.owner, len(wanted.rows))
        filled = _filled(plan, wanted.rows)
        quote = _quote(services, db, project, filled)
    with writing(durable=True) as db:
        known = _earlier(db, keeper.owner, wanted)
        if known is not None:
            return known, False
        batch = Batch(
            owner=keeper.owner,
            org_id=keeper.org_id,
            name=wanted.name or project.name,
            template=project.id,
            plan=plan.to_dict(),
            quote_id=quote.id,
            dollars_micro=quote.dollars_micro,
            credits_micro=sum(quote.credits),
            request_key=wanted.request_key,
            request_digest=wanted.digest,
        )
        db.add(batch)
        db.flush()
        for number, (row, cost) in enumerate(zip(wanted.rows, quote.credits, strict=True)):
            described = {"name": row.name, "values": row.values, "credits_micro": cost}
            db.add(BatchVideo(batch_id=batch.id, row=number, **described))
        return batch, True


@dataclass(frozen=True, slots=True)
class _Quote:
    """What the videos of a batch cost."""

    id: str
    dollars_micro: int
    credits: tuple[int, ...]
    """Micro-credits of each video."""


def _quote(
    services: Services, db: Session, project: VideoProject, filled: Sequence[VideoPlan]
) -> _Quote:
    """Price the videos: all have the clips of the template, and each has words of its own."""
    clips = choices.of_plan(services, db, project, filled[0], ())
    each = [
        choices.quote(services, clips, row, charges.of_plan(services, plan))
        for row, plan in enumerate(filled)
    ]
    lines = [[quote["scenes"], quote["stages"]] for quote in each]
    return _Quote(
        id=f"bq_{digest([[plan.to_dict() for plan in filled], lines])[:32]}",
        dollars_micro=round(sum(quote["dollars"] for quote in each) * 1_000_000),
        credits=tuple(round(quote["credits"] * CREDIT) for quote in each),
    )


def start(
    services: Services, batch_id: str, quote_id: str | None, most_micro: int | None, key_id: str
) -> Batch:
    """Confirm the quote of a batch, or resume a paused one; failed videos are tried again."""
    with writing(durable=True) as db:
        batch = find(db, batch_id, lock=True)
        if batch.state == CANCELLED:
            raise BatchState("The batch was cancelled. Create a new one.")
        if quote_id is not None and quote_id != batch.quote_id:
            raise PlanChanged("This is not the quote of this batch.")
        again = update(BatchVideo).where(BatchVideo.batch_id == batch_id)
        failed = again.where(BatchVideo.state == FAILED)
        db.execute(failed.values(state=WAITING, error=None, project_id=None))
        batch.state, batch.problem, batch.finished_at = RUNNING, None, None
        batch.key_id = key_id or batch.key_id
        batch.most_micro = batch.most_micro if most_micro is None else most_micro
    wake_controller(services)
    return batch


def cancel(services: Services, batch_id: str) -> Batch:
    """Start no more videos of a batch, and cancel those that are being made."""
    with writing(durable=True) as db:
        batch = find(db, batch_id, lock=True)
        if batch.state not in (QUOTED, RUNNING, PAUSED):
            return batch
        batch.state, batch.finished_at = CANCELLED, now()
        mine = BatchVideo.batch_id == batch_id
        db.execute(
            update(BatchVideo).where(mine, BatchVideo.state == WAITING).values(state=CANCELLED)
        )
        running = select(BatchVideo.project_id).where(mine, BatchVideo.state == RUNNING)
        working = [name for name in db.scalars(running) if name is not None]
    for project_id in working:
        try:
            production.cancel(services, project_id)
        except ProjectNotFound:
            continue  # it was deleted, and its work stopped with it
    return batch


def find(db: Session, batch_id: str, *, lock: bool = False) -> Batch:
    """Find a batch; raises `BatchNotFound`."""
    batch = db.get(Batch, batch_id, with_for_update=lock or None)
    if batch is None:
        raise BatchNotFound
    return batch


def page(db: Session, owner: str, cursor: str | None, limit: int) -> Page[Batch]:
    """List the batches of an owner, newest first."""
    mine = select(Batch).where(Batch.owner == owner)
    return newest_first(db, mine, Batch, cursor=cursor, limit=limit)


def videos(db: Session, batch_id: str) -> list[BatchVideo]:
    """List the videos of a batch in the order of its manifest."""
    mine = select(BatchVideo).where(BatchVideo.batch_id == batch_id)
    return list(db.scalars(mine.order_by(BatchVideo.row)))


def take_over(db: Session, from_owner: str, to_owner: str, org_id: str | None) -> None:
    """Give all batches of an owner to another one, in the caller's transaction."""
    mine = update(Batch).where(Batch.owner == from_owner)
    db.execute(mine.values(owner=to_owner, org_id=org_id))


def forget(db: Session, owner: str) -> None:
    """Delete all batches of an owner; their projects are deleted by their own domain."""
    mine = select(Batch.id).where(Batch.owner == owner)
    db.execute(delete(BatchVideo).where(BatchVideo.batch_id.in_(mine)))
    db.execute(delete(Batch).where(Batch.owner == owner))


def _earlier(db: Session, owner: str, wanted: NewBatch) -> Batch | None:
    """Find the batch of an earlier request under the same key; another request is refused."""
    if wanted.request_key is None:
        return None
    mine = Batch.owner == owner, Batch.request_key == wanted.request_key
    known = db.scalar(select(Batch).where(*mine))
    if known is not None and known.request_digest != wanted.digest:
        raise IdempotencyMismatch
    return known


def _template(db: Session, owner: str, project_id: str) -> VideoProject:
    project = db.get(VideoProject, project_id)
    if project is None or project.owner != owner:
        raise ProjectNotFound
    return project


def _require_room(services: Services, db: Session, owner: str, more: int) -> None:
    """Refuse a batch whose projects would be more than its owner may have."""
    most = services.settings.projects.most_a_owner
    have = db.scalar(select(func.count()).where(VideoProject.owner == owner)) or 0
    if have + more > most:
        raise ProjectLimit(f"You have {have} projects, and this server allows {most}.")


def _filled(plan: VideoPlan, rows: Sequence[Row]) -> list[VideoPlan]:
    """Fill the template for each row; raises `ManifestInvalid` with the problems of all."""
    found: list[VideoPlan] = []
    problems: list[Problem] = []
    for number, row in enumerate(rows):
        try:
            found.append(manifest.filled(plan, row, f"videos[{number}]"))
        except InvalidDocument as invalid:
            problems += invalid.problems
    if problems:
        raise _refused(InvalidDocument(tuple(problems[:100])))
    return found


def _refused(invalid: InvalidDocument) -> ManifestInvalid:
    errors = [{"field": one.path, "message": one.message} for one in invalid.problems]
    first = invalid.problems[0]
    sentence = f"The manifest is not valid: {first.path} {first.message}."
    return ManifestInvalid(sentence, errors=errors)
