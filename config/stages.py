"""The stages of both pipelines, declared once.

`STAGES` make a video of a person who talks; `PROJECT_STAGES` make one from a sample video.

`weight` is the share of the overall progress before any job has run; `seconds` is the
duration of the simulated engine and the first estimate.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One step from a request to a video, and the engines that can run it."""

    name: str
    environment: str
    output: str
    seconds: float
    time_limit: int
    memory_mb: int
    per_scene: bool
    engines: tuple[str, ...]
    """In order of preference; the module is `gpu_worker/engines/STAGE/ENGINE.py`."""

    @property
    def weight(self) -> float:
        return self.seconds


STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "script",
            environment="script",
            output="script",
            seconds=30,
            time_limit=300,
            memory_mb=512,
            per_scene=False,
            engines=("gemini", "openai_chat", "offline", "simulated"),
        ),
        Stage(
            "voice",
            environment="xtts",
            output="audio",
            seconds=30,
            time_limit=900,
            memory_mb=6000,
            per_scene=True,
            engines=("xtts", "elevenlabs", "kokoro", "piper", "espeak", "recording", "simulated"),
        ),
        Stage(
            "face",
            environment="sadtalker",
            output="image",
            seconds=20,
            time_limit=300,
            memory_mb=4000,
            per_scene=False,
            engines=("mediapipe_mesh", "simulated"),
        ),
        Stage(
            "animate",
            environment="sadtalker",
            output="video_clip",
            seconds=60,
            time_limit=1800,
            memory_mb=8000,
            per_scene=True,
            engines=("sadtalker", "mesh_warp", "simulated"),
        ),
        Stage(
            "enhance",
            environment="realesrgan",
            output="video_clip",
            seconds=90,
            time_limit=1800,
            memory_mb=8000,
            per_scene=True,
            engines=("realesrgan", "realesrgan_cpu", "lanczos", "simulated"),
        ),
        Stage(
            "assemble",
            environment="media",
            output="final_output",
            seconds=30,
            time_limit=900,
            memory_mb=2000,
            per_scene=False,
            engines=("ffmpeg",),
        ),
    )
}

PROJECT_STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "analyse",
            environment="media",
            output="sample_facts",
            seconds=20,
            time_limit=600,
            memory_mb=2000,
            per_scene=False,
            engines=("local",),
        ),
        Stage(
            "sound",
            environment="media",
            output="audio",
            seconds=10,
            time_limit=600,
            memory_mb=2000,
            per_scene=False,
            engines=("mixer",),
        ),
        Stage(
            "edit",
            environment="media",
            output="final_output",
            seconds=40,
            time_limit=1200,
            memory_mb=2000,
            per_scene=False,
            engines=("cutter",),
        ),
        Stage(
            "check",
            environment="media",
            output="check_report",
            seconds=15,
            time_limit=600,
            memory_mb=2000,
            per_scene=False,
            engines=("inspector",),
        ),
    )
}
"""The stages of a project, in order; clips and voices come between `analyse` and `sound`."""

ALL_STAGES: dict[str, Stage] = STAGES | PROJECT_STAGES
