"""Providers of hosted video models, their models with their life, and the calls to them.

Prices are what was publicly listed when this was written; they were not compared with an
invoice (`price_checked` is empty).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)
_WIDE = ["16:9", "9:16", "1:1"]
_MORE = [*_WIDE, "4:3", "3:4", "21:9"]
_ADDED = datetime(2026, 11, 30, tzinfo=UTC)

_PROVIDERS: list[dict[str, Any]] = [
    {
        "name": "runway",
        "title": "Runway",
        "wire": "runway",
        "base_url": "https://api.dev.runwayml.com",
        "hosts": ["*.runwayml.com", "*.cloudfront.net"],
    },
    {
        "name": "google",
        "title": "Google",
        "wire": "google",
        "base_url": "https://generativelanguage.googleapis.com",
        "hosts": ["*.googleapis.com"],
    },
    {
        "name": "kling",
        "title": "Kling",
        "wire": "kling",
        "base_url": "https://api-singapore.klingai.com",
        "hosts": ["*.klingai.com", "*.kwaicdn.com"],
    },
    {
        "name": "fal",
        "title": "fal",
        "wire": "fal",
        "base_url": "https://queue.fal.run",
        "hosts": ["*.fal.media", "fal.media"],
    },
    {
        "name": "replicate",
        "title": "Replicate",
        "wire": "replicate",
        "base_url": "https://api.replicate.com",
        "hosts": ["*.replicate.delivery", "replicate.delivery"],
    },
    {
        "name": "seedance",
        "title": "Seedance (ByteDance)",
        "wire": "seedance",
        "base_url": "https://ark.ap-southeast.bytepluses.com/api/v3",
        "hosts": ["*.bytepluses.com", "*.volces.com"],
    },
    {
        "name": "openai",
        "title": "OpenAI",
        "wire": "openai_videos",
        "base_url": "https://api.openai.com",
        "hosts": ["*.openai.com"],
    },
]


def _model(model_id: str, name: str, title: str, **more: Any) -> dict[str, Any]:
    provider = model_id.partition("/")[0]
    life = {
        f"{what}_on": date.fromisoformat(more.pop(what)) if what in more else None
        for what in ("released", "deprecated", "closed")
    }
    given = {
        "aliases": [],
        "takes": ["text", "first_frame"],
        "durations": [5.0, 10.0],
        "any_duration": False,
        "ratios": _WIDE,
        "resolutions": ["720p"],
        "prompt_limit": 1000,
        "price_micro": 0,
        "quality": 3,
        "expected_seconds": 90.0,
        "a_minute": 0,
        "at_once": 0,
        "licence": "provider's terms",
        "commercial_use": True,
        "excluded_regions": [],
        "replacement": "",
        "note": "",
        "added_by": "release",
        "added_at": _ADDED,
        **more,
    }
    return {"id": model_id, "provider": provider, "name": name, "title": title, **given, **life}


_MODELS: list[dict[str, Any]] = [
    _model(
        "runway/gen4.5",
        "gen4.5",
        "Gen-4.5",
        aliases=["Runway", "Gen-4"],
        ratios=_MORE,
        price_micro=120_000,
        quality=4,
    ),
    _model(
        "runway/gen3a_turbo",
        "gen3a_turbo",
        "Gen-3 Alpha Turbo",
        aliases=["Gen-3 Alpha", "Gen-3", "gen3a", "Runway Gen-3"],
        takes=["first_frame"],
        price_micro=50_000,
        quality=2,
        closed="2026-07-30",
        replacement="runway/gen4.5",
    ),
    _model(
        "runway/seedance2_5",
        "seedance2_5",
        "Seedance 2.5 (by Runway)",
        ratios=_MORE,
        price_micro=150_000,
        quality=4,
    ),
    _model(
        "runway/kling3.0",
        "kling3.0_standard",
        "Kling 3.0 (by Runway)",
        price_micro=130_000,
        quality=4,
    ),
    _model(
        "google/veo-3.1",
        "veo-3.1-generate-preview",
        "Veo 3.1",
        aliases=["Veo"],
        takes=["text", "first_frame", "last_frame", "audio"],
        durations=[4.0, 6.0, 8.0],
        ratios=["16:9", "9:16"],
        resolutions=["720p", "1080p"],
        price_micro=400_000,
        quality=5,
    ),
    _model(
        "google/veo-3",
        "veo-3.0-generate-001",
        "Veo 3",
        aliases=["Veo 3.0"],
        takes=["text", "first_frame", "audio"],
        durations=[8.0],
        ratios=["16:9", "9:16"],
        price_micro=400_000,
        quality=4,
        closed="2026-06-30",
        replacement="google/veo-3.1",
    ),
    _model(
        "google/veo-2",
        "veo-2.0-generate-001",
        "Veo 2",
        aliases=["Veo 2.0"],
        durations=[5.0, 8.0],
        ratios=["16:9", "9:16"],
        price_micro=350_000,
        closed="2026-06-30",
        replacement="google/veo-3.1",
    ),
    _model(
        "google/omni-flash-1.1",
        "gemini-omni-flash-1.1",
        "Gemini Omni Flash 1.1",
        aliases=["Omni Flash", "Gemini Omni"],
        takes=["text", "first_frame", "audio"],
        durations=[3.0, 10.0],
        any_duration=True,
        ratios=["16:9", "9:16", "1:1"],
        resolutions=["720p", "360p"],
        price_micro=150_000,
        quality=4,
        released="2026-08-27",
        note="Drafts at 360p.",
    ),
    _model(
        "google/omni-flash-preview",
        "gemini-omni-flash-preview",
        "Gemini Omni Flash (preview)",
        durations=[3.0, 10.0],
        any_duration=True,
        price_micro=150_000,
        closed="2026-09-30",
        replacement="google/omni-flash-1.1",
    ),
    _model(
        "kling/kling-3.0",
        "kling-v3",
        "Kling 3.0",
        aliases=["Kling", "Kling 2.0", "Kling 2"],
        takes=["text", "first_frame", "last_frame"],
        prompt_limit=2500,
        price_micro=100_000,
        quality=4,
        at_once=5,
    ),
    _model(
        "seedance/seedance-2.5",
        "seedance-2-5",
        "Seedance 2.5",
        aliases=["Seedance"],
        takes=["text", "first_frame", "last_frame"],
        ratios=_MORE,
        resolutions=["720p", "1080p"],
        prompt_limit=2000,
        price_micro=90_000,
        quality=4,
    ),
    _model(
        "fal/wan-2.2",
        "fal-ai/wan/v2.2-a14b/text-to-video",
        "Wan 2.2 (by fal)",
        aliases=["Wan"],
        takes=["text"],
        durations=[5.0],
        price_micro=80_000,
        licence="Apache-2.0 weights, provider's terms",
    ),
    _model(
        "replicate/wan-2.2",
        "wan-video/wan-2.2-t2v-fast",
        "Wan 2.2 (by Replicate)",
        takes=["text"],
        durations=[5.0],
        ratios=["16:9", "9:16"],
        price_micro=20_000,
        licence="Apache-2.0 weights, provider's terms",
    ),
    _model(
        "openai/sora-2",
        "sora-2",
        "Sora 2",
        aliases=["Sora"],
        takes=["text", "first_frame", "audio"],
        durations=[4.0, 8.0, 12.0],
        ratios=["16:9", "9:16"],
        price_micro=100_000,
        quality=4,
        closed="2026-09-24",
        replacement="google/omni-flash-1.1",
    ),
    _model(
        "openai/sora-2-pro",
        "sora-2-pro",
        "Sora 2 Pro",
        takes=["text", "first_frame", "audio"],
        durations=[4.0, 8.0, 12.0],
        ratios=["16:9", "9:16"],
        price_micro=300_000,
        quality=5,
        closed="2026-09-24",
        replacement="google/veo-3.1",
    ),
]


def upgrade() -> None:
    providers = op.create_table(
        "providers",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("wire", sa.String(32), nullable=False),
        sa.Column("base_url", sa.String(300), nullable=False),
        sa.Column("hosts", sa.JSON, nullable=False),
        sa.Column("enabled", sa.Boolean, nullable=False),
        sa.Column("spoken_live", sa.Boolean, nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
    )
    models = op.create_table(
        "provider_models",
        sa.Column("id", sa.String(80), primary_key=True),
        sa.Column("provider", sa.String(32), sa.ForeignKey("providers.name"), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("aliases", "takes", "durations")),
        sa.Column("any_duration", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("ratios", "resolutions")),
        sa.Column("prompt_limit", sa.Integer, nullable=False),
        sa.Column("price_micro", sa.BigInteger, nullable=False),
        sa.Column("price_checked", sa.Date, nullable=True),
        sa.Column("quality", sa.Integer, nullable=False),
        sa.Column("expected_seconds", sa.Double, nullable=False),
        sa.Column("a_minute", sa.Integer, nullable=False),
        sa.Column("at_once", sa.Integer, nullable=False),
        sa.Column("licence", sa.String(200), nullable=False),
        sa.Column("commercial_use", sa.Boolean, nullable=False),
        sa.Column("excluded_regions", sa.JSON, nullable=False),
        *(sa.Column(f"{what}_on", sa.Date) for what in ("released", "deprecated", "closed")),
        sa.Column("replacement", sa.String(80), nullable=False),
        sa.Column("note", sa.String(300), nullable=False),
        sa.Column("added_by", sa.String(80), nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
    )
    op.create_index("ix_provider_models_provider", "provider_models", ["provider"])
    _create_calls()
    fixed = {"enabled": True, "spoken_live": False, "added_by": "release"}
    op.bulk_insert(providers, [one | fixed for one in _PROVIDERS])
    op.bulk_insert(models, [{"price_checked": None} | one for one in _MODELS])


def _create_calls() -> None:
    op.create_table(
        "provider_calls",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("job_id", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("owner", sa.String(80), nullable=False),
        sa.Column("provider", sa.String(32), nullable=False),
        sa.Column("model_id", sa.String(80), nullable=False),
        sa.Column("why", sa.String(300), nullable=False),
        sa.Column("order", sa.JSON, nullable=False),
        sa.Column("remote", sa.JSON, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("attempt", "turn", "failures")),
        sa.Column("next_at", _MOMENT, nullable=True),
        sa.Column("key_label", sa.String(32), nullable=False),
        sa.Column("task_id", sa.String(400), nullable=False),
        sa.Column("progress", sa.Double, nullable=True),
        sa.Column("place", sa.Integer, nullable=True),
        sa.Column("throttled", sa.Boolean, nullable=False),
        sa.Column("moved_at", _MOMENT, nullable=True),
        sa.Column("urls", sa.JSON, nullable=False),
        sa.Column("manifest", sa.JSON, nullable=True),
        sa.Column("price_micro", sa.BigInteger, nullable=False),
        sa.Column("credits_micro", sa.BigInteger, nullable=False),
        sa.Column("told_micro", sa.BigInteger, nullable=True),
        sa.Column("spent", sa.Boolean, nullable=False),
        sa.Column("artifact", sa.String(64), nullable=False),
        sa.Column("facts", sa.JSON, nullable=True),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("worker", sa.String(120), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        *(
            sa.Column(f"{what}_at", _MOMENT, nullable=True)
            for what in ("asked", "submitted", "finished", "told")
        ),
    )
    op.create_index("ix_provider_calls_job_id", "provider_calls", ["job_id"])
    op.create_index("provider_calls_due", "provider_calls", ["state", "next_at"])
    op.create_index("provider_calls_of_model", "provider_calls", ["model_id", "finished_at"])


def downgrade() -> None:
    for table in ("provider_calls", "provider_models", "providers"):
        op.drop_table(table)
