"""Choose the models of a plan's clips, and say what each clip is and costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from tasks.domain.artifact import Blob, digest
from tasks.domain.errors import CallsheetError
from tasks.domain.hosted import LOCAL, SPEECH, ClipOrder
from tasks.domain.plan_rules import move_words
from tasks.domain.video_plan import ModelChoice, VideoPlan, VideoScene
from web.projects.charges import Price
from web.projects.errors import PlanInvalid
from web.projects.models import VideoProject
from web.providers import choosing, pricing
from web.providers.choosing import Choice, ClipRequest
from web.providers.errors import NoModelFits
from web.services import Services
from web.sessions.models import Upload

AUTO: Final = "auto"
LITE_MODEL: Final = "local/camera-moves"
TALKING_MODEL: Final = "local/talking-head"


@dataclass(frozen=True, slots=True)
class SceneClip:
    """Where the clip of a scene comes from: an order to a model, or an existing file."""

    index: int
    scene: VideoScene
    request: ClipRequest
    frames: dict[str, Blob]
    choice: Choice | None = None
    own: Blob | None = None

    @property
    def order(self) -> ClipOrder:
        candidate = self.chosen.candidate
        resolutions = candidate.model.resolutions
        return ClipOrder(
            prompt=self.request.prompt,
            seconds=candidate.seconds,
            ratio=self.request.ratio,
            resolution=self.request.resolution or (resolutions[0] if resolutions else ""),
            seed=self.request.seed,
            first_frame=self.frames.get("first_frame"),
            speech=self.request.speech,
            speech_language=self.request.speech_language,
            speech_voice=self.request.speech_voice,
        )

    @property
    def chosen(self) -> Choice:
        if self.choice is None:
            raise ValueError("this clip is the owner's own")
        return self.choice

    def key(self, salt: str) -> str:
        """Return the content key: everything that decides the clip, and the owner's salt."""
        order = asdict(self.order)
        told = {name: value for name, value in order.items() if value or name not in SPEECH}
        return digest([salt, self.chosen.candidate.model.id, told])


def suggested_model(services: Services, db: Session, plan: VideoPlan) -> tuple[ModelChoice, bool]:
    """Return the model for a plan with its reason, and whether that is only the lite one."""
    wish = request_of(plan, 0, AUTO, has_frame=plan.scenes[0].material is not None)
    try:
        reachable = choosing.reachable_providers(services)
        choice = choosing.choose(services, db, wish, reachable)
    except CallsheetError:
        reason = "No model can be reached now; this one runs on any worker."
        return ModelChoice(LITE_MODEL, reason), True
    model = choice.candidate.model
    return ModelChoice(model.id, choice.why[:300]), model.provider == LOCAL


def of_plan(
    services: Services, db: Session, project: VideoProject, plan: VideoPlan, scenes: Collection[str]
) -> list[SceneClip]:
    """Choose the clip of every scene; raises if no model can make one.

    `scenes` get another seed, so that their clips are made again.
    """
    found: list[SceneClip] = []
    reachable: set[str] | None = None
    for index, scene in enumerate(plan.scenes):
        own = _own_clip(db, project, scene)
        frame = None if own is not None else first_frame(db, project, scene)
        wanted = request_of(plan, index, plan.model.id, has_frame=frame is not None)
        if own is not None:
            found.append(SceneClip(index, scene, wanted, {}, own=own))
            continue
        if scene.id in scenes and scene.seed is None:
            wanted = _with_seed(wanted, project)
        if reachable is None:
            reachable = choosing.reachable_providers(services)
        frames = {} if frame is None else {"first_frame": frame}
        spoken = _spoken(plan, scene, wanted)
        if spoken is not None and (choice := _possible(services, db, spoken, reachable)):
            found.append(SceneClip(index, scene, spoken, frames, choice))
            continue
        try:
            choice = choosing.choose(services, db, wanted, reachable)
        except NoModelFits:
            # A model that takes no picture still takes the words, and the lite one takes both.
            is_local = plan.model.id.startswith(LOCAL)
            if frame is None and not is_local:
                raise
            frames = frames if is_local else {}
            model = LITE_MODEL if is_local else plan.model.id
            wanted = replace(wanted, model=model, first_frame="frame" if frames else "")
            choice = choosing.choose(services, db, wanted, reachable)
        found.append(SceneClip(index, scene, wanted, frames, choice))
    return found


def _spoken(plan: VideoPlan, scene: VideoScene, wanted: ClipRequest) -> ClipRequest | None:
    """Return the request for a scene whose person speaks to the camera; None for another one.

    The lips follow a voice that the sound has, too: one of the language, and not an uploaded one.
    """
    asked = scene.to_camera and scene.voice_line and wanted.first_frame
    if not asked or scene.voice == "upload" or scene.speed != 1:
        return None
    return replace(
        wanted,
        model=TALKING_MODEL,
        speech=scene.voice_line,
        speech_language=plan.language,
        speech_voice=scene.voice,
    )


def _possible(
    services: Services, db: Session, wanted: ClipRequest, reachable: set[str]
) -> Choice | None:
    """Choose the model of a request; None if it cannot be made here."""
    try:
        return choosing.choose(services, db, wanted, reachable)
    except CallsheetError:
        return None


def quote(
    services: Services,
    clips_of_plan: list[SceneClip],
    revision: int,
    price: Price | None,
    reused: Collection[int] = (),
) -> dict[str, Any]:
    """Say what the clips of a plan and the stages after them cost; the id stands for exactly this.

    `price` is that of the stages; None if they cost nothing. `reused` are scenes, by their index,
    whose clips were made before: they cost nothing.
    """
    lines: list[dict[str, Any]] = [
        _line(services, one, is_reused=one.index in reused)
        for one in clips_of_plan
        if one.own is None
    ]
    stages = [] if price is None else price.lines()
    return {
        "quote_id": f"pq_{digest([revision, lines, stages])[:32]}",
        "plan_revision": revision,
        "dollars": round(sum(line["dollars"] for line in lines), 6),
        "credits": round(sum(line["credits"] for line in (*lines, *stages)), 6),
        "scenes": lines,
        "stages": stages,
    }


def _line(services: Services, one: SceneClip, *, is_reused: bool) -> dict[str, Any]:
    candidate = one.chosen.candidate
    micro = 0 if is_reused else candidate.price_micro
    return {
        "scene_id": one.scene.id,
        "model": candidate.model.id,
        "seconds": candidate.seconds,
        "reused": is_reused,
        "dollars": micro / 1_000_000,
        "credits": pricing.credits_of(services, micro) / 1_000_000,
    }


def request_of(plan: VideoPlan, index: int, model: str, *, has_frame: bool) -> ClipRequest:
    """Describe the clip of a scene as a request to a model."""
    scene = plan.scenes[index]
    prompt = f"{scene.prompt.rstrip('. ')}. {move_words(scene.camera).capitalize()}."
    return ClipRequest(
        prompt=prompt,
        duration=min(max(_length(plan, index), 1.0), 60.0),
        ratio=plan.aspect_ratio,
        seed=scene.seed,
        first_frame="frame" if has_frame else "",
        model="" if model == AUTO else _local(model, has_frame),
    )


def _local(model: str, has_frame: bool) -> str:
    """Return a model that is named; of the local ones, only one needs no picture to begin with."""
    lacks_frame = model.startswith(f"{LOCAL}/") and not has_frame
    return LITE_MODEL if model == LOCAL or lacks_frame else model


def _length(plan: VideoPlan, index: int) -> float:
    """Return the seconds that a clip needs, with its speed; a cut needs none beyond its scene."""
    scene = plan.scenes[index]
    return round(scene.seconds * scene.speed, 2)


def _with_seed(wanted: ClipRequest, project: VideoProject) -> ClipRequest:
    return replace(wanted, seed=int(digest([project.generation_id, wanted.prompt])[:7], 16))


def first_frame(db: Session, project: VideoProject, scene: VideoScene) -> Blob | None:
    """Find the picture that a clip begins with: an upload, or a key frame of the sample."""
    material = scene.material
    if material is None:
        return None
    if material.kind == "picture":
        return _upload(db, project, material.upload, "face")
    if not project.frames:
        return None
    nearest = min(project.frames, key=lambda one: abs(float(one["at"]) - material.start))
    return Blob(**nearest["blob"])


def _own_clip(db: Session, project: VideoProject, scene: VideoScene) -> Blob | None:
    if scene.material is None or scene.material.kind != "clip":
        return None
    return _upload(db, project, scene.material.upload, "sample")


def _upload(db: Session, project: VideoProject, sha256: str, kind: str) -> Blob:
    mine = Upload.owner == project.owner, Upload.sha256 == sha256, Upload.kind == kind
    upload = db.scalar(select(Upload).where(*mine).limit(1))
    if upload is None:
        noun = "picture" if kind == "face" else "clip"
        raise PlanInvalid(f"There is no {noun} {sha256[:12]} among your uploads.")
    return upload.blob
