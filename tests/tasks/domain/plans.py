"""Plans and offers for tests, made by the planner itself."""

from __future__ import annotations

from typing import Any

from config.stages import STAGES
from tasks.domain.artifact import Blob
from tasks.domain.job import JobOptions
from tasks.domain.offers import Offer, choose
from tasks.domain.plan import Plan
from tasks.domain.planner import History, Request, make_plan

FACE = Blob("f" * 64, 1000, "image/png")
VOICE = Blob("a" * 64, 1000, "audio/wav")
SCRIPT = "This is the first sentence of it. And here comes the second one."


def offer(stage: str, name: str, environment: str = "lite", **extra: Any) -> Offer:
    kind = "simulated" if name == "simulated" else "lite"
    return Offer(
        stage=stage, name=name, version="1", environment=environment, **{"kind": kind, **extra}
    )


def simulated_offers(environment: str = "lite") -> list[Offer]:
    stages = [stage for stage in STAGES if stage != "assemble"]
    simulated = [offer(stage, "simulated", environment) for stage in stages]
    return [*simulated, offer("assemble", "ffmpeg", environment, kind="real")]


def lite_offers() -> list[Offer]:
    return [
        *simulated_offers(),
        offer("script", "offline"),
        offer("voice", "piper", voice_match="plain", languages=("en",)),
        offer("voice", "recording", voice_match="recorded"),
        offer("face", "mediapipe_mesh"),
        offer("animate", "mesh_warp", warps_still=True),
        offer("enhance", "realesrgan_cpu"),
        offer("enhance", "lanczos"),
    ]


def request(**options: Any) -> Request:
    wanted = JobOptions(**{"script": SCRIPT, **options})
    return Request("job", "session", wanted, {"face": FACE})


def simple_plan(offers: list[Offer] | None = None, **options: Any) -> Plan:
    asked = request(**options)
    return make_plan(asked, choose(offers or simulated_offers(), asked.options), History())
