"""Decide which clips of a video are enhanced, by the rule of animators (`EngineSpec.warps_still`).

Local models move a still, which is enhanced once before the clip. Hosted models draw every frame,
so their clips are enhanced where the resolution that they declare is below that of the video.
"""

from __future__ import annotations

from collections.abc import Sequence

import redis

from config.settings import Settings
from tasks.domain.hosted import LOCAL, frame_size
from tasks.domain.job import JobOptions
from tasks.domain.offers import first_choices
from tasks.domain.project_planner import ENHANCE, ProjectRequest
from tasks.nodes import registry
from web.projects.choices import SceneClip
from web.services import Services


def scenes_of(services: Services, clips: Sequence[SceneClip]) -> tuple[int, ...]:
    """Return the scenes whose clips are enhanced; none while no worker can do it."""
    small = tuple(one.index for one in clips if _is_small(services.settings, one))
    return small if small and _is_possible(services) else ()


def _is_small(settings: Settings, one: SceneClip) -> bool:
    """Return whether a model draws the frames of a clip smaller than those of the video."""
    if one.own is not None or one.chosen.candidate.model.provider == LOCAL:
        return False
    order = one.order
    if not order.resolution:
        return False
    frame = ProjectRequest("", "", {}, size=(settings.projects.height, 0)).frame
    drawn = frame_size(order.ratio, order.resolution)
    return any(side < wanted for side, wanted in zip(drawn, frame, strict=True))


def _is_possible(services: Services) -> bool:
    try:
        alive = registry.alive(services.redis)
    except redis.RedisError:
        return False
    offers = [offer for node in alive for offer in node.offers if offer.kind != "simulated"]
    return first_choices(offers, JobOptions(), (ENHANCE,))[ENHANCE] is not None
