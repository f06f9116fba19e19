"""The services of projects by the names of the first design, called as programs call them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.services.redis_server import RedisServer
from tests.web.projects.samples import two_shots
from tests.web.samples import recording
from web.compat.projects import (
    AudioProcessingService,
    VideoAnalysisService,
    VideoEditingService,
    VideoGenerationService,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_programs_analyse_generate_and_combine(tmp_path: Path, redis_server: RedisServer) -> None:
    clip, song = tmp_path / "clip.mp4", tmp_path / "song.wav"
    clip.write_bytes(two_shots())
    song.write_bytes(recording(3.0))
    with Deployment(tmp_path, redis_server, PROJECT_HEIGHT="180") as system:
        system.start_control()
        system.start_workers("lite")
        with system.app.app_context():
            analysed = VideoAnalysisService().analyze_video(clip, None, song)
            assert analysed["status"] == "planning", analysed
            assert len(analysed["facts"]["shots"]) == 2
            prepared = AudioProcessingService().process_audio(analysed["plan"], song)
            assert prepared["plan"]["music"]["source"] == "upload"
            project_id, plan = analysed["project_id"], analysed["plan"]
            made = VideoGenerationService().generate_video(project_id, plan, "local")
            assert made["status"] == "completed", made
            assert Path(made["final_video_path"]).stat().st_size > 1000
            joined = VideoEditingService().combine_clips([clip, clip], ["crossfade"], ["grain"])
            assert joined["status"] == "completed", joined
