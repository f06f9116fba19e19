"""Clips of tests: a provider of the test's own in the registry, and clips as the API takes them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from tests.deployment import Deployment
from web.db.columns import new_id
from web.db.engine import reading, writing
from web.jobs.charging import Origin
from web.jobs.submission import ANYBODY
from web.providers import clips
from web.providers.choosing import ClipRequest
from web.providers.models import Provider, ProviderCall, ProviderModel
from web.sessions.models import Upload, UserSession

KEYS = "shop:main=key-of-main"
MODEL = "shop/one"


def sell_at(deployment: Deployment, url: str, wire: str = "runway", **models: Any) -> None:
    """Add a provider at this address, with one model unless the test names others."""
    with deployment.app.app_context(), writing() as db:
        db.add(Provider(name="shop", title="Shop", wire=wire, base_url=url, added_by="operator"))
        db.flush()
        for name, more in (models or {"one": {}}).items():
            given = {
                "takes": ["text", "first_frame"],
                "durations": [5.0, 10.0],
                "ratios": ["16:9", "9:16"],
                "price_micro": 100_000,
                **more,
            }
            title = f"Shop {name}"
            db.add(
                ProviderModel(
                    id=f"shop/{name}", provider="shop", name=f"model-{name}", title=title, **given
                )
            )


def order(deployment: Deployment, *, origin: Origin = ANYBODY, **wanted: Any) -> str:
    """Start a clip as the API does; return the id of its job."""
    given = {"prompt": "A fox in the snow", "duration": 5.0, "ratio": "16:9", "model": MODEL}
    with deployment.app.app_context():
        with writing() as db:
            room = UserSession(id=new_id(), user_id="tester", owner=deployment.owner)
            db.add(room)
            db.flush()
            session_id = room.id
        request = ClipRequest(**(given | wanted))
        taken = clips.start(
            deployment.services, session_id, request, None, owner=None, origin=origin
        )
        return taken.job.id


def picture_of(deployment: Deployment, data: bytes) -> str:
    """Upload a picture for the owner of the test; return its id."""
    blob = deployment.services.artifacts.put_bytes(data, "image/png")
    with deployment.app.app_context(), writing() as db:
        room = UserSession(id=new_id(), user_id="tester", owner=deployment.owner)
        db.add(room)
        db.flush()
        upload = Upload(
            session_id=room.id,
            owner=deployment.owner,
            filename="face.png",
            kind="face",
            sha256=blob.sha256,
            bytes=blob.bytes,
            media_type=blob.media_type,
        )
        db.add(upload)
        db.flush()
        return upload.id


def calls_of(deployment: Deployment, job_id: str) -> list[ProviderCall]:
    """List the calls of a job, the oldest first."""
    mine = select(ProviderCall).where(ProviderCall.job_id == job_id)
    with deployment.app.app_context(), reading() as db:
        return list(db.scalars(mine.order_by(ProviderCall.created_at)))
