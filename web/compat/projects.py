"""Projects for Python programs, by the names of the first design.

Each call does what the API does, with the workers of the installation, and waits for the result:
`timeout` seconds at most.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tasks.domain.video_plan import (
    LONGEST_SCENE,
    SHORTEST_SCENE,
    Material,
    ModelChoice,
    Music,
    Transition,
    VideoPlan,
    VideoScene,
)
from web.compat.standalone import ensure_app_context
from web.db.engine import reading, writing
from web.jobs.charging import Origin
from web.projects import analysis, files, plans, production, projects, reports
from web.projects.errors import PlanInvalid
from web.projects.models import PERSON, VideoProject
from web.projects.production import Confirmation
from web.projects.projects import Keeper
from web.projects.state import ANALYZING, COMPLETED, FAILED, state_of
from web.services import Services, current_services

OWNER: Final = "operators"
TIMEOUT: Final = 1800.0
_PAUSE: Final = 0.25


class _Service:
    """What the four services share."""

    def __init__(self, services: Services | None = None, *, owner: str = OWNER) -> None:
        with ensure_app_context():
            self._services = services or current_services()
        self._owner = owner

    def _create(self, name: str, **more: Any) -> VideoProject:
        return projects.create(self._services, Keeper(self._owner), {"name": name, **more})

    def _send(self, project_id: str, role: str, path: str | Path) -> VideoProject:
        source = Path(path)
        return files.receive(
            self._services, project_id, role, source, source.name, sender="", more={}
        )

    def _until(self, project_id: str, pending: Sequence[str], timeout: float) -> dict[str, Any]:
        """Wait until a project has none of these statuses any more; return its status."""
        event, deadline = threading.Event(), time.monotonic() + timeout
        while True:
            with reading() as db:
                project = projects.find(db, project_id)
                found = reports.status(db, project, state_of(db, project))
            if found["status"] not in pending:
                return found
            if time.monotonic() > deadline:
                raise TimeoutError(f"project {project_id} is still {found['status']}")
            event.wait(_PAUSE)


class VideoAnalysisService(_Service):
    """Analyses a sample video and plans a video after it."""

    def analyze_video(
        self,
        video_path: str | Path,
        character_image: str | Path | None = None,
        audio_path: str | Path | None = None,
        *,
        timeout: float = TIMEOUT,
    ) -> dict[str, Any]:
        """Return the project, what was measured and the plan."""
        with ensure_app_context():
            project_id = self._create(Path(video_path).stem or "Video").id
            self._send(project_id, files.SAMPLE, video_path)
            if character_image is not None:
                self._send(project_id, files.CHARACTER, character_image)
            if audio_path is not None:
                self._send(project_id, files.MUSIC, audio_path)
            analysis.start(self._services, project_id)
            status = self._until(project_id, (ANALYZING,), timeout)
            with reading() as db:
                project = projects.find(db, project_id)
                plan = None if not project.revision else plans.current(db, project).plan
                return {
                    "project_id": project_id,
                    "status": status["status"],
                    "error": status["error"],
                    "facts": project.facts,
                    "plan": plan,
                }


class VideoGenerationService(_Service):
    """Makes the video of a plan."""

    def generate_video(
        self,
        project_id: str,
        plan: Mapping[str, Any] | VideoPlan | None = None,
        model: str | None = None,
        *,
        timeout: float = TIMEOUT,
    ) -> dict[str, Any]:
        """Store the plan, if one is given, generate it, and return how that ended."""
        with ensure_app_context():
            if plan is not None:
                typed = plan if isinstance(plan, VideoPlan) else plans.parse(dict(plan))
                with writing() as db:
                    project = projects.for_work(db, project_id)
                    plans.add(db, project, typed, PERSON, "Given by a program.")
            wanted = Confirmation(model=model or "")
            production.generate(self._services, project_id, wanted, Origin())
            pending = ("generating", "processing")
            status = self._until(project_id, pending, timeout)
            return status | {"final_video_path": self._path(project_id, status)}

    def _path(self, project_id: str, status: Mapping[str, Any]) -> str | None:
        """Return the local file of a finished video; None in a remote store."""
        video = files.video(status["job_id"]) if status["status"] == COMPLETED else None
        if video is None:
            return None
        directory = self._services.settings.path("temp", "projects", project_id)
        directory.mkdir(parents=True, exist_ok=True)
        return str(self._services.artifacts.local(video.blob, directory, "final.mp4"))


class AudioProcessingService(_Service):
    """Prepares the sound of a plan."""

    def process_audio(
        self, plan: Mapping[str, Any] | VideoPlan, custom_audio: str | Path | None = None
    ) -> dict[str, Any]:
        """Return the plan with its sound: an own track leads, and cuts fall on its beats."""
        with ensure_app_context():
            typed = plan if isinstance(plan, VideoPlan) else plans.parse(dict(plan))
            whole = typed.to_dict()
            if custom_audio is None:
                return {"project_id": None, "plan": whole}
            project_id = self._create(typed.title or "Video").id
            self._send(project_id, files.MUSIC, custom_audio)
            whole["music"] |= {"source": "upload", "cut_on_beats": True}
            return {"project_id": project_id, "plan": whole}


class VideoEditingService(VideoGenerationService):
    """Joins clips to a video."""

    def combine_clips(
        self,
        clips: Sequence[str | Path],
        transitions: Sequence[str] | str = "cut",
        effects: Sequence[str] = (),
        *,
        seconds: float = 4.0,
        timeout: float = TIMEOUT,
    ) -> dict[str, Any]:
        """Join the clips in order, each for some seconds; return how that ended."""
        with ensure_app_context():
            if not clips:
                raise PlanInvalid("Name at least one clip.")
            project_id = self._create("Combined clips").id
            named = [transitions] * len(clips) if isinstance(transitions, str) else transitions
            scenes = [
                self._scene(project_id, Path(clip), number, seconds)
                for number, clip in enumerate(clips)
            ]
            scenes = [
                replace(scene, effects=tuple(effects), transition=_transition(named, number))
                for number, scene in enumerate(scenes)
            ]
            plan = VideoPlan(scenes=tuple(scenes), model=ModelChoice("local"), music=Music("none"))
            checked = VideoPlan.from_dict(plan.to_dict())
            return self.generate_video(project_id, checked, timeout=timeout)

    def _scene(self, project_id: str, clip: Path, number: int, seconds: float) -> VideoScene:
        upload = self._send(project_id, files.SAMPLE, clip).sample or {}
        return VideoScene(
            id=f"clip-{number + 1}",
            seconds=min(max(seconds, SHORTEST_SCENE), LONGEST_SCENE),
            prompt=clip.stem or "A clip",
            material=Material("clip", str(upload["sha256"])),
        )


def _transition(named: Sequence[str], number: int) -> Transition:
    """Return how a clip follows the one before; the first name is that of the second clip."""
    kind = named[number - 1] if 0 < number <= len(named) else "cut"
    return Transition(kind, 0.0 if kind == "cut" else 0.5)


__all__ = [
    "FAILED",
    "AudioProcessingService",
    "VideoAnalysisService",
    "VideoEditingService",
    "VideoGenerationService",
]
